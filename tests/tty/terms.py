#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The terminals there are, by their TERM, in a UTF-8 and in the C locale: the same
screen, the keys, no byte beyond ASCII where the locale has none, links where they are
asked for; and those that can't show a screen are refused with a sentence."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tmux  # noqa: E402

WORKER = os.path.join(tmux.B, "tests/workers/rows")
TYPES = "xterm-256color xterm screen tmux-256color screen-256color linux vt100 vt220".split()
SEVERAL = ("xterm-256color", "linux", "vt100")
WAYS = (("C.UTF-8", 0), ("C", 0), ("C.UTF-8", 1))       # the locale, and links or none
PRIVATE = ("\033[?2026h", "\033[?2004h")


def table(pane):
    """The tabs and the rows; their shares of the whole may be a moment's."""
    lines = pane.screen().split("\n")
    head = next(i for i, line in enumerate(lines) if re.search(r"\blocation\b", line))
    return re.sub(r"B +[0-9.]+ ", "B ", "\n".join(lines[head - 1:]))


def no_growth(pane):
    """Whether there is a curve yet is a matter of time."""
    os.makedirs(pane.folder + "/config/memtop")
    with open(pane.folder + "/config/memtop/memtoprc", "w", encoding="ascii") as file:
        file.write("columns -curve -rate\n")


def known(pane, name):
    pane.shell("infocmp %s >/dev/null 2>&1; echo known=$?" % name)
    return pane.await_(r"^known=(\d)")[0] == "0"


def shows(pane, name, locale, links=0):
    """What is written goes through script(1) too: escape sequences can be asked for."""
    log = pane.folder + "/typescript"
    pane.shell("FORCE_HYPERLINK=%d TERM=%s LC_ALL=%s script -qc '%s %s' %s" %
               (links, name, locale, tmux.MEMTOP, WORKER, log))
    pane.await_("cache_put")
    pane.await_(" 1/26 *$")
    pane.await_(r"Output\*")            # it waits for a line
    pane.until("the whole screen", lambda screen: "Enter" in screen.rstrip().split("\n")[-1])
    seen = table(pane)
    for key, row in (("Down", 2), ("End", 26), ("Up", 25), ("Home", 1), ("PgDn", 15), ("k", 14)):
        pane.press(key)
        pane.await_(" %d/26 *$" % row)
    pane.press("q")
    pane.await_("The program is running")
    pane.press("k")
    pane.await_("^READY>")              # over the old screen, where there is no other
    with open(log, encoding="utf-8", errors="surrogateescape", newline="") as typescript:
        written = typescript.read().split("\n", 1)[1].rsplit("\nScript done", 1)[0]
    if ("\033]8;;" in written) != bool(links):
        tmux.fail("%s: links are written, or are not" % name)
    if name in ("linux", "vt100", "vt220") and any(p in written for p in PRIVATE):
        tmux.fail("%s was sent private modes of xterm" % name)
    if name in ("linux", "vt100", "vt220") and not written.split("memtop: ", 1)[0].endswith("\n"):
        tmux.fail("%s: what is said at the end stands over the screen's last line" % name)
    if locale == "C" and not written.isascii():
        tmux.fail("%s: the C locale got %r" % (name, re.findall("[^\0-\177]+", written)[:9]))
    return seen


def refused(pane, setting, sentence):
    """Before the program is started: nothing is said of its end."""
    pane.shell("clear; %s %s %s; echo status=$?" % (setting, tmux.MEMTOP, WORKER))
    pane.await_("^status=125")
    pane.await_("^memtop: .*" + sentence)
    if len(re.findall("^memtop: ", pane.screen(), re.M)) != 1:
        tmux.fail("%s: more than one sentence: %s" % (setting, pane.screen()))


def main():
    pane = tmux.Tmux(80, 24)
    try:
        no_growth(pane)
        first = {}
        for name in TYPES:
            if not known(pane, name):
                print("%s is not known here" % name)
                continue
            for locale, links in WAYS if name in SEVERAL else WAYS[:1]:
                seen = shows(pane, name, locale, links)
                print(name, locale, links, flush=True)
                if seen != first.setdefault(locale, seen):
                    tmux.fail("%s shows\n%s\nand not\n%s" % (name, seen, first[locale]))
        refused(pane, "TERM=dumb", "can't move its cursor")
        refused(pane, "TERM=nonsense", "is not known: set TERM")
        refused(pane, "env -u TERM", "is not known: set TERM")
    finally:
        pane.close()


main()
