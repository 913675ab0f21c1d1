#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPython's own tests of tracemalloc, with memtop in the place of what they
test: statistics, compare_to, filter_traces, the matching of filters, str() of
rows, format() of tracebacks and sizes are asked of memtop's views (rows.c).

    tests/views/cpython_vectors.py      skipped where test_tracemalloc.py is not
                                        (Debian: libpython3.11-testsuite)
"""
import importlib
import json
import os
import subprocess
import sys
import tracemalloc
import unittest

sys.dont_write_bytecode = True
PROGRAM = os.path.join(os.environ.get("B", "build"), "tests/views/rows")
SIZES = [0, 1, 1023, 1024, 10239, 10240, 102399, 102400, 1048575, 1048576, 10485759, 10485760,
         104857600, 10737418239, 10737418240, 2 ** 40, 100 * 2 ** 40 - 1, 100 * 2 ** 40, 2 ** 54]
CASES = ["TestTraceback", "TestSnapshot", "TestFilters"]
asked = {}


def suite():
    """The module test_tracemalloc, of this Python or of the system's."""
    for folder in [None, "/usr/lib/python3.%d" % sys.version_info[1], "/usr/lib/python3.11"]:
        if folder:
            sys.path.append(folder)
            for name in [name for name in sys.modules if name.split(".")[0] == "test"]:
                del sys.modules[name]
        try:
            return importlib.import_module("test.test_tracemalloc")
        except ImportError:
            pass
    print("no test_tracemalloc.py here: install libpython3.11-testsuite")
    sys.exit(77)


class Memtop:
    def __init__(self):
        self.process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def send(self, *fields):
        fields = [str(field).replace("\\", "\\x5c") for field in fields]
        self.process.stdin.write("\t".join(fields) + "\n")

    def answer(self, one=False):
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == "end\n":
                return lines
            lines.append(line.rstrip("\n"))
            if one:
                return lines
        raise SystemExit("the program ended: %r" % lines)

    def heap(self, traces, frames):
        """Traces as tracemalloc has them; frames: those sent so far, by name."""
        for domain, size, stack, *_ in traces:
            for name in stack:
                if name not in frames:
                    frames[name] = len(frames) + 1
                    self.send("f", name[0], name[1], "", "", 4, "")
            self.send("b", domain, 1, size, 1, *[frames[name] for name in stack])

    def filters(self, texts):
        for text in texts:
            self.send("filter", text)

    def view(self, key, flags):
        self.send("view", key, "t" + flags)
        return self.answer()


def note(what):
    asked[what] = asked.get(what, 0) + 1


def rule(one):
    """A Filter or DomainFilter in memtop's language."""
    if isinstance(one, tracemalloc.DomainFilter):
        return "domain %s %d" % ("=" if one.inclusive else "!=", one.domain)
    pattern = one.filename_pattern.replace("\\", "\\\\").replace('"', '\\"')
    text = ("any:" if one.all_frames else "") + '"%s"' % pattern
    text += ":%d" % one.lineno if one.lineno is not None else ""
    if one.domain is None:
        return ("+" if one.inclusive else "-") + text
    match = "(+%s) and domain=%d" % (text, one.domain)
    return match if one.inclusive else "not (%s)" % match


def kept(traces, texts):
    """Those traces that memtop's filters keep."""
    out = []
    for trace in traces:
        memtop.send("heap")
        memtop.heap([trace], {})
        memtop.filters(texts)
        if json.loads("\n".join(memtop.view("traceback", "j")))["statistics"]:
            out.append(trace)
    return out


class Row(tracemalloc.Statistic):
    def __str__(self):
        return rows[id(self)]


class RowDiff(tracemalloc.StatisticDiff):
    def __str__(self):
        return rows[id(self)]


rows = {}
alive = []


def ask(snapshot, old, key, cumulative):
    memtop.send("heap")
    if key == "traceback" and cumulative:
        problem = memtop.view(key, "c")
        assert problem[0].startswith("problem "), problem
        raise ValueError(problem[0])
    frames = {}
    if old:
        memtop.heap(old.traces._traces, frames)
        memtop.send("old", "same")
    memtop.heap(snapshot.traces._traces, frames)
    flags = "c" if cumulative else ""
    texts = [line for line in memtop.view(key, flags) if not line.startswith("  ")]
    document = json.loads("\n".join(memtop.view(key, flags + "j")))
    assert len(texts) == len(document["statistics"])
    out = []
    for text, row in zip(texts, document["statistics"]):
        # Oldest first here, newest first there.
        stack = [(frame["file"], frame["line"]) for frame in reversed(row["traceback"])]
        figures = [row["size"], row["count"]]
        if old:
            figures = [row["size"], row["size_diff"], row["count"], row["count_diff"]]
        one = (RowDiff if old else Row)(tracemalloc.Traceback(stack), *figures)
        rows[id(one)] = text
        alive.append(one)
        out.append(one)
    return out


def statistics(self, key_type, cumulative=False):
    note("statistics")
    return ask(self, None, key_type, cumulative)


def compare_to(self, old_snapshot, key_type, cumulative=False):
    note("compare_to")
    return ask(self, old_snapshot, key_type, cumulative)


def filter_traces(self, filters):
    if not hasattr(filters, "__iter__"):
        raise TypeError("filters must be a list of filters")
    note("filter_traces")
    texts = []
    inclusive = [rule(one) for one in filters if one.inclusive]
    if inclusive:
        texts.append(" or ".join("(%s)" % text for text in inclusive))
    texts += [rule(one) for one in filters if not one.inclusive]
    return tracemalloc.Snapshot(kept(self.traces._traces, texts), self.traceback_limit)


def match_traceback(self, traceback):
    note("filters")
    return bool(kept([(0, 1, tuple(traceback), 1)], [rule(self)]))


def match_frame(self, filename, lineno):
    return match_traceback(self, ((filename, lineno),))


stock_format = tracemalloc.Traceback.format


def format_traceback(self, limit=None, most_recent_first=False):
    # memtop prints the oldest frame first, and cuts to the newest.
    if most_recent_first or (limit is not None and limit <= 0):
        return stock_format(self, limit, most_recent_first)
    note("format")
    memtop.send("heap")
    newest_first = [(frame.filename, frame.lineno) for frame in reversed(self)]
    memtop.heap([(0, 1, newest_first, 1)], {})
    for name in newest_first:
        line = tracemalloc.linecache.getline(*name)
        if line:
            memtop.send("source", name[0], name[1], line)
    return memtop.view("traceback", str(limit or ""))[1:]


def check_sizes():
    for size in SIZES + [-size for size in SIZES]:
        for sign in (False, True):
            memtop.send("size", size, int(sign))
            got, want = memtop.answer(one=True)[0], tracemalloc._format_size(size, sign)
            if got != want:
                raise SystemExit("size %d: %r, not %r" % (size, got, want))
            note("sizes")


vectors = suite()
memtop = Memtop()
check_sizes()
tracemalloc.Snapshot.statistics = statistics
tracemalloc.Snapshot.compare_to = compare_to
tracemalloc.Snapshot.filter_traces = filter_traces
tracemalloc.Filter._match_traceback = match_traceback
tracemalloc.Filter._match_frame = match_frame
tracemalloc.Traceback.format = format_traceback
loader = unittest.TestLoader()
tests = unittest.TestSuite(loader.loadTestsFromTestCase(getattr(vectors, name))
                           for name in CASES)
result = unittest.TextTestRunner(verbosity=1).run(tests)
memtop.process.stdin.close()
status = memtop.process.wait()
memtop.process.stdout.close()
print("%d tests of %s; asked of memtop: %s" %
      (result.testsRun, vectors.__file__,
       ", ".join("%s %d" % item for item in sorted(asked.items()))))
enough = all(asked.get(what) for what in ("statistics", "compare_to", "filter_traces", "filters",
                                          "format", "sizes"))
sys.exit(0 if result.wasSuccessful() and enough and not status else 1)
