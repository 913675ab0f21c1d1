#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tutorial's outputs are memtop's own: runs every command and presses every
key of share/doc/TUTORIAL.md.  Prints what differs from the page but for numbers,
and for libc's own frames, which depend on the machine.

    tests/views/tutorial.py             compare
    tests/views/tutorial.py --update    write the page anew (make tutorial)

A block ```console is a command behind "$ ", and what it prints; ```screen KEYS
is what the screen shows (| N: as many lines, from the tabs on) once the keys,
tokens of --play, were pressed after those of the blocks before.
"""
import difflib
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "share/doc/TUTORIAL.md")
MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
TOUR = "/tmp/tour"
BLOCK = re.compile(r"^```(console|screen)([^\n]*)\n(.*?)^```$", re.M | re.S)
LIVE = re.compile(r"^memtop \./")


def build(folder):
    """As the page says."""
    shutil.copy(ROOT + "/share/examples/worker.c", folder)
    subprocess.run([os.environ.get("CC", "cc"), "-g", "-O1", "-I" + ROOT, "-o", "worker",
                    folder + "/worker.c", "-ldl"], cwd=folder, check=True)


def environment(folder):
    return dict(os.environ, PATH=os.path.dirname(MEMTOP) + ":" + os.environ["PATH"],
                LC_ALL="C.UTF-8", XDG_CONFIG_HOME=folder + "/config",
                XDG_STATE_HOME=folder + "/state")


def run_command(command, folder):
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment(folder),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit("%s: status %d\n%s" % (command, done.returncode, done.stdout))
    return done.stdout


def play(blocks, command, folder):
    """One run with all keys; the screens in the order of the blocks.  Whether there are
    rates and curves depends on how long the machine takes."""
    script = ":columns -curve -rate\nHome\n"
    for number, keys in enumerate(blocks):
        script += "\n".join(key.strip() for key in keys.split(";"))
        script += "\n:save-screen %d.txt\n" % number
    with open(folder + "/keys", "w", encoding="utf-8") as file:
        file.write(script)
    played = command.replace("memtop ", "memtop --play=keys --size=80x20 ", 1)
    run_command(played, folder)
    screens = []
    for number in range(len(blocks)):
        with open("%s/%d.txt" % (folder, number), encoding="utf-8") as file:
            screens.append(file.read().rstrip("\n").split("\n"))
    return screens


def cut(lines, most):
    """With at most one empty line at a time."""
    if most:
        tabs = [number for number, line in enumerate(lines)
                if line.startswith((" 1Line", " 1 Line"))]
        lines = lines[tabs[0]:tabs[0] + int(most)]
    text = "".join(line.rstrip() + "\n" for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def fill(page, folder):
    """The page with every output made anew."""
    build(folder)
    found = list(BLOCK.finditer(page))
    shown = [match.group(2).split("|") for match in found if match.group(1) == "screen"]
    live = [match.group(3)[2:].split("\n")[0] for match in found
            if LIVE.match(match.group(3)[2:])]
    screens = iter(play([keys[0] for keys in shown], live[0], folder))
    parts = iter([keys[1] if len(keys) > 1 else "" for keys in shown])

    def again(match):
        kind, info, body = match.groups()
        command = body.split("\n")[0]
        if kind == "screen":
            body = cut(next(screens), next(parts).strip())
        elif not LIVE.match(command[2:]):
            body = command + "\n" + run_command(command[2:], folder)
        return "```%s%s\n%s```" % (kind, info, body)

    return BLOCK.sub(again, page)


def shape(page):
    """Without numbers, curves, gaps, folders, and the frames above main."""
    page = re.sub(r"[\u2581-\u2588]+", "", page)
    page = re.sub(r"RSS was [\d.]+ \w+", "RSS -", page)
    page = re.sub(r"[^\s\"]*/worker\b", "worker", page)
    page = re.sub(r"[-+]?\d[\d ]*(\.\d+)?( ?[KMG]iB| B\b)?", "N", page)
    page = re.sub(r" \u2039 .*", "", page)
    lines = [re.sub(r"\s+", " ", line).strip() for line in page.split("\n")]
    return [line for line in lines
            if line and not re.search(r"_start|libc|sysdeps|^N?$", line)]


def taken(name):
    """Makes that folder; false: there is one."""
    try:
        os.mkdir(name, 0o700)
    except FileExistsError:
        return False
    return True


def main():
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    if "--update" in sys.argv:
        os.mkdir(TOUR)
        try:
            page = fill(page, TOUR)
        finally:
            shutil.rmtree(TOUR)
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page)
        return
    # Columns are chosen by the width of paths, so the folder's name is as long.
    folder = next(name for name in ("%s%03d" % (TOUR[:-3], n) for n in range(1000)) if taken(name))
    try:
        made = fill(page, folder)
    finally:
        shutil.rmtree(folder)
    wanted, came = shape(page), shape(made)
    for line in difflib.unified_diff(wanted, came, "TUTORIAL.md", "memtop", lineterm="", n=1):
        print(line)
    if wanted != came:
        raise SystemExit("the tutorial is not what memtop prints: make tutorial, and look at it")


main()
