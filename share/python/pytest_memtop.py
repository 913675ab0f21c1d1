# SPDX-License-Identifier: MIT
"""Memory ceilings in pytest, measured by memtop:

    memtop check -- pytest -p pytest_memtop

A mark fails a test that passed otherwise, with the real figure and the lines:

    @pytest.mark.limit_memory("5 MB")       # its peak
    @pytest.mark.limit_leaks("1 KB")        # what it allocated and did not free

The fixture memory_ceiling gives the figures to the test itself:

    def test_report(memory_ceiling):
        build_report(2_000)
        _, peak = memory_ceiling.traced_memory()
        assert peak < 5 * 1024 * 1024, f"peak {peak / 1e6:.1f} MB exceeded 5 MB ceiling"

All figures are of everything that the process allocates, in Python and below,
above what was live when the test's own code began.  A failed test's report has
a section with them; what tests leave behind in fixtures that outlive them is
named at the end.  Without memtop the tests run, nothing is measured, and that
is said.
"""
import ctypes
import gc
import os
import re

import pytest

MEMORY, RESET_PEAK, CEILING, GROWTH = 1, 4, 8, 9        # the numbers of memtop.h
OWN = os.path.abspath(__file__)
KEPT = 64 * 1024        # less than this a test may leave behind untold
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Tracer:
    """memtop.h's functions.  The lock of the interpreter is held meanwhile, so
    no other thread of Python's allocates."""

    def __init__(self):
        try:
            self.entry = ctypes.PyDLL(None).memtop_abi_1
        except AttributeError:
            self.entry = None
        else:
            self.entry.restype = ctypes.c_int
            self.entry.argtypes = (ctypes.c_uint, ctypes.c_char_p, ctypes.c_uint64,
                                   ctypes.c_uint64 * 2)
        self.text = ctypes.create_string_buffer(2048)
        self.values = (ctypes.c_uint64 * 2)()

    def is_tracing(self):
        return self.entry is not None and self.entry(0, None, 0, self.values) == 1

    def memory(self):
        """(current, peak) in bytes."""
        self.check(self.entry(MEMORY, None, 0, self.values))
        return self.values[0], self.values[1]

    def reset_peak(self):
        self.check(self.entry(RESET_PEAK, None, 0, self.values))

    def exceeds(self, figure, limit):
        """The message if the CEILING or GROWTH since the reset is above, else None."""
        self.values[0] = limit
        if self.check(self.entry(figure, self.text, len(self.text), self.values)):
            return self.text.value.decode("utf-8", "replace")
        return None

    @staticmethod
    def check(status):
        if status < 0:
            raise OSError(-status, "memtop does not answer: " + os.strerror(-status))
        return status


def parse_size(text):
    """'5 MB', '1.5G', '512': units are powers of 1024, as everywhere in memtop."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:i?B)?\s*", str(text), re.I)
    if not match:
        raise pytest.UsageError(f"memtop: not a size: {text!r}; write '5 MB' or '64K'")
    return int(float(match[1]) * UNITS[match[2].upper()])


def format_size(size):
    """As tracemalloc's."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(size) < 100 and unit != "B":
            return f"{size:.1f} {unit}"
        if abs(size) < 10 * 1024 or unit == "TiB":
            return f"{size:.0f} {unit}"
        size /= 1024
    return None


class Measure:
    """What memory did since begin(); the fixture's value."""

    def __init__(self, tracer):
        self.tracer = tracer
        self.measures = tracer.is_tracing()
        self.base = 0

    def begin(self):
        if self.measures:
            self.tracer.reset_peak()
            self.base = self.tracer.memory()[0]

    reset_peak = begin

    def traced_memory(self):
        """(current, peak), above what was live at the beginning; (0, 0) without memtop."""
        if not self.measures:
            return 0, 0
        current, peak = self.tracer.memory()
        return max(0, current - self.base), max(0, peak - self.base)

    def exceeds_peak(self, limit):
        return self.tracer.exceeds(CEILING, limit) if self.measures else None

    def exceeds_growth(self, limit):
        gc.collect()
        return self.tracer.exceeds(GROWTH, limit) if self.measures else None


def lines_of(message):
    """The program's lines, without this plugin's own."""
    lines = message.split("\n")[1:] if message else []
    return [line for line in lines if f" at {OWN}:" not in line]


class Test:
    """One test under measurement."""

    def __init__(self, item, tracer):
        self.item = item
        self.measure = Measure(tracer)
        self.broken = None      # which limit, in memtop's words
        self.peak = self.kept = 0
        self.peak_lines, self.kept_lines = [], []

    def limit(self, mark):
        marker = self.item.get_closest_marker(mark)
        if marker is None:
            return None
        if len(marker.args) != 1 or marker.kwargs:
            raise pytest.UsageError(f"memtop: {mark} takes one size, as in {mark}('5 MB')")
        return parse_size(marker.args[0])

    def judge(self, failed):
        """Behind the test's own code."""
        memory, leaks = self.limit("limit_memory"), self.limit("limit_leaks")
        self.kept, self.peak = self.measure.traced_memory()
        if memory is not None:
            self.broken = self.measure.exceeds_peak(memory)
        if failed or self.broken:
            self.peak_lines = lines_of(self.measure.exceeds_peak(0))
        if leaks is not None and not self.broken:
            message = self.measure.exceeds_growth(leaks)
            self.broken = message and message.replace("growth", "leak", 1)
        if self.kept > KEPT:
            message = self.measure.exceeds_growth(KEPT)
            self.kept = self.measure.traced_memory()[0]
            self.kept_lines = lines_of(message)

    def section(self):
        text = [f"peak {self.peak / 1e6:.1f} MB, left behind {self.kept / 1e6:.1f} MB"]
        if self.peak_lines:
            text += ["at the peak held the most:"] + self.peak_lines
        if self.kept_lines:
            text += ["left behind by:"] + self.kept_lines
        return "\n".join(text)

    def outliving(self):
        """The test's fixtures of a wider scope, but pytest's own."""
        found = []
        for definitions in self.item._fixtureinfo.name2fixturedefs.values():
            definition = definitions[-1]
            module = getattr(definition.func, "__module__", "")
            if definition.scope != "function" and not module.startswith("_pytest."):
                found.append(f"{definition.scope} fixture {definition.argname}")
        return sorted(found)


class Plugin:
    def __init__(self, config):
        self.config = config
        self.tracer = Tracer()
        self.tests = {}
        self.kept = []          # [who, bytes, lines], of setups and of tests
        self.unmeasured = 0

    # -- a test's life ------------------------------------------------------

    def test_of(self, item):
        if item.nodeid not in self.tests:
            self.tests[item.nodeid] = Test(item, self.tracer)
        return self.tests[item.nodeid]

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        test = self.test_of(item)
        if test.limit("limit_leaks") is not None:
            gc.collect()
        test.measure.begin()
        outcome = yield
        if test.measure.measures:
            test.judge(outcome.excinfo is not None)
        elif (item.get_closest_marker("limit_memory") or item.get_closest_marker("limit_leaks")
              or "memory_ceiling" in getattr(item, "fixturenames", ())):
            self.unmeasured += 1

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        test = self.tests.get(item.nodeid)
        if call.when != "call" or test is None or not test.measure.measures:
            return
        report = outcome.get_result()
        if test.broken and report.outcome == "passed":
            report.outcome = "failed"
            first = test.broken.split("\n")[0]
            report.longrepr = "\n".join([f"{item.nodeid}: {first}"] + lines_of(test.broken))
        if report.outcome == "failed":
            report.sections.append(("memtop", test.section()))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self, item, nextitem):
        yield
        test = self.tests.pop(item.nodeid, None)
        if test is None or test.kept <= KEPT:
            return
        # Fixtures of the test alone have gone by now, but with the last test all have.
        if nextitem is not None:
            gc.collect()
            test.kept = min(test.kept, test.measure.traced_memory()[0])
        if test.kept > KEPT:
            who = ", ".join(test.outliving()) or "no fixture outlives it: a global, or a cache"
            self.kept.append([f"{item.nodeid} ({who})", test.kept, test.kept_lines])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        if fixturedef.scope == "function" or not self.tracer.is_tracing():
            yield
            return
        measure = Measure(self.tracer)
        measure.begin()
        yield
        message = measure.exceeds_growth(KEPT)
        if message:
            self.kept.append([f"setup of {fixturedef.scope} fixture {fixturedef.argname}",
                              measure.traced_memory()[0], lines_of(message)])

    # -- what is said -------------------------------------------------------

    def pytest_report_header(self):
        return "memtop: measures memory" if self.tracer.is_tracing() else \
            "memtop: does not measure: run it as memtop check -- pytest"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["memtop"] = {"kept": self.kept,
                                                     "unmeasured": self.unmeasured}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        output = getattr(node, "workeroutput", {}).get("memtop")
        if output:
            self.kept += output["kept"]
            self.unmeasured += output["unmeasured"]

    def pytest_terminal_summary(self, terminalreporter):
        if self.unmeasured:
            terminalreporter.write_line(
                f"memtop: {self.unmeasured} tests ask for memory figures and were not "
                "measured: run them as memtop check -- pytest", yellow=True)
        if not self.kept:
            return
        terminalreporter.section("memory left behind (memtop)")
        for who, size, lines in sorted(self.kept, key=lambda entry: -entry[1])[:10]:
            terminalreporter.write_line(f"{format_size(size)} by {who}")
            for line in lines:
                terminalreporter.write_line(line)


@pytest.fixture
def memory_ceiling(request):
    """memtop's figures for this test: traced_memory() and reset_peak()."""
    measure = request.config.pluginmanager.get_plugin("memtop").test_of(request.node).measure
    measure.begin()
    return measure


def pytest_configure(config):
    for mark in ('limit_memory("5 MB"): the test holds at most so much at once',
                 'limit_leaks("1 KB"): the test leaves at most so much behind'):
        config.addinivalue_line("markers", mark + " (memtop)")
    config.pluginmanager.register(Plugin(config), "memtop")
