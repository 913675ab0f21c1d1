#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak is found after it happened, without a snapshot: a drag over the slope of the
timeline, and the leaking line is the first row of the diff; the same by keys; a mark by its
name; and all of it over a recording."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tmux  # noqa: E402

WORKER = os.path.join(tmux.B, "tests/workers/slope")
CURVE = " ▁▂▃▄▅▆▇█"


def first_row(screen):
    rows = screen.split("\n")
    head = next((i for i, row in enumerate(rows) if re.search(r"\blocation\b", row)), None)
    return rows[head + 1] if head is not None else ""


def timeline_rows(screen):
    """Those between the gauges and the tabs that have a part of the curve."""
    rows = screen.split("\n")
    tabs = next(i for i, row in enumerate(rows) if re.search(r"^ 1 ?Lines", row))
    return [(i, row) for i, row in enumerate(rows[:tabs]) if set(row) & set(CURVE[1:])]


def heights(rows):
    """Of the curve, by column, in eighths."""
    return [sum(max(CURVE.find(row[x]), 0) for _, row in rows if x < len(row))
            for x in range(1, max(len(row) for _, row in rows) - 13)]


class Look:
    def __init__(self, pane, now):
        self.pane = pane
        self.now = now                  # what = says

    def seconds(self):
        hours, minutes, seconds = self.pane.await_(r"AT (\d+):(\d\d):(\d\d)")
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds)

    def leak_first(self, what):
        self.pane.await_(r"\[DIFF")
        self.pane.until("the leaking line first, " + what, lambda screen: re.search(
            r"^ *[0-9.]+ .i?B +\+[0-9.]+ .iB .*leak_item", first_row(screen)))
        if not re.search(r"since anchor \+[0-9.]+ .iB, \+[0-9.]+ .iB/min", self.pane.screen()):
            tmux.fail("the gauges do not tell the growth since the anchor")

    def leave(self):
        self.pane.press("=")
        self.pane.await_(self.now)
        self.pane.gone(r"AT \d\d:")

    def nothing_compared(self):
        self.pane.press("v")
        self.pane.await_("the anchor is removed")
        self.pane.gone(r"\[DIFF")
        self.leave()

    def drag(self, backwards):
        rows = timeline_rows(self.pane.screen())
        high = heights(rows)
        lowest, highest = min(h for h in high[3:] if h), max(high)
        # The picture of a live run moves a little meanwhile.
        slope = [x + 1 for x, h in enumerate(high) if x > 3 and lowest < h < highest]
        y = rows[-1][0]
        begin, end = (slope[-1] + 1, slope[0] - 2) if backwards else (slope[0] - 2, slope[-1] + 1)
        self.pane.type("\033[<0;%d;%dM" % (begin + 1, y + 1))
        self.pane.await_(r"AT \d\d:")
        self.pane.type("\033[<32;%d;%dM" % ((begin + end) // 2 + 1, y + 1))
        self.pane.type("\033[<32;%d;%dM" % (end + 1, y + 1))
        self.pane.type("\033[<0;%d;%dm" % (end + 1, y + 1))
        self.leak_first("after a drag")
        self.nothing_compared()

    def click(self):
        rows = timeline_rows(self.pane.screen())
        self.pane.click(5, rows[-1][0])
        self.pane.until("an early heap", lambda _: self.seconds() <= 2)
        self.pane.gone("leak_item")
        self.leave()

    def keys(self):
        self.pane.press("[")
        self.seconds()
        # Held down: what comes too fast is not made up for one by one.
        while self.seconds() > 2:
            self.pane.press("[")
        self.pane.press("v")
        self.pane.await_("the anchor is set: d shows the growth since 00:00:0[0-2]")
        while self.seconds() < 7:
            self.pane.press("]")
        self.pane.press("d")
        self.leak_first("by keys")
        self.nothing_compared()

    def marks(self):
        self.pane.press("g")
        self.pane.await_("^go to:")
        self.pane.type("slope b\t")
        self.pane.await_("^go to: slope begins$")
        self.pane.type("\r")
        before = self.seconds()
        self.pane.gone("leak_item")
        self.pane.press("}")
        self.pane.await_("mark slope ends, at 00:")
        self.pane.until("a later heap", lambda _: self.seconds() > before)
        self.pane.await_("leak_item")
        self.pane.press("{")
        self.pane.await_("mark slope begins, at 00:")
        self.leave()

    def zoom(self):
        self.pane.type(":at slope ends\r")
        self.seconds()
        self.pane.press("z")
        self.pane.await_(r" 00:00:0[2-9]-$")
        self.pane.press("Z")
        self.pane.gone(r" 00:00:\d\d-$")
        self.leave()

    def export(self):
        path = self.pane.folder + "/rows.json"
        if os.path.exists(path):
            os.unlink(path)
        self.pane.type(":export json %s\r" % path)
        self.pane.await_("exported: ")
        with open(path, encoding="utf-8") as file:
            history = json.load(file)["history"]
        if not history or history["ticks"] < 8:
            tmux.fail("an export from a screen does not tell the history: %s" % history)

    def all(self):
        self.drag(False)
        self.drag(True)
        self.click()
        self.keys()
        self.marks()
        self.zoom()
        self.export()


def main():
    pane = tmux.Tmux(120, 40)
    try:
        path = pane.folder + "/run.memtop"
        pane.shell("%s -o %s %s" % (tmux.MEMTOP, path, WORKER))
        pane.await_("a slope begins")
        pane.await_("b slope ends")
        pane.await_("c all is flat")
        Look(pane, "the live heap").all()
        pane.press("q")
        pane.await_("The program is running")
        pane.press("k")
        pane.await_("READY>$")
        pane.shell("%s open %s" % (tmux.MEMTOP, path))
        pane.await_("ended by signal 15 after")
        Look(pane, "the end of the run").all()
        pane.press("q")
        pane.await_("READY>$")
    finally:
        pane.close()


main()
