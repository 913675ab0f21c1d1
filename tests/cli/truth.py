#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of truth: lives of kinds that people meet, side by side, each a process of its
own; how often memtop's word is a false alarm, and how often a leak is missed.

    tests/cli/truth.py                    one run of 72 s: the test
    RUNS=3 PAGE=1 tests/cli/truth.py      three, and their table into share/doc/GROWTH.md

A line for each row comes from the workers' --list (tests/preload/workers/kinds.c)."""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
WORKERS = os.path.abspath(os.path.join(os.environ.get("B", "build"), "tests/workers"))
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
PAGE = "share/doc/GROWTH.md"
BEGIN, END = "<!-- truth.py: begin -->\n", "<!-- truth.py: end -->\n"
SECONDS = 72                            # as the words of --list have it
MISSED = 0.1                            # share of the leaks
ODD = 0.1                               # share of the others' words, on a busy machine
LANGUAGES = {
    "C": ([os.path.join(WORKERS, "kinds")], []),
    "C++": ([os.path.join(WORKERS, "kinds_cxx")], []),
    "Python": ([PYTHON, os.path.abspath("tests/python/scripts/kinds.py")], ["--python=only"]),
}
Row = collections.namedtuple("Row", "language life function truth words does")


def listed(language):
    worker = LANGUAGES[language][0]
    text = subprocess.run([*worker, "--list"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [Row(language, *line.split("\t")) for line in text.splitlines()]


def path_of(language):
    return os.path.join(FOLDER, language + ".memtop")


def start(language):
    worker, options = LANGUAGES[language]
    return subprocess.Popen([MEMTOP, "record", "--quiet", "--force", *options, "-o", path_of(language),
                             "--", *worker, str(SECONDS)], stdin=subprocess.DEVNULL)


def report(language, by, process):
    done = subprocess.run([MEMTOP, "report", "--json", "--sort=growth", "--by=" + by,
                           "--process=%s" % process, path_of(language)],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.decode())


def short(function):
    """A function of C++ without what stands around its name."""
    return re.sub(r"^\(anonymous namespace\)::", "", function or "?").split("(")[0]


class Tables:
    """What memtop says of each life, asked once each."""

    def __init__(self, language):
        self.language, self.tables = language, {}
        processes = report(language, "function", "main")["processes"]
        self.pids = {process["argv"][-1]: process["pid"] for process in processes}

    def rows(self, life, by):
        if (life, by) not in self.tables:
            document = report(self.language, by, self.pids[life])
            self.tables[life, by] = [(row["verdict"], [short(f["function"]) for f in row["traceback"]])
                                     for row in document["statistics"]]
        return self.tables[life, by]

    def word(self, row):
        """By the line's function, else by the stack that goes through it."""
        for verdict, path in self.rows(row.life, "function"):
            if path[:1] == [row.function]:
                return verdict
        found = [verdict for verdict, path in self.rows(row.life, "traceback") if row.function in path]
        return found[0] if found else "settled"         # it held nothing

    def strangers(self, truth):
        """Rows that leak, but are none of the table's."""
        known = {row.function for row in truth}
        return [(life, path) for (life, _), rows in self.tables.items() for verdict, path in rows
                if verdict == "leaking" and not known & set(path)]


def run_once(truth):
    """The words, by row, and rows that are false alarms elsewhere."""
    words, strangers = {}, []
    running = [start(language) for language in LANGUAGES]
    failed = [process.wait() for process in running]
    assert not any(failed), failed
    for language in LANGUAGES:
        tables = Tables(language)
        own = [row for row in truth if row.language == language]
        words.update((row, tables.word(row)) for row in own)
        strangers += tables.strangers(own)
    return words, strangers


def judge(runs):
    """Misses among leaks, false alarms, odd words of others; each with all that there were."""
    said = [(row, word) for words, _ in runs for row, word in words.items()]
    leaks = [word for row, word in said if row.truth == "leak"]
    others = [(row, word) for row, word in said if row.truth == "other"]
    return {
        "leaks": len(leaks), "missed": sum(word != "leaking" for word in leaks),
        "others": len(others), "alarms": sum(word == "leaking" for _, word in others),
        "odd": sum(word not in row.words.split(",") for row, word in others),
        "fills": sum(row.truth == "fills" for row, _ in said),
        "strangers": [path for _, found in runs for path in found],
    }


def cell(row, runs):
    counts = collections.Counter(words[row] for words, _ in runs)
    text = ", ".join("%s %d" % pair for pair in counts.most_common())
    right = row.words.split(",") if row.truth == "other" else ["leaking"]
    wrong = row.truth != "fills" and any(word not in right for word in counts)
    return "**%s**" % text if wrong else text


def table(truth, runs, found):
    lines = ["| what it does | function | words of %d runs |" % len(runs), "|---|---|---|"]
    heads = {"leak": "**leaks**", "other": "**no leaks**", "fills": "**caches that still fill, apart**"}
    for kind, head in heads.items():
        lines.append("| %s | | |" % head)
        lines += ["| %s | `%s`%s | %s |" % (row.does, row.function, "" if row.language == "C" else
                                            " (%s)" % row.language, cell(row, runs))
                  for row in truth if row.truth == kind]
    lines.append("")
    lines.append("**%(missed)d of %(leaks)d leaks missed, %(alarms)d of %(others)d others called "
                 "leaking**, %(odd)d of them by a word that does not fit;" % found)
    lines.append("%d rows that are none of the table's were called leaking." % len(found["strangers"]))
    return "\n".join(lines) + "\n"


def write_page(text):
    with open(PAGE, encoding="utf-8") as page:
        before, rest = page.read().split(BEGIN)
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write(before + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1])


def main():
    truth = [row for language in LANGUAGES for row in listed(language)]
    runs = [run_once(truth) for _ in range(int(os.environ.get("RUNS", "1")))]
    found = judge(runs)
    text = table(truth, runs, found)
    print(text)
    if os.environ.get("PAGE"):
        write_page(text)
    assert found["leaks"] >= 20 and found["others"] >= 40, found
    assert not found["alarms"] and not found["strangers"], found
    assert found["missed"] <= MISSED * found["leaks"], found
    assert found["odd"] <= ODD * found["others"], found


if __name__ == "__main__":
    FOLDER = tempfile.mkdtemp()
    try:
        main()
    finally:
        shutil.rmtree(FOLDER)
