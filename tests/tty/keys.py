#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tour of all keys, in a true terminal: each key of the table of actions is
pressed and does what the help says; an action or a key without a step here
fails, and so does one that the help does not show."""
import glob
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tmux  # noqa: E402

WORKER = os.path.join(tmux.B, "tests/workers/rows")
STANDBY = os.path.join(tmux.B, "tests/workers/standby")
ROWS = r" (\d+)/\d+ *$"                 # the selected row, at the table's head


def line_of(function):
    """Its line in the worker's source."""
    with open("tests/preload/workers/rows.c", encoding="utf-8") as source:
        return next(i for i, line in enumerate(source, 1)
                    if re.search(r"void %s\(|ROW\(%s," % (function, function), line))


def actions():
    """(name, [keys], command, help) of each line of action.def."""
    text = open("tui/base/action.def", encoding="utf-8").read()
    pattern = r'^X\((\w+), "((?:[^"\\]|\\.)*)", "([^"]*)", "[^"]*", [\w |]+, "((?:[^"\\]|\\.)*)"\)'
    found = re.findall(pattern, text, re.MULTILINE)
    if len(found) != len(re.findall(r"^X\(", text, re.MULTILINE)):
        tmux.fail("a line of action.def can't be read")
    return [(name, keys.replace("\\\\", "\\").split(), command, said.replace('\\"', '"'))
            for name, keys, command, said in found]


class Tour:
    """A step an action: the screen is the Lines tab before and after, with the
    first row selected, no filter, no diff, nothing open."""

    def __init__(self, pane):
        self.pane = pane
        self.press, self.type, self.await_, self.gone = (pane.press, pane.type, pane.await_,
                                                         pane.gone)

    def start(self):
        self.pane.shell("%s %s" % (tmux.MEMTOP, WORKER))
        self.await_("cache_put")
        self.await_(" 1/26 *$")

    def at(self, row):
        self.await_(r"location .*%s/\d+ *$" % row)

    def tab(self, digit, title):
        self.await_(r"(^| )%s ?%s( |$)" % (digit, title))

    def home(self):
        self.press("1")
        self.tab(1, "Lines ")
        self.press("Home")
        self.at(1)

    # Movement.
    def do_up(self, key):
        self.press("Down", "Down")
        self.at(3)
        self.press(key)
        self.at(2)
        self.home()

    def do_down(self, key):
        self.press(key)
        self.at(2)
        self.home()

    def do_page_up(self, key):
        self.press("End")
        self.at(26)
        self.press(key)
        self.at("1[0-3]")
        self.home()

    def do_page_down(self, key):
        self.press(key)
        self.at("1[3-6]")
        self.home()

    def do_home(self, key):
        self.press("End")
        self.at(26)
        self.press(key)
        self.at(1)

    def do_end(self, key):
        self.press(key)
        self.at(26)
        self.home()

    def do_right(self, key):
        self.press("2")
        self.await_("cache_put ‹ ")
        self.press(key)
        self.gone("cache_put ‹ serve_page ‹ ma?")
        self.press("Left")
        self.await_("cache_put ‹ ")
        self.home()

    do_left = do_right

    # Drilling.
    def do_open(self, key):
        self.press(key)
        self.await_("stacks behind .*rows.c:%d" % line_of("cache_put"))
        self.press(key)
        self.await_("stack of [0-9]+ frames")
        self.home()

    def do_back(self, key):
        self.press("Enter")
        self.await_("stacks behind")
        self.press(key)
        self.gone("stacks behind")
        self.at(1)

    # Snapshots, diffs.
    def do_snapshot(self, key):
        self.press(key)
        self.await_(r"snapshot [0-9]+ taken")

    def do_heap(self, key):
        self.press(key)
        self.await_(r"(are|is) unreachable|the kernel does not let memtop")
        self.press("=")
        self.await_(r"the live heap")
        self.home()

    def do_held(self, key):
        self.press(key)
        self.await_(r"(are|is) unreachable|the kernel does not let memtop")
        self.press(key)
        self.await_(r"what alone keeps it alive|the kernel does not let memtop")
        self.press("=")
        self.await_(r"the live heap")
        self.home()

    def do_snapshot_as(self, key):
        self.press(key)
        self.await_("^snapshot name:")
        self.type("nine\r")
        self.await_(r"snapshot [0-9]+ taken: nine")
        self.press("9")
        self.await_("nine")
        self.home()

    def grow(self):
        self.press("o")
        self.await_("^rows: ready")
        self.type("more\r")
        self.await_("^rows: more")
        self.press("C-]", "1")

    def do_diff(self, key):
        self.press("s")
        self.await_("snapshot [0-9]+ taken")
        self.grow()
        self.home()
        self.press(key)
        self.await_(r"^ *[0-9.]+ .iB +\+195 KiB.*cache_put")
        self.press(key)
        self.await_("diff off")
        self.gone(r"\+195 KiB")

    def do_rebase(self, key):
        self.press("s")
        self.await_("snapshot [0-9]+ taken")
        self.press("d")
        self.await_(r"\[DIFF (live )?minus snapshot")
        self.grow()
        self.await_(r"^ *[0-9.]+ .iB +\+195 KiB.*cache_put")
        self.press(key)
        self.await_("new baseline: live minus")
        self.gone(r"\+195 KiB")
        # A snapshot during a diff is its baseline, too.
        self.grow()
        self.await_(r"^ *[0-9.]+ .iB +\+195 KiB.*cache_put")
        self.press("s")
        self.await_("snapshot [0-9]+ taken: the diff is since then")
        self.gone(r"\+195 KiB")
        self.press("d")
        self.await_("diff off")

    def do_diff_sides(self, key):
        self.press(key)
        self.await_("^diff OLD NEW:")
        self.type("peak live\r")
        self.await_("diff: live minus peak")
        self.press("d")
        self.await_("diff off")

    # Filters and search.
    def do_filter(self, key):
        self.press(key)
        self.await_("^filter:")
        self.type("function = keep_*\r")
        self.await_(r"\[FILTER\]")
        self.gone("cache_put")
        self.at("1")
        self.type(":filter\r")
        self.await_("no filter")
        self.await_("cache_put")

    def filters(self):
        """The list, with one filter that keeps keep_a to keep_d."""
        self.press("F")
        self.await_("a adds one|a add")
        self.press("a")
        self.await_("^another filter:")
        self.type("function = keep_[a-d]\r")
        self.await_(r"\[x\].*keep_\[a-d\]")
        self.press("End")

    def no_filters(self):
        self.press("End", "d")
        self.gone(r"keep_\[a-d\]")
        self.home()
        self.gone(r"\[FILTER\]")

    def do_filters(self, key):
        self.press(key)
        self.await_("a add")
        self.home()

    def do_filter_add(self, key):
        if key != "a":
            tmux.fail("the tour adds filters with a")
        self.filters()
        self.no_filters()

    def do_filter_toggle(self, key):
        self.filters()
        self.press(key)
        self.await_(r"\[ \].*keep_\[a-d\]")
        self.press(key)
        self.await_(r"\[x\].*keep_\[a-d\]")
        self.no_filters()

    def do_filter_edit(self, key):
        self.filters()
        self.press(key)
        self.await_(r"^filter: function = keep_\[a-d\]")
        self.type(" and line > 1\r")
        self.await_(r"\[x\].*keep_\[a-d\] and line > 1")
        self.no_filters()

    def do_filter_delete(self, key):
        self.filters()
        self.press(key)
        self.gone(r"keep_\[a-d\]")
        self.home()

    def do_filter_name(self, key):
        self.filters()
        self.press(key)
        self.await_("^filter name:")
        self.type("early\r")
        self.await_(r"\[x\].*early")
        self.no_filters()

    def move(self, *keys):
        self.filters()
        self.press("a")
        self.await_("^another filter:")
        self.type("size > 1\r")
        self.await_(r"(?s)keep_\[a-d\].*size > 1")
        self.press("End", *keys)
        self.await_(r"(?s)size > 1.*keep_\[a-d\]")
        self.press("End", "Up", "d")
        self.gone("size > 1")
        self.no_filters()

    def do_filter_up(self, key):
        self.move(key)

    def do_filter_down(self, key):
        self.move("Up", key)

    def do_filters_save(self, key):
        self.filters()
        self.press(key)
        self.await_("kept|saved")
        self.no_filters()
        if not glob.glob(self.pane.folder + "/config/memtop/*filters*"):
            tmux.fail("w has kept no filters")

    def do_filters_load(self, key):
        self.press("F")
        self.await_("a add")
        self.press(key)
        self.await_(r"\[.\].*keep_\[a-d\]")
        self.no_filters()

    def do_search(self, key):
        self.press(key)
        self.await_("^/")
        self.type("keep_w\r")
        self.at(3)
        self.home()

    def do_search_next(self, key):
        self.type("/keep_\r")
        self.at(2)
        self.press(key)
        self.at(3)
        self.home()

    def do_search_before(self, key):
        self.type("/keep_v\r")
        self.at(4)
        self.type("/keep_\r")
        self.press(key)
        self.at(3)
        self.home()

    # Tabs and views.
    def do_command(self, key):
        self.press(key)
        self.await_("^:")
        self.type("tab files\r")
        self.tab(4, "Files")
        self.home()

    def do_tab_next(self, key):
        self.press(key)
        self.tab(2, "Traces")
        self.home()

    def do_tab_before(self, key):
        self.press("2")
        self.tab(2, "Traces")
        self.press(key)
        self.tab(1, "Lines ")

    def do_tab(self, key):
        titles = "Output Lines Traces Functions Files Modules Threads Tree Growth Snapshots".split()
        self.press(key)
        self.tab(key, titles[int(key)])
        self.home()

    def do_by(self, key):
        self.press(key)
        self.tab(2, "Traces")
        self.press(key)
        self.tab(1, "Lines ")

    def do_sort_left(self, key):
        self.press(key)
        self.await_("sorted by ")
        self.type(":sort default\r")
        self.at(1)

    def do_sort_right(self, key):
        self.press(key)
        self.await_("sorted by size")
        self.press(key)
        self.await_("sorted by (?!size)")
        self.type(":sort default\r")
        self.at(1)

    def do_sort(self, key):
        self.press(key)
        self.await_("^sort by:")
        self.type("average\r")
        self.await_("sorted by average")
        self.type(":sort default\r")
        self.at(1)

    def do_reverse(self, key):
        first = r"location .*\n.*%s"
        self.await_(first % "cache_put")
        self.press(key)
        self.await_(first % "keep_a|location .*\n.* B ")
        self.press(key)
        self.await_(first % "cache_put")

    def do_columns(self, command):
        self.type(command + "+total\r")
        self.await_(" total ")
        self.type(command + "default\r")
        self.gone(" total ")

    def do_theme(self, command):
        before = self.pane.screen(colors=True)
        self.type(command + "mono\r")
        self.pane.until("no colours", lambda _: "38;5" not in self.pane.screen(colors=True))
        self.type(command + "dark\r")
        self.pane.until("colours", lambda _: "38;5" in self.pane.screen(colors=True))
        if "38;5" not in before:
            tmux.fail("there were no colours before")

    def tree(self):
        self.press("7")
        self.await_("callers first")
        self.press("Home")

    def do_tree_close(self, key):
        self.tree()
        self.await_(r"(?s)frames of libc.s start-up.*▾")
        self.press(key)
        self.gone("▾")
        self.press("Right")
        self.await_("▾.*main")
        self.home()

    def do_tree_open(self, key):
        self.tree()
        self.press("Left")
        self.gone("▾")
        self.press(key)
        self.await_("▾.*main")
        self.home()

    def do_tree_all(self, key):
        self.tree()
        before = self.await_(r" 1/(\d+) *$")[0]
        self.press(key)
        self.gone(" 1/%s *$" % before)
        every = self.await_(r" 1/(\d+) *$")[0]
        if int(every) <= int(before):
            tmux.fail("* shows %s rows after %s" % (every, before))
        self.press(key)
        self.await_(" 1/%s *$" % before)
        self.home()

    def do_inverted(self, key):
        self.tree()
        self.press(key)
        self.await_("callees, callers beneath")
        self.press(key)
        self.await_("callers first")
        self.home()

    def do_freeze(self, key):
        self.press(key)
        self.await_(r"\[PAUSED")
        self.press(key)
        self.gone(r"\[PAUSED")

    def do_reset_peak(self, key):
        self.press(key)
        self.await_("peak reset to current")

    def do_cumulative(self, key):
        self.press(key)
        self.await_("for each line of its stack")
        self.await_("  main")
        self.press(key)
        self.await_("a block counts once")

    def do_wrappers(self, key):
        self.press(key)
        self.await_("wrappers name rows too")
        self.press(key)
        self.await_("wrappers are skipped")

    def do_mine(self, key):
        self.press(key)
        self.await_("newest line of your own code")
        self.await_(r"\[MINE\]")
        self.press(key)
        self.await_("named by all code again")

    def do_process(self, key):
        self.press(key)
        self.await_("pid +state +current")
        self.type("\r")
        self.await_("figures of pid ")
        self.type(":process all\r")
        self.await_("figures of ")
        self.type(":process main\r")
        self.await_("figures of pid ")
        self.home()

    # Time travel.
    def now(self):
        self.press("=")
        self.await_("the live heap")
        self.gone(r"AT \d\d:")
        self.at(1)

    def seconds(self):
        """Where the cursor stands."""
        hours, minutes, seconds = self.await_(r"AT (\d+):(\d\d):(\d\d)")
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds)

    def do_tick_back(self, key):
        self.pane.until("six seconds", lambda screen: re.search(
            "running 00:0(?!0:0[0-5])", screen))
        self.press(key)
        self.await_(r"AT 00:.*\(-\d+ [sm]\)")
        self.await_("at cursor ")
        self.now()

    def do_tick_on(self, key):
        self.type(":at 2s\r")
        before = self.seconds()
        self.press(key, key)
        self.pane.until("a later tick", lambda _: self.seconds() > before)
        self.now()

    def do_stop_back(self, key):
        self.type(":mark before\r")
        self.await_("marked: before")
        self.press(key)
        self.await_("mark before, at 00:")
        self.now()

    def do_stop_on(self, key):
        self.type(":mark after\r")
        self.await_("marked: after")
        self.type(":at 2s\r")
        self.await_("AT 00:00:0[12]")
        self.press(key)
        self.await_("(mark|snapshot|peak).*, at 00:")
        self.now()

    def do_at(self, key):
        self.type(":mark halfway\r")
        self.await_("marked: halfway")
        self.press(key)
        self.await_("^go to:")
        self.type("half\t")
        self.await_("^go to: halfway$")
        self.type("\r")
        self.await_("AT 00:")
        self.now()

    def do_now(self, key):
        self.type(":at 2s\r")
        self.await_("AT 00:00:0[12]")
        self.press(key)
        self.await_("the live heap")
        self.gone(r"AT \d\d:")

    def do_anchor(self, key):
        self.press(key)
        self.await_("the anchor is set")
        self.await_(r"since anchor [+-]")
        self.press("d")
        self.await_("diff: live minus 00:")
        self.press(key)
        self.await_("the anchor is removed")
        self.gone("since anchor")
        self.gone(r"\[DIFF")

    def do_zoom(self, _):
        self.type(":mark far\r")
        self.await_("marked: far")
        self.press("z")
        self.await_(r"00:\d\d:\d\d-$")
        self.press("Z")
        self.gone(r"00:\d\d:\d\d-$")

    do_zoom_out = do_zoom

    def do_timeline(self, command):
        self.type(command + "0\r")
        self.gone(r" 00:\d\d:\d\d$")
        self.type(command + "\r")
        self.await_(r" 00:\d\d:\d\d$")

    def do_detail(self, command):
        self.type(command + "6\r")
        self.await_("of what is shown")
        self.type(command + "0\r")
        self.gone("of what is shown")
        self.type(command + "\r")

    # The outside.
    def do_focus(self, key):
        self.press(key)
        self.await_("every key goes to the program")
        self.type("q\r")
        self.await_("^rows: q")
        self.press("C-]")
        self.gone("every key goes to the program")
        self.home()

    def do_edit(self, key):
        self.press(key)
        self.await_(r"editing \+%d .*rows\.c" % line_of("cache_put"))
        self.type("\r")
        self.at(1)

    def do_copy(self, key):
        self.pane.tm("set-option", "-s", "set-clipboard", "on")
        self.press(key)
        self.await_("copied: .*rows.c:")
        self.pane.until("the clipboard", lambda _: "rows.c:" in self.pane.tm("show-buffer"))

    def do_copy_stack(self, key):
        self.press(key)
        self.await_("copied: a stack of ")
        self.pane.until("the clipboard", lambda _: "main (" in self.pane.tm("show-buffer"))

    def do_write(self, key):
        self.press(key)
        self.await_("^write the recording to:")
        self.type(self.pane.folder + "/kept.memtop\r")
        self.await_("written: ")
        if not os.path.getsize(self.pane.folder + "/kept.memtop"):
            tmux.fail("w has written nothing")

    def do_export(self, key):
        self.press(key)
        self.await_("^export FORMAT FILE:")
        self.type("csv %s/rows.csv\r" % self.pane.folder)
        self.await_("rows.csv")
        self.pane.until("the CSV file", lambda _: "cache_put" in self.read("rows.csv"))

    def do_save_screen(self, command):
        self.type("%s%s/screen.txt\r" % (command, self.pane.folder))
        self.pane.until("the picture", lambda _: "cache_put" in self.read("screen.txt"))

    def read(self, name):
        path = self.pane.folder + "/" + name
        return open(path, encoding="utf-8").read() if os.path.exists(path) else ""

    def do_mark(self, key):
        self.press(key)
        self.await_(r"marked: m\d+")
        self.type(":mark here\r")
        self.await_("marked: here")

    def do_help(self, key):
        self.press(key)
        self.await_(r"^ keys +:command +does")
        self.press("Esc")
        self.at(1)

    def do_redraw(self, key):
        rubbish = "RUBBISH"
        tty = self.pane.tm("display-message", "-p", "-t", "0", "#{pane_tty}").strip()
        with open(tty, "w", encoding="utf-8") as out:
            out.write("\0337\033[20;30H%s\0338" % rubbish)
        self.await_(rubbish)
        self.press(key)
        self.gone(rubbish)

    def do_suspend(self, key):
        self.press(key)
        self.await_("Stopped")
        self.await_("READY>$")
        self.type("fg\r")
        self.at(1)

    def do_quit(self, key):
        self.press(key)
        self.await_("The program is running")
        self.press("Esc")
        self.gone("The program is running")
        self.at(1)

    def status(self, expected):
        self.await_("READY>$")
        self.type("echo status=$?\n")
        self.await_("^status=%d" % expected)

    def do_quit_kill(self, key):
        self.press("q")
        self.await_("The program is running")
        self.press(key)
        self.status(143)
        self.start()

    def do_quit_leave(self, key):
        self.press("q")
        self.await_("The program is running")
        pid = int(self.await_(r"pid (\d+)")[0])
        self.press(key)
        self.status(0)
        os.kill(pid, signal.SIGKILL)    # there, or this fails
        self.start()

    def do_quit_detach(self, key):
        """Of a program that ran already: it goes on, to its own end."""
        self.press("q")
        self.await_("The program is running")
        self.press("k")
        self.status(143)
        program = subprocess.Popen([tmux.MEMTOP, "standby", STANDBY, "1"], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        pid = int(program.stdout.readline().split()[1])
        self.pane.shell("%s attach %d" % (tmux.MEMTOP, pid))
        self.await_("before attach")
        self.await_("churn")
        self.press("q")
        self.await_("detach: it continues")
        self.press(key)
        self.status(0)
        program.communicate("quit\n")
        if program.returncode != 0:
            tmux.fail("after %s the program ended with %d" % (key, program.returncode))
        self.start()

    # The mouse, which the help has no keys for.
    def mouse(self):
        rows = self.pane.screen().split("\n")
        head = next(i for i, row in enumerate(rows) if re.search(r"\blocation\b", row))
        tabs = head - 1
        self.pane.click(10, head + 3)
        self.at(3)
        self.pane.click(10, head + 5, times=2)
        self.await_("stacks behind .*rows.c:%d" % line_of("keep_u"))
        self.press("Esc")
        self.at(5)
        self.pane.click(10, head + 5, 65)
        self.at(8)
        self.pane.click(10, head + 5, 64)
        self.at(5)
        self.pane.click(rows[head].index("rate/s") + 2, head)
        self.await_("rate/s▼")
        self.type(":sort default\r")
        self.pane.click(rows[tabs].index("4File") + 2, tabs)
        self.tab(4, "Files")
        self.pane.click(rows[tabs].index("0Outp") + 1, tabs)
        self.await_("o gives it the keys")
        self.pane.click(10, head + 5)
        self.await_("every key goes to the program")
        # Its terminal has more rows than a table: the tabs stand higher.
        rows = self.pane.screen().split("\n")
        self.pane.click(3, next(i for i, row in enumerate(rows) if "1Lines" in row))
        self.home()


def shown_in_help(pane, table):
    """Every key and the beginning of its sentence stand in the help."""
    pane.press("?")
    pane.await_("^ keys +:command")
    pages = last = pane.screen()
    pane.press("End")               # its last line: the last of the columns
    end = pane.until("the end of help", lambda screen: screen != last and screen)
    bottom = [line for line in end.split("\n") if line.strip()][-2]
    pane.press("Home")
    last = pane.until("the beginning again", lambda screen: bottom not in screen and screen)
    while bottom not in last:
        pane.press("Down", "Down", "Down")
        last = pane.until("another page", lambda screen: screen != last and screen)
        pages += last
    for name, keys, _, said in table:
        shown = "1..9 0" if name == "TAB" else " ".join(keys)
        if shown[:14] not in pages:
            tmux.fail("the help does not show %s (%s)" % (shown, name))
        if said[:20] not in pages:
            tmux.fail("the help does not say '%s'" % said)
    pane.press("Esc")
    pane.gone("^ keys +:command")


def main():
    table = actions()
    pane = tmux.Tmux(80, 24)
    with open(pane.folder + "/editor", "w", encoding="utf-8") as script:
        script.write("#!/bin/sh\necho editing $*\nread answer\n")
    os.chmod(pane.folder + "/editor", 0o755)
    try:
        pane.shell("export VISUAL=%s/editor EDITOR=%s/editor" % (pane.folder, pane.folder))
        tour = Tour(pane)
        tour.start()
        missing = [name for name, _, _, _ in table if not hasattr(tour, "do_" + name.lower())]
        if missing:
            tmux.fail("actions without a step of the tour: " + " ".join(missing))
        tour.mouse()
        for name, keys, command, _ in table:
            for key in keys or [":" + command + " "]:
                print(name, key, flush=True)
                getattr(tour, "do_" + name.lower())(key)
        shown_in_help(pane, table)
        tour.home()
        pane.press("q")
        pane.await_("The program is running")
        pane.press("k")
        tour.status(143)
    finally:
        pane.close()


main()
