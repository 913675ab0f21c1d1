#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""200 random sizes of the window, down to 20x6 and beneath, one after another
while the target allocates and prints as fast as it can, and keys are pressed in
between: memtop goes on, and what stands on the screen in the end is, to the cell
and its colours, what a full redraw puts there."""
import os
import random
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tmux  # noqa: E402

WORKER = os.path.join(tmux.B, "tests/workers/rows")
ROUNDS = (("1", 80, 24), ("7", 61, 17), ("0", 120, 40), ("2", 44, 12))
RUBBISH = "RUBBISH"


def settled(pane):
    """The screen with its colours, once it has stayed the same for a while."""
    last, same = "", 0
    while same < 12:
        pane.breathe()
        now = pane.screen(colors=True)
        same = same + 1 if now == last else 0
        last = now
    return last


def redrawn(pane):
    tty = pane.tm("display-message", "-p", "-t", "0", "#{pane_tty}").strip()
    with open(tty, "w", encoding="utf-8") as out:
        out.write("\0337\033[6;4H%s\0338" % RUBBISH)
    pane.await_(RUBBISH)
    pane.press("C-l")
    pane.gone(RUBBISH)
    return settled(pane)


def cells(screen):
    """What is seen of each cell: of a blank one neither its colour nor that it is bold, which
    curses leaves as they were where it erases to the end of a row; tmux leaves those at the end of
    a row out, if they were erased and not written as spaces, but not the change of colour before
    them."""
    seen, fore, back, marks = [], "", "", set()
    for part in re.findall(r"\033\[[0-9;]*m|[^\033]", screen):
        if not part.startswith("\033"):
            under = frozenset(marks & {"4", "7"})
            while part == "\n" and seen and seen[-1] == (" ", back, under):
                seen.pop()
            seen.append((part, back, under) if part in " \n" and "7" not in marks else
                        (part, back, fore, frozenset(marks)))
            continue
        codes = (part[2:-1] or "0").split(";")
        if codes[0] in ("38", "48"):
            codes = [";".join(codes)]
        for code in codes:
            number = int(code.split(";")[0])
            if number == 0:
                fore, back, marks = "", "", set()
            elif number < 10:
                marks.add(code)
            elif number < 30:
                marks -= {"1", "2"} if number == 22 else {str(number - 20)}
            elif number in (39, 49):
                fore, back = ("", back) if number == 39 else (fore, "")
            elif number // 10 in (4, 10):
                back = code
            else:
                fore = code
    return seen


def storm(pane, tab, width, height):
    pane.shell("%s %s busy" % (tmux.MEMTOP, WORKER))
    pid = int(pane.await_(r"pid ([1-9]\d*)")[0])
    pane.await_("cache_put")
    pane.press(tab)
    for i in range(50):
        pane.resize(random.choice((random.randint(20, 150), random.randint(2, 30))),
                    random.choice((random.randint(6, 50), random.randint(2, 9))))
        if i % 5 == 0:
            pane.press(random.choice(("Down", "PgDn", "s", "F", "Esc", "?", "Enter", "d", tab)))
    pane.press("1", tab)
    pane.resize(width, height)
    os.kill(pid, signal.SIGKILL)
    pane.until("the whole tab line", lambda screen: "34" in screen or "3Fun" in screen or "3 Func" in screen)
    before = settled(pane)
    after = redrawn(pane)
    if cells(before) != cells(after):
        print("--- before\n%s--- redrawn\n%s" % (before, after))
        tmux.fail("what stood on the screen was not what memtop had drawn")
    pane.resize(80, 24)
    pane.await_("killed by|signal 9|SIGKILL")
    pane.press("q")
    pane.await_("READY>$")
    pane.type("echo status=$?\n")
    pane.await_("^status=137")


def main():
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print("SEED=%d" % seed)
    random.seed(seed)
    pane = tmux.Tmux(80, 24)
    try:
        for tab, width, height in ROUNDS:
            storm(pane, tab, width, height)
    finally:
        pane.close()


main()
