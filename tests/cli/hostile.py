#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording whose every text would steer a terminal or a spreadsheet: no command,
view, format or message lets a byte of it through that a terminal acts on."""
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

MEMTOP = os.path.realpath(os.environ.get("MEMTOP", "build/memtop"))
EVIL = "\x1b]2;owned\x07\x1b[31m\x9b31m\x7f\u202egnp\u2066\u200f\u061c\u2028\t\r\n\x01"
# What a terminal may get: text, lines, and nothing that reorders them.
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
                    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
KEYS = ("lineno", "traceback", "filename", "function", "module", "thread", "domain", "tree")
SOURCE = """
#include <pthread.h>
#include <stdlib.h>
void *kept[9];
void *work(void *n) { kept[(long)n] = malloc(1000); return n; }
int main(void)
{
	pthread_t thread;
	kept[0] = malloc(4000);
	pthread_create(&thread, 0, work, (void *)1);
	return pthread_join(thread, 0);
}
"""
runs = 0


def check(what, raw):
    text = raw.decode("utf-8", "surrogateescape")
    found = STEERS.search(text)
    if found or re.search("[\udc80-\udc9f]", text):
        at = found.start() if found else 0
        sys.exit(f"{what} writes {text[max(0, at - 40):at + 20]!r}")


def run(*words, status=0, **more):
    global runs
    runs += 1
    done = subprocess.run([MEMTOP, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    if status is not None and done.returncode != status:
        sys.exit(f"{words} ended with {done.returncode}: {done.stderr!r}")
    check(words, done.stdout)
    check(words, done.stderr)
    if len(done.stderr) > 2200 * (1 + done.stderr.count(b"\n")):
        sys.exit(f"{words} said a line of {len(done.stderr)} bytes")
    return done.stdout


def make_hostile(path):
    """Each text of the recording, with something in front by which it is known."""
    db = sqlite3.connect(path)
    for table, column, front in (
            ("frame", "file", "/src/"), ("frame", "function", "=cmd|"), ("module", "path", "/lib/"),
            ("module", "name", "@"), ("module", "reason", ""), ("thread", "name", "-"),
            ("argument", "text", "+"), ("source", "text", ""), ("source", "file", "/src/")):
        db.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) || {column}",
                   (front.encode() + EVIL.encode() + b"\x9b31m\xff",))
    for table, which in (("look_type", "type"), ("look_root", "1"), ("look_arena", "arena")):
        db.execute(f"UPDATE {table} SET name = CAST(? AS TEXT) || name WHERE {which} > 0",
                   (EVIL.encode() + b"\xff",))
    db.execute("UPDATE moment SET kind = 1, number = 1, name = ? WHERE kind = 4 OR name = 'finalize'",
               ("n" + EVIL,))
    db.execute("INSERT INTO mark(time, text) VALUES (0, ?)", (EVIL + "A" * 3000,))
    db.commit()
    db.close()


def views(recording):
    # Where the kernel allows no look, there is no moment that has one.
    looked = subprocess.run([MEMTOP, "report", recording + "@at-exit"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL).returncode == 0
    for by in ("type", "holder", "arena") if looked else ():
        for form in ("text", "json", "csv"):
            moment = recording + "@at-exit"
            for verb, sides in (("report", [moment]), ("diff", [moment, moment])):
                out = run(verb, f"--by={by}", f"--format={form}", *sides, status=0)
                if form == "csv":
                    check_csv(out)
    for by in KEYS:
        for form in ("text", "json", "csv", "tracemalloc"):
            # str(Statistic) is of places: other groupings are refused.
            status = 0 if form != "tracemalloc" else None
            for verb, sides in (("report", [recording]), ("diff", [recording + "@peak", recording])):
                out = run(verb, f"--by={by}", f"--format={form}", *sides, status=status)
                if form == "csv":
                    check_csv(out)
                if form == "json" and by == "lineno":
                    check_json(out)


def check_json(raw):
    """What is escaped reads back as it was."""
    document = json.loads(raw)
    functions = {f["function"] for s in document["statistics"] for f in s["traceback"]}
    assert any(f and f.startswith("=cmd|" + EVIL) for f in functions), functions
    assert document["program"]["argv"][0].startswith("+" + EVIL), document["program"]


def check_csv(raw):
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8", "surrogateescape"))))
    for row in rows:
        for name, value in row.items():
            if name in ("key", "file", "function", "module", "domain", "thread", "type", "held_by"):
                if value and value[0] in "=+-@\t\r":
                    sys.exit(f"a spreadsheet would run {name}: {value!r}")
            elif value and name not in ("verdict", "reason"):
                for figure in value.split():    # generations and run have several
                    float(figure)


def exports(recording, folder):
    for form in ("folded", "flamegraph", "speedscope", "csv", "json", "text"):
        run("export", f"--format={form}", recording)
    for form in ("pprof", "tracemalloc"):
        run("export", f"--format={form}", "-o", os.path.join(folder, form), recording)


def screens(recording, folder):
    """Every tab, a row opened, its prompt's completions: as a person sees them."""
    lines = ["wait settled"]
    for tab in "1234567890":
        lines += [tab, ":save-screen -", "Enter", ":save-screen -", "Esc"]
    lines += ["f", "type function = ", "Tab", ":save-screen -", "Esc", "9", "D", ":save-screen -",
              "Esc", "P", ":save-screen -", "F", ":save-screen -", "Esc", "?", ":save-screen -"]
    script = os.path.join(folder, "play")
    with open(script, "w", encoding="ascii") as file:
        # A prompt is no place for a command: there its key is typed.
        file.write("\n".join(lines) + "\n")
    for size in ("80x24", "200x50"):
        run("open", f"--play={script}", f"--size={size}", recording)


def messages(recording, folder):
    evil = EVIL.replace("\n", "") + "B" * 3000
    run("report", recording + "@" + evil, status=None)
    run("report", "/nowhere/" + evil, status=None)
    run("report", "--filter=" + evil + "(", recording, status=2)
    run("report", "--sort=" + evil, recording, status=None)
    run("report", "--by=" + evil, recording, status=2)
    run("--" + evil, status=2)
    run(evil, status=None, stdin=subprocess.DEVNULL)
    run("help", evil, status=None)
    run("export", "--format=" + evil, recording, status=2)
    run("export", "-o", folder + "/no/" + evil + ".csv", recording, status=None)
    run("ctl", evil, "stop", status=2)
    run("ctl", "1", evil, status=2)
    run("ctl", "999999999", "mark", EVIL.replace("\n", ""), status=125)
    run("check", "--max-peak=" + evil, "true", status=2)
    run("check", "--ceiling=" + evil[:500] + ": peak < 1K", "true", status=2)
    run("check", "--suppress=/nowhere" + evil, "true", status=2)
    run("check", "--baseline=/nowhere" + evil, "true", status=None)
    run("check", "--report=/nowhere/" + evil, "true", status=None)
    run("record", "--log=/nowhere/" + evil, "true", status=None)
    run("record", "-o", "/nowhere/" + evil, "true", status=125)
    run("record", "/nowhere/" + evil, status=127)
    run("record", evil, status=127)
    run("open", "--play=/nowhere/" + evil, recording, status=1)
    run("record", "true", status=2, env={**os.environ, "MEMTOP_OPTIONS": evil})
    # A script, a program, and where it writes: names that do exist.
    name = folder + "/" + EVIL.replace("\n", "")[:100]
    shutil.copy("/bin/true", name)
    run("record", "-o", name + ".memtop", name)
    run("check", "--max-peak=1G", "--max-exit=0", "--report=/dev/stdout", name, status=None)
    with open(name + "2", "w", encoding="ascii") as file:
        file.write("#!/nowhere/\x1b[31m\n")
    os.chmod(name + "2", 0o755)
    run("record", name + "2", status=126)
    with open(name + "3", "wb") as file:
        file.write(b"\x7fELF\x1b[31m")
    run("report", name + "3", status=None)


def main():
    folder = tempfile.mkdtemp()
    try:
        source, worker = os.path.join(folder, "w.c"), os.path.join(folder, "w")
        with open(source, "w", encoding="ascii") as file:
            file.write(SOURCE)
        subprocess.run([os.environ.get("CC", "gcc"), "-g", "-O1", "-pthread", "-o", worker, source],
                       check=True)
        recording = os.path.join(folder, "r.memtop")
        subprocess.run([MEMTOP, "record", "--quiet", "--heap-at=exit", "-o", recording, worker],
                       check=True)
        make_hostile(recording)
        views(recording)
        exports(recording, folder)
        screens(recording, folder)
        messages(recording, folder)
    finally:
        shutil.rmtree(folder)
    print(f"{runs} runs of memtop")


main()
