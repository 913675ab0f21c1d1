#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bash, zsh and fish at a terminal: what stands behind the prompt when Tab was pressed, for
verbs, options, their values, moments of a recording, fields of filters and the program's own
words.  A key of the shell's own then tells the line, so nothing has to be waited for."""
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
COMPLETIONS = os.path.abspath("share/completions")
# What is typed, and the line after Tab: as far as all that is offered agrees.
LINES = [
    ("memtop rec", "memtop record "),
    ("memtop rep", "memtop report "),
    ("memtop help che", "memtop help check "),
    ("memtop report --b", "memtop report --by="),
    ("memtop check --max-pe", "memtop check --max-peak="),
    ("memtop report --by=lin", "memtop report --by=lineno "),
    ("memtop record --follow=ex", "memtop record --follow=exec "),
    ("memtop export --format=flam", "memtop export --format=flamegraph "),
    ("memtop report run.mem", "memtop report run.memtop "),
    ("memtop report run.memtop@pe", "memtop report run.memtop@peak "),
    ("memtop diff run.memtop@peak run.memtop@ex",
     "memtop diff run.memtop@peak run.memtop@exit "),
    ("memtop report --filter=thr", "memtop report --filter=thread "),
    ("memtop report --filter=any.fu", "memtop report --filter=any.function "),
    ("memtop ctl 1 sna", "memtop ctl 1 snapshot "),
    ("memtop ctl PID", "memtop ctl PID "),
    ("memtop attach PID", "memtop attach PID "),
    ("memtop record ./work", "memtop record ./worker "),
    ("memtop ./work", "memtop ./worker "),
    ("memtop record -o x ./worker run.mem", "memtop record -o x ./worker run.memtop "),
    ("memtop ./worker standb", "memtop ./worker standb"),
]
# What the completions run; more would bring programs whose names begin as commands do.
TOOLS = ("awk", "grep", "readlink", "sed", "sort", "tr")
# The shell without the user's settings, what it reads first, and the key that tells the line.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], """
        bind 'set bell-style none'; bind 'set enable-bracketed-paste off'
        . {completions}/memtop
        tell() {{ printf '\\n<<%s>>\\n' "$READLINE_LINE"; READLINE_LINE=; }}
        bind -x '"\\C-g": tell'
        """),
    "zsh": (["zsh", "-f", "-i"], """
        fpath=({completions} $fpath); autoload -Uz compinit; compinit -u -D
        setopt no_beep; unset zle_bracketed_paste
        tell() {{ print -r -- $'\\n'"<<$BUFFER>>"; BUFFER= }}; zle -N tell; bindkey '^G' tell
        """),
    "fish": (["fish", "--no-config", "-i"], """
        source {completions}/memtop.fish; set -g fish_greeting
        function tell; printf '\\n<<%s>>\\n' (commandline); commandline -r ''; end
        bind \\cg tell
        """),
}


class Terminal:
    """A shell with a terminal of its own."""

    def __init__(self, command, folder):
        environment = {"HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder,
                       "TERM": "dumb", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": folder,
                       "PATH": folder + "/bin"}
        if "MEMTOP_TEST" in os.environ:
            environment["MEMTOP_TEST"] = os.environ["MEMTOP_TEST"]
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(shutil.which(command[0]), command, environment)
        self.seen = b""

    def write(self, text):
        os.write(self.end, text.encode())

    def read_until(self, pattern):
        """The first group of the pattern, in what was not read yet."""
        while True:
            match = re.search(pattern, self.seen)
            if match:
                self.seen = self.seen[match.end():]
                return match[1].decode()
            try:
                self.seen += os.read(self.end, 4096)
            except OSError:
                raise AssertionError(f"the shell ended: {self.seen.decode()}") from None

    def close(self):
        os.close(self.end)
        os.waitpid(self.pid, 0)


def check(shell, folder, lines):
    command, settings = SHELLS[shell]
    path = os.path.join(folder, "settings." + shell)
    with open(path, "w", encoding="ascii") as file:
        file.write(settings.format(completions=COMPLETIONS))
    terminal = Terminal(command, folder)
    wrong = 0
    try:
        # Parts, so that the echo of this line is not taken for its output.
        terminal.write(f". {path}; echo re''ady:\n")
        terminal.read_until(rb"(ready:)\r?\n")
        for typed, wanted in lines:
            terminal.write(typed + "\t\x07")
            got = terminal.read_until(rb"<<(.*?)>>")
            if got != wanted:
                print(f"FAIL: {shell}: {typed}: {got!r}, not {wanted!r}")
                wrong += 1
    finally:
        terminal.close()
    print(f"{shell}: {len(lines) - wrong} of {len(lines)} lines")
    return wrong


class Running:
    """A program that memtop traces until this ends."""

    def __init__(self, recording):
        self.recording = recording

    def __enter__(self):
        self.process = subprocess.Popen(
            [MEMTOP, "record", "--quiet", "-o", self.recording, "cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.process.stdout.read(1)     # cat is there
        return str(self.process.pid)

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait()


def is_here(shell):
    """fish before 3.3 can't be begun without its user's settings: completion_shells.sh asks
    it what it offers, without a terminal."""
    if shell == "fish" and shutil.which(shell):
        return subprocess.run(["fish", "--no-config", "-c", "true"],
                              stderr=subprocess.DEVNULL).returncode == 0
    return shutil.which(shell) is not None


def main():
    shells = [shell for shell in SHELLS if is_here(shell)]
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/bin")
        os.symlink(MEMTOP, folder + "/bin/memtop")
        for tool in TOOLS:
            os.symlink(shutil.which(tool), folder + "/bin/" + tool)
        shutil.copy("/bin/true", folder + "/worker")
        subprocess.run([MEMTOP, "record", "--quiet", "-o", folder + "/run.memtop", "/bin/true"],
                       check=True)
        os.environ["XDG_RUNTIME_DIR"] = folder
        with Running(folder + "/live.memtop") as pid:
            lines = [(typed.replace("PID", pid), line.replace("PID", pid))
                     for typed, line in LINES]
            wrong = sum([check(shell, folder, lines) for shell in shells])
    for shell in set(SHELLS) - set(shells):
        print(f"{shell} is not here, or too old")
    sys.exit(wrong > 0)


main()
