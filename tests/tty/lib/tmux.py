# SPDX-License-Identifier: GPL-3.0-or-later
"""For the terminal tests in Python: a tmux server of the test's own with one
bash in it.  Nothing sleeps: await_ polls the screen, at most some 20 s, and
tells what stood there if the text never came."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

B = os.path.abspath(os.environ.get("B", "build"))
MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
TRIES = 400
NAMES = {"PgUp": "PPage", "PgDn": "NPage", "S-Tab": "BTab", "Esc": "Escape", "Delete": "DC",
         "Backspace": "BSpace", "space": "Space"}


class Tmux:
    """One pane; its screen as text."""

    def __init__(self, width=80, height=24, **environment):
        if not shutil.which("tmux"):
            print("no tmux here")
            sys.exit(77)
        self.folder = tempfile.mkdtemp()
        self.began = False
        os.environ.update(LC_ALL="C.UTF-8", XDG_STATE_HOME=self.folder + "/state",
                          XDG_CONFIG_HOME=self.folder + "/config", **environment)
        for name in ("TMUX", "NO_COLOR"):
            os.environ.pop(name, None)
        self.tm("new-session", "-d", "-x", str(width), "-y", str(height),
                "exec bash --norc --noprofile -i")
        self.began = True
        self.type("PS1='READY> '; TERM=xterm-256color\n")
        self.await_("READY>$")

    def call(self, *words):
        return ["tmux", "-S", self.folder + "/tmux", "-f", "/dev/null", *words]

    def tm(self, *words):
        return subprocess.run(self.call(*words), check=self.began, stdout=subprocess.PIPE,
                              text=True).stdout

    def close(self):
        """What outlives a screen by design must not outlive a test that fails; after
        one that passes nothing is left, and the runner looks."""
        self.began = False
        self.tm("kill-server")
        if sys.exc_info()[0]:
            for pid in self.begun():
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def begun(self):
        """All that was begun in the pane: it carries the test's own folder."""
        mark = ("XDG_STATE_HOME=%s/state" % self.folder).encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/environ" % pid, "rb") as environ:
                    if mark in environ.read().split(b"\0"):
                        yield int(pid)
            except OSError:
                pass                    # it has just gone, or is not ours

    def press(self, *keys):
        """Keys by the names that memtop gives them."""
        for key in keys:
            if len(key) == 1:
                self.type(key)
            else:
                self.tm("send-keys", "-t", "0", NAMES.get(key, key))

    def type(self, text):
        self.tm("send-keys", "-t", "0", "-l", text)

    def shell(self, command):
        self.type("clear; " + command + "\n")

    def click(self, x, y, button=0, times=1):
        """As an xterm says it; the first cell is 0, 0.  64 and 65: the wheel.  Twice
        in one write: nobody knows how long two calls of tmux take."""
        self.type("\033[<%d;%d;%dM\033[<%d;%d;%dm" % ((button, x + 1, y + 1) * 2) * times)

    def resize(self, width, height):
        self.tm("resize-window", "-t", "0", "-x", str(width), "-y", str(height))

    def screen(self, colors=False):
        return self.tm("capture-pane", "-p", "-t", "0", *(["-e"] if colors else []))

    def breathe(self):
        """A pause while tmux has the machine: nobody ever gives this signal.  (tmux's own
        pause, run-shell -d, is not there before 3.2.)"""
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(self.call("wait-for", "never"), timeout=0.02, check=self.began)

    def until(self, what, arrived):
        """arrived(screen): what it gave, once that is something."""
        for _ in range(TRIES):
            screen = self.screen()
            found = arrived(screen)
            if found:
                return found
            self.breathe()
        print("--- never came: %s\n%s" % (what, screen), flush=True)
        sys.exit(1)

    def await_(self, pattern):
        """A line that has this, or the groups of the pattern."""
        compiled = re.compile(pattern, re.MULTILINE)

        def arrived(screen):
            match = compiled.search(screen)
            return match and (match.groups() or match.group())
        return self.until(pattern, arrived)

    def gone(self, pattern):
        compiled = re.compile(pattern, re.MULTILINE)
        self.until("an end of " + pattern, lambda screen: not compiled.search(screen))


def alive(pid):
    """Whether a process runs: one that nobody has waited for yet does not."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as line:
            return line.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def fail(text):
    print("FAIL: " + text)
    sys.exit(1)
