#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which a screen can end: the terminal is as it was, the status is
the one that is promised, and the target is what the user chose for it: ended,
or going on with its recording."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tmux  # noqa: E402

WORKER = os.path.join(tmux.B, "tests/workers/rows")
MODES = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag} #{keypad_cursor_flag}"


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as line:
        return [int(word) for word in line.read().split()]


def crash(pane, pid, number):
    """memtop catches what reading strange files does, and takes a signal from
    outside for that once."""
    def sent(_):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
        return not tmux.alive(pid)
    pane.until("the end of %d" % pid, sent)


class Run:
    """memtop with its screen up: the keeper, memtop proper and the target."""

    def __init__(self, pane, options=""):
        self.pane = pane
        self.shell = int(pane.tm("display-message", "-p", "-t", "0", "#{pane_pid}"))
        pane.shell("%s %s %s" % (tmux.MEMTOP, options, WORKER))
        pane.await_("cache_put")
        pane.await_("rows.*pid [1-9]")
        self.keeper = children(self.shell)[0]
        self.target = int(pane.await_(r"pid (\d+)")[0])
        self.proper = next(pid for pid in children(self.keeper) if pid != self.target)

    def back(self, status):
        """The shell has its terminal again, as it was, and this status."""
        pane = self.pane
        pane.until("the prompt", lambda _: not children(self.shell))
        self.sane()
        pane.type("echo status=$?; stty -a >%s/after; echo done\n" % pane.folder)
        pane.await_("^done")
        pane.await_("^status=%d$" % status)
        before, after = (open("%s/%s" % (pane.folder, name), encoding="utf-8").read()
                         for name in ("before", "after"))
        if before != after:
            tmux.fail("the terminal's settings were:\n%sand are:\n%s" % (before, after))

    def sane(self):
        self.pane.until("a sane terminal, not " + MODES, lambda _: self.pane.tm(
            "display-message", "-p", "-t", "0", MODES).strip() == "0 1 0 0 0")

    def over(self, pid):
        self.pane.until("the end of %d" % pid, lambda _: not tmux.alive(pid))

    def left(self):
        """The target goes on, and so does who drains and records it."""
        for pid in (self.target, self.proper):
            if not tmux.alive(pid):
                tmux.fail("%d does not go on" % pid)
        os.kill(self.target, signal.SIGTERM)
        self.over(self.target)
        self.over(self.proper)


def by_keys(pane):
    for keys, status in (("qk", 143), ("ql", 0), (["C-c", "k"], 143), (["F10", "l"], 0)):
        run = Run(pane)
        pane.press(keys[0])
        pane.await_("The program is running")
        pane.press(keys[1])
        if status:
            pane.await_("^memtop: .*rows was ended by signal 15")
            pane.await_("^memtop: most memory at the peak: ")
        else:
            for way in ("rows is still running as pid %d, traced" % run.target,
                        "list shows it, memtop ctl %d takes snapshots" % run.target):
                pane.until(way, lambda screen, way=way:
                           "".join(way.split()) in "".join(screen.split()))
            pane.await_("^memtop: it leaves no recording")
        run.back(status)
        if status:
            run.over(run.target)
            run.over(run.proper)
        else:
            subprocess.run([tmux.MEMTOP, "ctl", str(run.target), "mark", "left"], check=True)
            under_way = subprocess.run([tmux.MEMTOP, "list"], stdout=subprocess.PIPE, text=True,
                                       check=True).stdout
            if not {str(run.target), str(run.proper)} & set(under_way.split()):
                tmux.fail("list does not show %d:\n%s" % (run.target, under_way))
            run.left()


def by_signals(pane):
    run = Run(pane)
    os.kill(run.keeper, signal.SIGTERM)
    run.back(128 + signal.SIGTERM)
    run.left()
    # As a program in the foreground of a shell hears of it.
    run = Run(pane)
    os.kill(run.keeper, signal.SIGHUP)
    run.back(128 + signal.SIGHUP)
    run.over(run.target)
    run.over(run.proper)
    # The target ends by itself, however: its own status.
    run = Run(pane)
    os.kill(run.target, signal.SIGSEGV)
    pane.await_("signal 11|SIGSEGV|Segmentation")
    pane.press("q")
    run.back(128 + signal.SIGSEGV)


def by_itself(pane):
    """The target ends while it is asked whether to kill it: the question goes, and
    the status is its own."""
    for number, key in ((signal.SIGSEGV, "q"), (signal.SIGINT, "C-c")):
        run = Run(pane)
        pane.press("q")
        pane.await_("The program is running")
        os.kill(run.target, number)
        pane.await_("the program ended: q quits")
        pane.press(key)
        run.back(128 + number)
        run.over(run.proper)


def by_accident(pane):
    """memtop proper crashes: the terminal is put back at once, the target ends
    when it likes, and its status is told.  The keeper is killed: likewise."""
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL):
        print("memtop proper", number, flush=True)
        run = Run(pane)
        crash(pane, run.proper, number)
        pane.await_("^memtop: ")
        run.sane()
        if not tmux.alive(run.target):
            tmux.fail("the target went down with the screen")
        os.kill(run.target, signal.SIGTERM)
        run.back(143)
    run = Run(pane)
    os.kill(run.keeper, signal.SIGKILL)
    run.back(137)
    run.left()
    # No keeper stands behind a recording: memtop puts the terminal back itself.
    recording = pane.folder + "/kept.memtop"
    pane.shell("%s record --quiet -o %s %s </dev/null >/dev/null; echo recorded" %
               (tmux.MEMTOP, recording, WORKER))
    pane.await_("^recorded")
    shell = int(pane.tm("display-message", "-p", "-t", "0", "#{pane_pid}"))
    for number in (signal.SIGSEGV, signal.SIGTERM, signal.SIGHUP):
        print("a recording", number, flush=True)
        pane.shell("%s open %s" % (tmux.MEMTOP, recording))
        pane.await_("cache_put")
        crash(pane, children(shell)[0], number)
        run.back(128 + number)


def by_window(pane):
    """The window is closed: the target hears of it, and the recording is finished."""
    recording = pane.folder + "/closed.memtop"
    run = Run(pane, "-o " + recording)
    pane.tm("kill-pane", "-t", "0.0")
    run.over(run.keeper)
    run.over(run.target)
    run.over(run.proper)
    report = subprocess.run([tmux.MEMTOP, "report", recording], stdout=subprocess.PIPE,
                            text=True, check=True).stdout
    if "cache_put" not in report:
        tmux.fail("the recording was not finished:\n" + report)
    answer = subprocess.run([tmux.MEMTOP, "report", "--json", recording], stdout=subprocess.PIPE,
                            text=True, check=True).stdout
    if json.loads(answer)["program"]["signal"] != signal.SIGHUP:
        tmux.fail("the recording does not know what ended the program")


def main():
    pane = tmux.Tmux(80, 24)
    try:
        pane.shell("stty -a >%s/before; echo done" % pane.folder)
        pane.await_("^done")
        by_keys(pane)
        by_signals(pane)
        by_itself(pane)
        by_accident(pane)
        pane.tm("split-window", "-d", "exec cat")    # outlives the other one
        by_window(pane)
    finally:
        pane.close()


main()
