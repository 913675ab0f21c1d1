#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process ends and others that it left go on, with a session of their own or
without: none of them gets SIGHUP, the screen says who goes on, and after q l they are found
in the list, answer to ctl by their pid, and go on when their tracing is stopped.  When the
last of them ends, so does memtop, with a screen or without; and whoever of memtop's own
processes is killed meanwhile, what goes on is named, recorded and not waited for in vain."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tmux  # noqa: E402

SOURCE = r"""
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *volatile kept;
/* leave KIND COUNT: COUNT children go on.  KIND daemon: with a session, and without a
 * terminal; child: as they are, one that writes to its terminal when it gets SIGUSR1. */
static void said(int number)
{
	int tty = open("/dev/tty", O_WRONLY);
	(void)number;
	if (write(tty, "has its terminal\n", 17) == 17)
		close(tty);
}
static void go_on(int is_daemon)
{
	if (is_daemon)
		setsid();
	for (int fd = 0; is_daemon && fd < 3; fd++)
		dup2(open("/dev/null", O_RDWR), fd);
	signal(SIGUSR1, said);
	for (int i = 0; i < 40; i++)
		kept = malloc(10000);
	for (;;) {
		free(malloc(10));
		poll(NULL, 0, 20);
	}
}
int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	kept = malloc(1000);
	for (int i = 0; i < atoi(argv[2]); i++)
		if (!fork())
			go_on(!strcmp(argv[1], "daemon"));
	return 7;
}
"""


def of_memtop(pane):
    """The processes of memtop's own that are still there."""
    for pid in pane.begun():
        try:
            with open("/proc/%d/comm" % pid, encoding="ascii") as name:
                if name.read() == "memtop\n":
                    yield pid
        except OSError:
            pass                        # it has just gone


def ctl(*words):
    return subprocess.run([tmux.MEMTOP, "ctl", *map(str, words)], check=True)


def listed(pane):
    """PID and PROCESSES of this test's run in the list; the user may have others."""
    text = subprocess.check_output([tmux.MEMTOP, "list"], text=True)
    rows = [row.split() for row in text.splitlines() if pane.folder in row]
    return rows and (int(rows[0][0]), int(rows[0][1]))


def show(pane, kind, count, say):
    """The screen after the first process's end, when a SIGHUP would have come."""
    pane.shell("cd %s; %s --force -o r.memtop ./leave %s %d" %
               (pane.folder, tmux.MEMTOP, kind, count))
    return int(pane.await_(r"exited 7, (?:pid )?(\d+)%s on" % say)[0])


def ask(pane, sentence):
    pane.press("q")
    pane.await_("The first process has ended; " + sentence)


def left(pane, kind):
    """One that goes on, left without a screen, and its tracing stopped from elsewhere."""
    pid = show(pane, kind, 1, " goes")
    if kind == "child":
        pane.press("0")
        os.kill(pid, signal.SIGUSR1)
        pane.await_("^ *has its terminal")
    ask(pane, "pid %d goes on" % pid)
    pane.await_("memtop list shows what was left; memtop ctl %d reaches it" % pid)
    pane.press("l")
    pane.await_("^READY>")
    words = "".join(pane.screen().split())
    for said in ("ended with status 7; pid %d, which it left, goes on, traced without" % pid,
                 "memtop ctl %d takes snapshots" % pid, "it is recorded until it ends"):
        if "".join(said.split()) not in words:
            tmux.fail("the last lines do not say: %s\n%s" % (said, pane.screen()))
    if listed(pane) != (pid, 1):
        tmux.fail("list shows %s, not %d" % (listed(pane), pid))
    ctl(pid, "mark", "later")
    ctl(pid, "stop")
    if listed(pane):
        tmux.fail("list shows a run whose tracing has stopped")
    if not tmux.alive(pid):
        tmux.fail("the %s does not go on" % kind)
    if kind == "daemon":        # it has no terminal that memtop would have to read
        none_of_memtop(pane)
    kill(pane, pid)
    none_of_memtop(pane)
    whole(pane, pid)


def none_of_memtop(pane):
    pane.until("an end of memtop", lambda _: not list(of_memtop(pane)))


def kill(pane, pid):
    os.kill(pid, signal.SIGKILL)
    pane.until("the end of %d" % pid, lambda _: not tmux.alive(pid))


def whole(pane, pid):
    """The recording has all that the survivor held, and no status but the first process's."""
    document = json.loads(subprocess.check_output(
        [tmux.MEMTOP, "report", "--json", "--process=%d" % pid, pane.folder + "/r.memtop"]))
    if document["traced"]["current"] not in (401000, 401010):
        tmux.fail("the recording has not all of it: %s" % document["traced"])


def quits_with(pane, status):
    pane.press("q")
    pane.await_("^READY>")
    pane.type("echo status=$?\n")
    pane.await_("^status=%d$" % status)
    none_of_memtop(pane)


def ends_on_the_screen(pane, kind):
    """The last one ends under the screen, once its tracing was stopped too: the header says
    so, and q asks nothing."""
    for stop in (False, True):
        pid = show(pane, kind, 1, " goes")
        if stop:
            ctl(pid, "stop")
            pane.await_(r"TRACING STOPPED")
            pane.await_(r"exited 7, (?:pid )?%d goes on" % pid)
        kill(pane, pid)
        pane.await_("exited 7 after")
        quits_with(pane, 7)
        if not stop:
            whole(pane, pid)


def ends_without_a_screen(pane, kind):
    pid = show(pane, kind, 1, " goes")
    ask(pane, "pid %d goes on" % pid)
    pane.press("l")
    pane.await_("^READY>")
    kill(pane, pid)
    none_of_memtop(pane)
    whole(pane, pid)


def keeper_is_killed(pane, kind):
    """The screen goes; what goes on is recorded to its end, and found until then."""
    pid = show(pane, kind, 1, " goes")
    keeper = min(of_memtop(pane))
    os.kill(keeper, signal.SIGKILL)
    pane.await_("^memtop: ./leave ended with status 7; pid %d" % pid)
    pane.type("\n")                     # the shell has asked before the screen went
    pane.await_("^READY>")
    if listed(pane) != (pid, 1) or not tmux.alive(pid):
        tmux.fail("list shows %s, not %d" % (listed(pane), pid))
    ctl(pid, "mark", "without a keeper")
    kill(pane, pid)
    none_of_memtop(pane)
    whole(pane, pid)


def leader_is_killed(pane):
    """It takes the terminal along: who is in front hears of it, a daemon does not."""
    pid = show(pane, "child", 1, " goes")
    os.kill(os.getsid(pid), signal.SIGKILL)
    pane.await_("exited 7 after.*TERMINAL HUNG UP")
    if tmux.alive(pid):
        tmux.fail("%d was not told" % pid)
    pane.press("q")
    pane.await_("memtop: lost the process that led the program's terminal")
    none_of_memtop(pane)
    pid = show(pane, "daemon", 1, " goes")
    own = set(of_memtop(pane))
    leader = next(each for each in own if os.getsid(each) == each)
    os.kill(leader, signal.SIGKILL)
    pane.await_("TERMINAL HUNG UP")
    pane.await_(r"exited 7, (?:pid )?%d goes on" % pid)
    kill(pane, pid)
    pane.await_("exited 7 after")
    quits_with(pane, 7)
    whole(pane, pid)


def several(pane):
    """Two that go on: who ends, and who is named then; k ends the rest."""
    first = show(pane, "child", 2, r" (?:and 1 more|\+1) go")
    if listed(pane) != (first, 2):
        tmux.fail("list shows %s, not %d and another" % (listed(pane), first))
    os.kill(first, signal.SIGKILL)
    second = int(pane.await_(r"exited 7, (?:pid )?(\d+) goes on")[0])
    if first == second:
        tmux.fail("%d has ended" % first)
    pane.until("%d in the list" % second, lambda _: listed(pane) == (second, 1))
    ask(pane, "pid %d goes on" % second)
    pane.press("k")
    pane.await_("ended with status 7")
    pane.type("echo status=$?\n")
    pane.await_("^status=143$")
    pane.until("its end", lambda _: not tmux.alive(second))


def main():
    pane = tmux.Tmux(110, 24)
    try:
        with open(pane.folder + "/leave.c", "w", encoding="ascii") as file:
            file.write(SOURCE)
        subprocess.run(["cc", "-g", "-o", pane.folder + "/leave", pane.folder + "/leave.c"],
                       check=True)
        for kind in ("daemon", "child"):
            left(pane, kind)
            ends_on_the_screen(pane, kind)
            ends_without_a_screen(pane, kind)
            keeper_is_killed(pane, kind)
        leader_is_killed(pane)
        several(pane)
    finally:
        pane.close()


main()
