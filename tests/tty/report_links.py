#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places in a report are links on a terminal that has them, and nowhere else."""
import os
import re
import subprocess
import sys
import tempfile

MEMTOP = os.path.abspath(os.environ.get("B", "build") + "/memtop")
WORKER = os.path.abspath(os.environ.get("B", "build") + "/examples/worker")
LINK = re.compile(r"\033\]8;;(file://[^\033]*)\033\\(.*?)\033\]8;;\033\\")


def report(path, options, terminal, **variables):
    """What it prints: to a terminal, or into a pipe."""
    environment = {k: v for k, v in os.environ.items()
                   if k not in ("TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION", "KONSOLE_VERSION",
                                "KITTY_WINDOW_ID", "WT_SESSION", "FORCE_HYPERLINK")}
    environment.update(variables)
    if not terminal:
        return subprocess.run([MEMTOP, "report", *options, path], env=environment, check=True,
                              stdout=subprocess.PIPE, text=True).stdout
    master, slave = os.openpty()
    with subprocess.Popen([MEMTOP, "report", *options, path], env=environment,
                          stdout=slave) as process:
        os.close(slave)
        text = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:         # EIO: nobody has the slave open any more
                break
            if not part:
                break
            text += part
        assert process.wait() == 0
    os.close(master)
    return text.decode().replace("\r\n", "\n")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/run.memtop"
        subprocess.run([MEMTOP, "record", "--quiet", "-o", path, WORKER, "100"], check=True,
                       stdout=subprocess.DEVNULL)
        limit = ["--limit=3"]
        plain = report(path, limit, False)
        assert "\033" not in plain and "worker.c:" in plain, plain
        for options, terminal, term, linked in (
                ([], True, "xterm-kitty", True), ([], True, "vt100", False),
                (["--hyperlink=never"], True, "xterm-kitty", False),
                (["--hyperlink=auto"], False, "xterm-kitty", False),
                (["--hyperlink=always"], False, "vt100", True),
                (["--hyperlink=always", "--json"], False, "xterm-kitty", False),
                (["--hyperlink=always", "--format=tracemalloc"], False, "xterm-kitty", False)):
            text = report(path, limit + options, terminal, TERM=term)
            links = LINK.findall(text)
            assert bool(links) == linked == ("\033" in text), (options, terminal, term, text)
            for uri, shown in links:
                assert re.fullmatch(r"/\S*worker\.c:\d+", shown), links
                assert uri.endswith("/worker.c"), links
            if linked:
                assert LINK.sub(r"\2", text) == plain, text
        stacks = report(path, limit + ["--by=traceback", "--hyperlink=always"], False)
        frames = [uri for uri, shown in LINK.findall(stacks) if not re.search(r":\d+$", shown)]
        assert any(uri.endswith("/worker.c") for uri in frames), stacks
        assert LINK.sub(r"\2", stacks) == report(path, limit + ["--by=traceback"], False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
