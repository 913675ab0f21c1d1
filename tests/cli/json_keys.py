#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON of report and diff, key by key and in order, as memtop(1) promises it.

check(document, diff, ordered) raises AssertionError with the path of what is wrong.  Run
as a test, it records a program whose names hold every kind of awkward byte and
checks all groupings of both commands, whole, filtered and limited, and that
CSV's header is the same keys.
"""
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

KEYS = ["lineno", "traceback", "filename", "function", "module", "thread", "domain", "tree"]
FIGURES = ["size", "count", "average", "total", "allocations", "temporary", "peak"]
AGES = ["age", "oldest"]
GROWTH = ["growth_blocks", "verdict", "reason", "since", "last_grew", "freed", "generations",
          "run"]
VERDICTS = ["leaking", "warming up", "undecided", "turnover", "steps", "one container that grows",
            "sawtooth", "settled", "shrinking", "too short"]
DIFFS = ["size_diff", "count_diff", "old_size"]
TRACED = ["current", "peak", "peak_ever", "blocks", "allocations", "frees", "total", "temporary"]
CUTS = ["nframe", "no-unwind-info", "jit", "coroutine", "unreadable", "seccomp", "table-full"]
LOSSES = ["lost", "lost_allocations", "lost_frees", "unended", "truncated", "unresolved"]
ONE_FRAME = {"lineno", "filename", "function", "module"}


def keys(value, names, where):
    assert isinstance(value, dict), f"{where} is no object"
    assert list(value) == names, f"{where} has {list(value)}, not {names}"


def natural(value, where):
    assert type(value) is int and value >= 0, f"{where} is {value!r}"


def text_or_null(value, where):
    assert value is None or isinstance(value, str), f"{where} is {value!r}"


def check_argv(argv, where):
    assert argv is None or all(isinstance(a, str) for a in argv), f"{where}: {argv!r}"


def check_origin(document, where):
    """file .. unresolved: of the document, or of a diff's old and new."""
    assert isinstance(document["file"], str), f"{where}.file"
    keys(document["moment"], ["name", "time"], f"{where}.moment")
    assert isinstance(document["moment"]["name"], str), f"{where}.moment.name"
    assert type(document["moment"]["time"]) in (int, float), f"{where}.moment.time"
    program = document["program"]
    keys(program, ["argv", "pid", "exit_status", "signal"], f"{where}.program")
    check_argv(program["argv"], f"{where}.program.argv")
    natural(program["pid"], f"{where}.program.pid")
    for name in ("exit_status", "signal"):
        if program[name] is not None:
            natural(program[name], f"{where}.program.{name}")
    assert None in (program["exit_status"], program["signal"]), f"{where}: two endings"
    keys(document["traced"], TRACED, f"{where}.traced")
    for name in TRACED:
        natural(document["traced"][name], f"{where}.traced.{name}")
    t = document["traced"]
    assert t["current"] <= t["peak"] <= t["peak_ever"] <= t["total"], f"{where}.traced: {t}"
    assert t["allocations"] - t["frees"] == t["blocks"], f"{where}.traced: {t}"
    for name in LOSSES:
        natural(document[name], f"{where}.{name}")
    assert document["unended"] <= document["lost_frees"] <= document["lost"], where
    keys(document["cut"], CUTS, f"{where}.cut")
    for name in CUTS:
        natural(document["cut"][name], f"{where}.cut.{name}")
    assert sum(document["cut"].values()) == document["truncated"], f"{where}.cut"
    assert document["before_attach"] is None, f"{where}.before_attach"
    natural(document["unknown_frees"], f"{where}.unknown_frees")
    for row in document["unknown_free_modules"]:
        keys(row, ["module", "count"], f"{where}.unknown_free_modules")
        natural(row["count"], f"{where}.unknown_free_modules.count")
        assert row["module"] is None or isinstance(row["module"], str), row
    assert document["unknown_frees"] == sum(
        row["count"] for row in document["unknown_free_modules"]), where
    assert document["unseen_library"] is None, f"{where}.unseen_library"


def check_frame(frame, where):
    keys(frame, ["file", "line", "function", "module", "lang"], where)
    natural(frame["line"], f"{where}.line")
    for name in ("file", "function", "module"):
        text_or_null(frame[name], f"{where}.{name}")
    assert frame["lang"] in (None, "c", "c++", "rust", "python"), f"{where}.lang"


def check_growth(row, where):
    for name in ("growth", "growth_blocks", "freed"):
        assert type(row[name]) is float, f"{where}.{name} is {row[name]!r}"
    assert row["verdict"] in VERDICTS, f"{where}.verdict is {row['verdict']!r}"
    assert isinstance(row["reason"], str) and row["reason"], f"{where}.reason"
    for name in ("since", "last_grew"):
        assert row[name] is None or row[name] >= 0, f"{where}.{name} is {row[name]!r}"
    assert 0 <= row["freed"] <= 1, f"{where}.freed is {row['freed']!r}"
    assert len(row["generations"]) == 12, f"{where}.generations"
    assert len(row["run"]) == 24 and min(row["run"]) >= 0, f"{where}.run"


def check_row(row, by, diff, where, grows=False):
    names = ["key"] + FIGURES + (DIFFS if diff else []) + (["growth"] if grows else [])
    names += AGES + (GROWTH if grows else [])
    names += {"thread": ["thread"], "domain": ["domain"]}.get(by, []) + ["traceback", "cut"]
    names += ["children"] if by == "tree" else []
    keys(row, names, where)
    assert isinstance(row["key"], str), f"{where}.key"
    for name in FIGURES:
        if name != "average":
            natural(row[name], f"{where}.{name}")
    average = row["size"] / row["count"] if row["count"] else 0
    assert type(row["average"]) is float, f"{where}.average is {row['average']!r}"
    assert abs(row["average"] - average) <= 1e-6 * average + 1e-9, f"{where}.average"
    assert row["count"] <= row["allocations"], f"{where}: more blocks than allocations"
    assert row["temporary"] <= row["allocations"], f"{where}: temporary"
    for name in AGES:
        assert row[name] is None or row[name] >= 0, f"{where}.{name} is {row[name]!r}"
    assert (row["oldest"] is None) or row["count"], f"{where}: an age without a block"
    if grows:
        check_growth(row, where)
    for name in DIFFS if diff else []:
        assert type(row[name]) is int, f"{where}.{name}"
    if by == "thread":
        keys(row["thread"], ["tid", "name"], f"{where}.thread")
        natural(row["thread"]["tid"], f"{where}.thread.tid")
        assert isinstance(row["thread"]["name"], str), f"{where}.thread.name"
    if by == "domain":
        assert isinstance(row["domain"], str), f"{where}.domain"
    length = len(row["traceback"])
    assert row["cut"] is None or row["cut"] in CUTS, f"{where}.cut is {row['cut']!r}"
    assert row["cut"] is None or length, f"{where}.cut without a stack"
    if by in ONE_FRAME:
        assert length == 1, f"{where}.traceback has {length} frames"
    if by in ("thread", "domain"):
        assert length == 0, f"{where}.traceback has {length} frames"
    for i, frame in enumerate(row["traceback"]):
        check_frame(frame, f"{where}.traceback[{i}]")
    for i, child in enumerate(row.get("children", [])):
        check_row(child, by, diff, f"{where}.children[{i}]")


def check_order(rows, diff):
    def weight(row):
        if diff:
            return (abs(row["size_diff"]), row["size"], abs(row["count_diff"]), row["count"])
        return (row["size"], row["count"])
    weights = [weight(row) for row in rows]
    assert weights == sorted(weights, reverse=True), "rows are not in order"
    distinct = {json.dumps([row["key"], row["traceback"], row.get("thread")]) for row in rows}
    assert len(distinct) == len(rows), "two rows are the same"


def check(document, diff, ordered=True):
    origin = ["file", "moment", "program"]
    losses = ["traced"] + LOSSES + ["cut", "before_attach", "unknown_frees", "unknown_free_modules",
                                    "unseen_library"]
    by = document.get("by")
    assert by in KEYS, f"by is {by!r}"
    rows = "tree" if by == "tree" else "statistics"
    grows = "census" in document            # all moments but a peak have curves
    assert not grows or not (diff or document["cumulative"] or by == "tree"), "census"
    said = [name for name in ("raw", "inverted", "tracemalloc_compat") if name in document]
    assert all(document[name] is True for name in said), f"{said} are not all true"
    names = (["memtop"] + origin + ["process", "processes", "unfollowed", "holds_more", "history", "limits", "end"] + losses +
             ["cut_bytes", "cut_total", "oldest_at", "by", "cumulative", "filter"] + said + (["census"] if grows else []) +
             (["old", "new"] if diff else []) + [rows])
    keys(document, names, "the document")
    assert document["memtop"] == 1, "memtop is not 1"
    check_origin(document, "the document")
    for name in ("old", "new") if diff else ():
        keys(document[name], origin + losses, name)
        check_origin(document[name], name)
    assert document["process"] == "main", "process"
    for i, process in enumerate(document["processes"]):
        keys(process, ["pid", "ppid", "argv"], f"processes[{i}]")
        natural(process["pid"], f"processes[{i}].pid")
        natural(process["ppid"], f"processes[{i}].ppid")
        check_argv(process["argv"], f"processes[{i}].argv")
    for i, process in enumerate(document["unfollowed"]):
        keys(process, ["pid", "ppid", "program", "reason"], f"unfollowed[{i}]")
        assert process["pid"] is None or process["pid"] > 0, f"unfollowed[{i}].pid"
        natural(process["ppid"], f"unfollowed[{i}].ppid")
        text_or_null(process["program"], f"unfollowed[{i}].program")
        assert process["reason"] and isinstance(process["reason"], str), f"unfollowed[{i}].reason"
    history = document["history"]
    if history is not None:
        keys(history, ["ticks", "bytes", "begins", "ends", "steps"], "history")
        natural(history["ticks"], "history.ticks")
        assert history["begins"] <= history["ends"] and len(history["steps"]) == 4, history
    for i, limit in enumerate(document["limits"]):
        keys(limit, ["kind", "pid", "bytes", "used", "most", "earliest", "latest"], f"limits[{i}]")
        for name in ("bytes", "used", "most"):
            natural(limit[name], f"limits[{i}].{name}")
        assert limit["used"] <= limit["most"], limit
        assert (limit["earliest"] is None) == (limit["latest"] is None), limit
    end = document["end"]
    keys(end, ["how", "time", "oom_kills", "limit"], "end")
    assert end["how"] in ("exit", "signal", "oom_kill", "unknown", "running", "cut_off"), end
    natural(end["oom_kills"], "end.oom_kills")
    text_or_null(end["limit"], "end.limit")
    more = document["holds_more"]
    if more is not None:
        assert list(more) in (["pid", "program", name] for name in ("size", "size_diff")), more
        natural(more["pid"], "holds_more.pid")
        text_or_null(more["program"], "holds_more.program")
        natural(list(more.values())[2], "holds_more.size")
    assert type(document["cumulative"]) is bool, "cumulative"
    assert all(isinstance(f, str) for f in document["filter"]), "filter"
    for i, row in enumerate(document[rows]):
        check_row(row, by, diff, f"{rows}[{i}]", grows)
    if ordered:
        check_order(document[rows], diff)


SOURCE = r"""
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
void *keep[100];
__attribute__((noinline)) void *leaf(int i) { return keep[i] = malloc(100 + i); }
static void *thread(void *name)
{
	pthread_setname_np(pthread_self(), name);
	return leaf(60) ? realloc(malloc(5), 500) : NULL;
}
int main(int argc, char **argv)
{
	pthread_t id;
	int n = argc > 1 ? atoi(argv[1]) : 0;

	for (int i = 0; i < n; i++)
		if (leaf(i) && i % 3 == 0)
			free(keep[i]);
	pthread_create(&id, NULL, thread, "a\n\"\\\x1b\xff z");
	pthread_join(id, NULL);
	return argc > 2 ? atoi(argv[2]) : 0;
}
"""


def unique(pairs):
    assert len({key for key, _ in pairs}) == len(pairs), f"a key twice: {pairs}"
    return dict(pairs)


def load(memtop, *words):
    done = subprocess.run([memtop, *words], stdout=subprocess.PIPE, check=True)
    text = done.stdout.decode("utf-8")      # strictly, whatever the names hold
    return json.loads(text, object_pairs_hook=unique,
                      parse_constant=lambda word: sys.exit(f"{word} is no JSON"))


def check_csv(memtop, document, *words):
    done = subprocess.run([memtop, *words, "--csv"], stdout=subprocess.PIPE, check=True)
    rows = list(csv.reader(io.StringIO(done.stdout.decode("utf-8", "surrogateescape"))))
    statistics = document["statistics"]
    if statistics:
        names = [name for name in statistics[0] if name != "traceback"]
        assert rows[0] == names + ["file", "line", "function", "module"], rows[0]
        lists = {name: rows[0].index(name) for name in ("generations", "run") if name in names}
        for row, statistic in zip(rows[1:], statistics):
            for name, place in lists.items():
                assert [int(n) for n in row[place].split()] == statistic[name], f"{name}: {row}"
    assert len(rows) == 1 + len(statistics), "CSV has another number of rows"
    assert len({len(row) for row in rows}) == 1, "CSV's rows differ in length"


def views(memtop, verb, moments):
    for by in KEYS:
        for more in ([], ["--cumulative"], ["--raw"], ["--limit=2"], ["--frames=1"],
                     ["--filter=function = leaf", "--filter=size > 0"], ["--filter=-*"],
                     ["--tracemalloc-compat"], ["--sort=count", "--reverse"]):
            if more == ["--cumulative"] and by not in ONE_FRAME:
                continue                # refused, and rightly
            words = [verb, f"--by={by}", *more, *moments]
            try:
                document = load(memtop, *words, "--json")
                assert document["by"] == by
                assert document["filter"] == [m[9:] for m in more if m.startswith("--filter")]
                assert document["cumulative"] == (more == ["--cumulative"] or by == "tree")
                assert "raw" in document or "--raw" not in more, "raw"
                check(document, verb == "diff", "--reverse" not in more)
                if by != "tree" and not more:
                    check_csv(memtop, document, *words)
            except (AssertionError, subprocess.CalledProcessError) as wrong:
                sys.exit(f"{' '.join(words)}: {wrong}")


def check_looks(memtop, program):
    """A look has columns of its own, and rows of three more kinds: no name stands twice in an
    object or in CSV's header, nor does a row lack what its neighbours have."""
    subprocess.run([memtop, "record", "--quiet", "--heap-at=exit", "-o", "looked", *program],
                   check=True, stderr=subprocess.DEVNULL)
    if subprocess.run([memtop, "report", "looked@at-exit"], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode:
        print("no look at the heap: the kernel does not allow it")
        return
    for by in KEYS + ["type", "holder", "arena"]:
        for moments in (["looked@at-exit"], ["looked@at-exit", "looked@at-exit"],
                        ["looked@peak", "looked@at-exit"]):
            if moments[0] == "looked@peak" and by not in KEYS:
                continue                # refused, and rightly
            words = ["diff" if moments[1:] else "report", f"--by={by}", *moments]
            rows = load(memtop, *words, "--json")["tree" if by == "tree" else "statistics"]
            assert rows, words
            assert all(("unreachable" in row) == (by not in ("holder", "arena")) for row in rows), words
            if by != "tree":
                check_header(memtop, words)


def check_header(memtop, words):
    done = subprocess.run([memtop, *words, "--csv"], stdout=subprocess.PIPE, check=True)
    header = done.stdout.split(b"\n", 1)[0].decode().split(",")
    assert len(set(header)) == len(header), f"{words}: a column twice: {header}"


def main():
    memtop = os.path.realpath(os.environ.get("MEMTOP", "build/memtop"))
    folder = os.fsencode(tempfile.mkdtemp())
    try:
        os.chdir(folder)
        odd = b"s\xff\xc3\xa9 \"\\\x01.c"
        with open(odd, "w", encoding="ascii") as file:
            file.write(SOURCE)
        compiler = os.environ.get("CC", "gcc")
        subprocess.run([compiler, "-g", "-O1", "-pthread", "-D_GNU_SOURCE", "-o", b"w\xff", odd],
                       check=True)
        for name, words in (("old", [b"30"]), ("new", [b"50", b"9", b"\xff\n\"\xe2\x82\xac"])):
            subprocess.run([memtop, "record", "--quiet", "-o", name, b"./w\xff", *words])
        views(memtop, "report", ["new@peak"])
        views(memtop, "report", ["new"])
        assert "census" in load(memtop, "report", "--json", "new"), "no verdicts"
        views(memtop, "diff", ["old", "new"])
        check_looks(memtop, [b"./w\xff", b"20"])
        document = load(memtop, "report", "--json", "new")
        assert document["program"]["argv"][-1] == "\udcff\n\"\u20ac", document["program"]
        assert document["program"]["exit_status"] == 9, document["program"]
        assert any(odd.decode("utf-8", "surrogateescape") in row["key"]
                   for row in document["statistics"]), "the source's name"
        sizes = {row["key"]: row["size_diff"] for row in
                 load(memtop, "diff", "--by=function", "--json", "old", "new")["statistics"]}
        grown = sum(100 + i for i in range(30, 50) if i % 3)
        assert sizes["leaf"] == grown, sizes
        same = load(memtop, "diff", "--json", "new", "new")["statistics"]
        assert same and not any(row["size_diff"] or row["count_diff"] for row in same), same
    finally:
        os.chdir("/")
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
