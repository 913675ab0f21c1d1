#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole processes: each workload bare, under memtop record, heaptrack and
jemalloc's sampling, in turn; medians, and their ratios to the bare run.
Python also under its own tracemalloc, with 1 and with 25 frames a block.

	ROUNDS=3 BUDGET=400 KINDS="pairs sql" VARIANTS="bare memtop" tests/bench/whole.py

No round begins that would probably end after BUDGET seconds.  memtop has run each workload
once before, uncounted, so that it knows the names of all modules.

Wall time is of the whole command, naming and files included; `target` is from
the program's constructors to its exit.  Prints; judges nothing."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import bench

ROUNDS = int(os.environ.get("ROUNDS", "3"))
BUDGET = float(os.environ.get("BUDGET", "400"))
TIMEOUT = int(os.environ.get("TIMEOUT", "60"))
LIMIT = 6 << 30                         # heaptrack's memory, bytes
HERE = os.path.dirname(os.path.abspath(__file__)) + "/work/"
JEMALLOC = next((d + "/libjemalloc.so.2" for d in
                 ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")
                 if os.path.exists(d + "/libjemalloc.so.2")), None)


def own(name):
    return [os.path.join(bench.WORK, name)]


def program(name, *arguments):
    path = shutil.which(name)
    return path and [os.path.realpath(path), *arguments]


# Not what a version manager puts first in the path: that is a script.
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


def compiler():
    done = subprocess.run([os.environ.get("CC", "gcc"), "-print-prog-name=cc1"],
                          stdout=subprocess.PIPE, text=True, check=False)
    path = done.stdout.strip()
    return [path, "-quiet", "-O2", "source.i", "-o", "/dev/null"] if os.path.isabs(path) else None


# name: (argv or None, what, standard input, environment)
KINDS = {
    "pairs": (own("pairs"), "malloc/free pairs, depth 12, 256 paths, 4,096 live"),
    "table": (own("table"), "hash table of 2 M nodes, built, probed, torn down"),
    "cross": (own("cross"), "4 threads, each block freed by another"),
    "sql": (program("sqlite3", "-batch", ":memory:"), "sqlite3: inserts, indexes, joins",
            "script.sql"),
    "cc1": (compiler(), "cc1 -O2 of one large file"),
    "python": (program(PYTHON, HERE + "script.py", "200"), "python3: classes, dicts, json"),
    "pymalloc": (program(PYTHON, HERE + "script.py", "80"), "the same, PYTHONMALLOC=malloc", None,
                 {"PYTHONMALLOC": "malloc"}),
    # Under this name: redis-server looks at its argv[0].
    "redis": (shutil.which("redis-server") and [shutil.which("redis-server")], "redis-server under redis-benchmark"),
    "churn": (own("churn"), "C++ containers at depth 25 to 30"),
    "recurse": (own("recurse"), "random recursion: each stack a new one"),
    "brief": (own("brief"), "6,000 threads of 200 blocks"),
    "grow": (own("grow"), "realloc growth"),
    "live": (own("live"), "10 M live blocks"),
    "modules": (own("modules"), "stacks through 64 libraries"),
    "insert": (own("insert"), "a tree that inserts by recursion"),
    "perl": (program("perl", HERE + "hash.pl"), "perl: a hash of small arrays"),
    "loop": (program(PYTHON, HERE + "loop.py"), "python3: json.dumps and loads in a loop"),
    "compile": (program("gcc", "-O1", "-c", HERE + "insert.c", "-I" + HERE + "../../..",
                        "-D_GNU_SOURCE", "-o", "insert.o"),
                "gcc -O1 -c of a small file"),
    "gitlog": (program("git", "-C", "history", "--no-pager", "log", "--stat"),
               "git log --stat, 400 commits"),
    "suite": ([HERE + "suite.sh"], "200 short commands, each under the variant by itself"),
}


PYTHONS = ("python", "pymalloc", "loop")
# heaptrack would take two minutes to start and interpret so many.
NOT_FOR = {("suite", "heaptrack")}


def variants():
    """name: (argv before the program's, environment, limit), or why not."""
    return {
        "bare": ([], {}, None),
        "memtop": ([bench.MEMTOP, "record", "--quiet", "--force", "-o", "m.memtop", "--"], {}, None),
        "heaptrack": ([shutil.which("heaptrack"), "-o", "h"], {}, LIMIT)
                     if shutil.which("heaptrack") else "heaptrack is not installed",
        "jemalloc": ([], {"LD_PRELOAD": JEMALLOC, "MALLOC_CONF":
                          "prof:true,lg_prof_sample:19,prof_prefix:j"}, None)
                    if JEMALLOC else "libjemalloc.so.2 is not installed",
        "tracemalloc": ([], {"PYTHONTRACEMALLOC": "1"}, None),
        "tracemalloc25": ([], {"PYTHONTRACEMALLOC": "25"}, None),
    }


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return str(s.getsockname()[1])


def redis(prefix, env, limit, folder):
    """Wall is redis-benchmark's: the server's start and end are not in it."""
    port, usage, run = free_port(), os.path.join(folder, "usage"), bench.Run()
    open(usage, "w").close()
    env = dict(env, BENCH_USAGE=usage,
               LD_PRELOAD=":".join(filter(None, [env.get("LD_PRELOAD"), bench.USAGE])))
    argv = prefix + KINDS["redis"][0] + ["--port", port, "--bind", "127.0.0.1", "--save", "",
                                         "--appendonly", "no", "--dir", folder]
    began = time.monotonic()
    server = bench.start(argv, env, folder, limit=limit)
    client = ["redis-cli", "-p", port]
    try:
        while subprocess.run(client + ["ping"], capture_output=True, check=False).stdout != b"PONG\n":
            if server.poll() is not None or time.monotonic() - began > TIMEOUT:
                raise bench.Failed("no server")
        driven = time.monotonic()
        # Not by subprocess.run with a timeout, which looks only every 50 ms whether it has ended.
        run.wall, _ = bench.collect(bench.start(
            ["redis-benchmark", "-p", port, "-q", "-n", "40000", "-r", "10000", "-P", "8",
             "-t", "set,get,lpush,hset,lrange_100"], {}, folder), driven, TIMEOUT)
        subprocess.run(client + ["shutdown", "nosave"], capture_output=True, check=False)
        _, run.cpu = bench.collect(server, began, TIMEOUT)
    except subprocess.SubprocessError:
        raise bench.Failed("> %d s" % TIMEOUT) from None
    finally:
        if server.returncode is None:
            bench.end_group(server.pid)
            server.wait()
    found, run.beside = bench.usage_of(usage, "redis-server")
    if found:
        run.hwm, run.target_cpu, run.target_wall = found[0], found[1] / 1e6, run.wall
    return run


def once(kind, variant, folder):
    prefix, env, limit = variant
    argv, _, stdin, more = (KINDS[kind] + (None, None))[:4]
    if kind == "redis":
        return redis(prefix, env, limit, folder)
    whole = argv + prefix if kind == "suite" else prefix + argv
    return bench.measure(whole, dict(env, **(more or {})), folder,
                         os.path.basename(argv[0]), TIMEOUT, limit=limit, stdin=stdin)


def allocations(folder):
    """What memtop's recording of the last run counted."""
    path = os.path.join(folder, "m.memtop")
    done = subprocess.run([bench.MEMTOP, "report", "--json", "--limit=1", path],
                          stdout=subprocess.PIPE, check=False)
    if os.path.exists(path):
        os.unlink(path)
    try:
        return json.loads(done.stdout)["traced"]["allocations"]
    except (ValueError, KeyError):
        return 0


def history():
    """A repository for git fast-import: 400 commits of 40 files."""
    for commit in range(400):
        yield "commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 9\nchange %02d\n" % (
            1700000000 + commit, commit % 100)
        for one in range(3):
            name = (commit * 7 + one * 13) % 40
            text = "".join("line %d of %d\n" % (i * (commit + one), name) for i in range(200))
            yield "M 644 inline folder%d/file%d.c\ndata %d\n%s\n" % (name % 5, name, len(text), text)


def prepare(folder):
    """Script and source of sqlite3 and the compiler, a repository for git."""
    if KINDS["gitlog"][0]:
        path = os.path.join(folder, "history")
        subprocess.run(["git", "init", "-q", "-b", "main", path], check=True)
        subprocess.run(["git", "-C", path, "fast-import", "--quiet"], input="".join(history()),
                       text=True, check=True)
    for name, script in (("script.sql", "sql.py"), ("source.i", "source.py")):
        with open(os.path.join(folder, name), "w") as out:
            subprocess.run([sys.executable, HERE + script], stdout=out, check=True)


def learn(kinds, chosen, folder):
    """A first run finds the names of its modules, which later ones have from the cache."""
    for kind in kinds:
        with contextlib.suppress(bench.Failed, OSError, subprocess.SubprocessError, ValueError):
            if "memtop" in chosen and (kind, "memtop") not in NOT_FOR:
                once(kind, chosen["memtop"], folder)


def play(kinds, chosen, folder):
    """{(kind, variant): [Run] or text}, {kind: allocations}; all in turn."""
    runs, counts, began = {}, {}, time.monotonic()
    for turn in range(ROUNDS):
        spent = time.monotonic() - began
        if turn and spent + spent / turn > BUDGET:
            print("stopped after %d of %d rounds: %.0f s" % (turn, ROUNDS, spent))
            break
        for kind in kinds:
            for name, variant in chosen.items():
                if isinstance(runs.get((kind, name)), str) or (kind, name) in NOT_FOR or \
                        (name.startswith("tracemalloc") and kind not in PYTHONS):
                    continue
                try:
                    runs.setdefault((kind, name), []).append(once(kind, variant, folder))
                except bench.Failed as failure:
                    runs[kind, name] = str(failure)
                except (OSError, subprocess.SubprocessError, ValueError) as failure:
                    print("%s, %s: %s" % (kind, name, failure), file=sys.stderr)
                    runs[kind, name] = "-"
                if name == "memtop" and kind not in counts:
                    counts[kind] = allocations(folder)
                subprocess.run("rm -f j.*.heap h.*", shell=True, cwd=folder, check=False)
            print("round %d: %s" % (turn + 1, kind), file=sys.stderr, flush=True)
    return runs, counts


class Figures:
    """Medians of what play() found."""

    def __init__(self, runs):
        self.runs = runs

    def get(self, kind, variant, field):
        found = self.runs.get((kind, variant))
        return bench.median([getattr(r, field) for r in found]) if isinstance(found, list) else None

    def ratio(self, kind, variant, field="wall"):
        one, bare = self.get(kind, variant, field), self.get(kind, "bare", field)
        if one is None or not bare:
            found = self.runs.get((kind, variant))
            return found if isinstance(found, str) else "-"
        return "%.2f" % (one / bare)

    def added(self, kind, variant, field="wall"):
        return bench.less(self.get(kind, variant, field), self.get(kind, "bare", field))

    def share(self, kind, field, of="heaptrack"):
        """Memtop's added time in another's; nothing where that is noise."""
        mine, theirs = self.added(kind, "memtop", field), self.added(kind, of, field)
        bare = self.get(kind, "bare", field)
        if mine is None or theirs is None or theirs <= 0.1 * bare:
            return "-"
        return "%.2f" % (mine / theirs)


def report(f, kinds, counts):
    bench.show("Wall time of the whole command; CPU of the target and of what traces it together; "
               "ratios to bare; medians.",
               ["kind", "bare s", "memtop", "heaptrack", "jemalloc", "added memtop/heaptrack",
                "cpu together", "heaptrack's", "what"],
               [[k, bench.cell(f.get(k, "bare", "wall"))] +
                [f.ratio(k, v) for v in ("memtop", "heaptrack", "jemalloc")] +
                [f.share(k, "wall"), f.ratio(k, "memtop", "cpu"), f.ratio(k, "heaptrack", "cpu"),
                 KINDS[k][1]] for k in kinds])
    pythons = [k for k in kinds if k in PYTHONS]
    if pythons:
        peers = ("tracemalloc", "tracemalloc25")
        bench.show("Python beside tracemalloc with 1 and with 25 frames a block, memtop with all: ratios to "
                   "bare,\nand memtop's added time in tracemalloc's; wall time of the whole command, then "
                   "CPU of the\ntarget, then of target and memtop together.",
                   ["kind", *("%s%s" % (what, v) for what in ("", "cpu ", "together ")
                              for v in ("memtop", *peers, "added/1", "added/25"))],
                   [[k] + [cell for field in ("wall", "target_cpu", "cpu")
                           for cell in [f.ratio(k, v, field) for v in ("memtop", *peers)] +
                           [f.share(k, field, v) for v in peers]] for k in pythons])

    def each(kind, field="target_cpu"):
        # Without a span of its own it is many processes, whose allocations were not counted.
        added = f.added(kind, "memtop", field) if f.get(kind, "memtop", "target_cpu") else None
        return bench.cell(added / counts[kind] * 1e9, "%.0f") if added and counts.get(kind) else "-"

    bench.show("The target by itself: from its constructors to its exit (redis: as above), ratios to "
               "bare;\nallocations, and what each (with its free) adds to the target's CPU;\nCPU of target and "
               "memtop together, and what an allocation adds to that.",
               ["kind", "memtop", "heaptrack", "added memtop/heaptrack", "cpu memtop",
                "cpu heaptrack", "allocations", "ns added", "cpu together", "ns added together"],
               [[k, f.ratio(k, "memtop", "target_wall"), f.ratio(k, "heaptrack", "target_wall"),
                 f.share(k, "target_wall"), f.ratio(k, "memtop", "target_cpu"),
                 f.ratio(k, "heaptrack", "target_cpu"), counts.get(k, "-"), each(k),
                 f.ratio(k, "memtop", "cpu"), each(k, "cpu")]
                for k in kinds])

    def mega(kind, variant, field):
        value = f.get(kind, variant, field)
        return bench.cell(value / 1024 if value is not None else None, "%.1f")

    def more(kind, variant):
        value = f.added(kind, variant, "hwm")
        return bench.cell(value / 1024 if value is not None else None, "%+.1f")

    bench.show("CPU of the whole tree, user and system, s; peak resident memory of the target, MiB\n"
               "(the shared segment is in it), and of memtop beside it.",
               ["kind", "cpu bare", "memtop", "heaptrack", "rss bare", "memtop adds",
                "heaptrack adds", "memtop itself"],
               [[k] + [bench.cell(f.get(k, v, "cpu")) for v in ("bare", "memtop", "heaptrack")] +
                [mega(k, "bare", "hwm"), more(k, "memtop"), more(k, "heaptrack"),
                 mega(k, "memtop", "beside")] for k in kinds])


def main():
    wanted = os.environ.get("KINDS", " ".join(KINDS)).split()
    names = os.environ.get("VARIANTS", "bare memtop heaptrack jemalloc tracemalloc tracemalloc25").split()
    print(bench.machine())
    for kind in wanted:
        if not KINDS[kind][0]:
            print("skipped: %s: its program is not installed" % kind)
    chosen = {name: value for name, value in variants().items() if name in names}
    for name, value in chosen.items():
        if isinstance(value, str):
            print("skipped: %s: %s" % (name, value))
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        kinds = [k for k in wanted if KINDS[k][0]]
        found = {n: v for n, v in chosen.items() if not isinstance(v, str)}
        learn(kinds, found, folder)
        runs, counts = play(kinds, found, folder)
    report(Figures(runs), kinds, counts)


main()
