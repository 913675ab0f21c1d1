# SPDX-License-Identifier: MIT
"""Memory ceilings in pytest, measured by memtop:

    memtop check -- pytest -p pytest_memtop

A mark fails a test that passed otherwise, with the real figure and the lines:

    @pytest.mark.limit_memory("5 MB")       # its peak
    @pytest.mark.limit_leaks("1 KB")        # what it allocated and did not free
    @pytest.mark.limit_unreachable("0 B")   # what no pointer leads to any more, for C extensions

The fixture memory_ceiling gives the figures to the test itself:

    def test_report(memory_ceiling):
        build_report(2_000)
        _, peak = memory_ceiling.traced_memory()
        assert peak < 5 * 1024 * 1024, f"peak {peak / 1e6:.1f} MB exceeded 5 MB ceiling"

All figures are of everything that the process allocates, in Python and below,
above what was live when the test function was called; they are read where it
ends, and what the plugin itself needs is in none of them.  A test function that
does nothing has 0 bytes.  share/doc/PYTHON.md says what of pytest's own can
still be in a figure.  A failed test's report has a section with them; what tests
leave behind in fixtures that outlive them is named at the end.  Without memtop
the tests run, nothing is measured, and that is said.
"""
import ctypes
import functools
import gc
import inspect
import os
import re
import sys
import types
import unittest

import pytest

MEMORY, RESET_PEAK, CEILING, GROWTH, UNREACHABLE = 1, 4, 8, 9, 13      # as in memtop.h
OWN = os.path.abspath(__file__)
KEPT = 64 * 1024        # less than this a test may leave behind untold
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
MARKS = ("limit_memory", "limit_leaks", "limit_unreachable")
# What pytest-memray's marks take besides: the value that asks for nothing, and why no other.
FOREIGN = {
    "current_thread_only": (False, "all threads of the process are measured"),
    "filter_fn": (None, "everything is judged that the test leaves behind"),
    "warmups": (False, "a test is run once"),
}


class Tracer:
    """memtop.h's functions.  The lock of the interpreter is held meanwhile, so
    no other thread of Python's allocates."""

    def __init__(self):
        library = ctypes.PyDLL(None)
        try:
            self.bare = library["memtop_abi_1"]
        except AttributeError:
            self.bare = self.asking = None
            return
        self.asking = library["memtop_abi_1"]
        self.asking.argtypes = (ctypes.c_uint, ctypes.c_char_p, ctypes.c_uint64,
                                ctypes.c_uint64 * 2)
        self.text = ctypes.create_string_buffer(2048)
        self.values = (ctypes.c_uint64 * 2)()

    def is_tracing(self):
        return self.bare is not None and self.bare(0, None, None, None) == 1

    def exceeds(self, figure, limit):
        """The message if the CEILING or GROWTH since the reset is above, else None."""
        self.values[0] = limit
        if self.check(self.asking(figure, self.text, len(self.text), self.values)):
            return self.text.value.decode("utf-8", "replace")
        return None

    def unreachable(self):
        """Bytes that nothing in the process points to, and the lines that took them."""
        self.check(self.asking(UNREACHABLE, self.text, len(self.text), self.values))
        return self.values[0], self.text.value.decode("utf-8", "replace")

    @staticmethod
    def check(status):
        if status < 0:
            raise OSError(-status, "memtop does not answer: " + os.strerror(-status))
        return status


class Reading:
    """(current, peak) at one moment.  `tracer.bare(*reading.take)` takes it without
    any object that Python would have to make for that."""

    def __init__(self):
        self.values = (ctypes.c_uint64 * 2)()
        self.take = (MEMORY, None, None, ctypes.byref(self.values))


RESET = (RESET_PEAK, None, None, None)


class WrongMark(Exception):
    """In one sentence."""


def parse_size(text):
    """'5 MB', '1.5G', '512': units are powers of 1024, as everywhere in memtop."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:i?B)?\s*", str(text), re.I)
    if not match:
        raise WrongMark(f"not a size: {text!r}; write '5 MB' or '64K'")
    return int(float(match[1]) * UNITS[match[2].upper()])


def parse_mark(marker):
    """The bytes that it says."""
    asked = dict(marker.kwargs)
    usage = f"{marker.name} takes one size, as in {marker.name}('5 MB')"
    for word, (nothing, why) in FOREIGN.items():
        if asked.pop(word, nothing) != nothing:
            raise WrongMark(f"{usage}, and no {word}: {why}")
    if asked or len(marker.args) != 1:
        raise WrongMark(usage + "".join(f", and no {word}" for word in sorted(asked)))
    return parse_size(marker.args[0])


def format_size(size):
    """As tracemalloc's."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(size) < 100 and unit != "B":
            return f"{size:.1f} {unit}"
        if abs(size) < 10 * 1024 or unit == "TiB":
            return f"{size:.0f} {unit}"
        size /= 1024
    return None


def amount(size, places=1):
    """As memtop's messages say it: little in bytes."""
    return f"{size} bytes" if size < 100000 else f"{size / 1e6:.{places}f} MB"


def broken(what, was, limit):
    """With as many places as tell the two apart; None: it is within the limit."""
    if limit is None or was <= limit:
        return None
    places = 6 if was - limit < 100000 else 1
    return f"{what} {amount(was, places)} exceeded the ceiling of {amount(limit, places)}"


def lines_of(message):
    """The program's lines, without this plugin's own."""
    lines = message.split("\n")[1:] if message else []
    return [line for line in lines if f" at {OWN}:" not in line]


class Measure:
    """What memory did since begin(); the fixture's value."""

    def __init__(self, tracer):
        self.tracer = tracer
        self.measures = tracer.is_tracing()
        self.before, self.now = Reading(), Reading()
        # After reset_peak in a test: current at the test's own beginning, and the highest
        # peak above that before it.
        self.first = (ctypes.c_uint64 * 2)()
        self.was_reset = False

    def take(self, reading):
        self.tracer.check(self.tracer.bare(*reading.take))

    def begin(self):
        if self.measures:
            self.tracer.check(self.tracer.bare(*RESET))
            self.take(self.before)

    def reset_peak(self):
        """traced_memory() counts from here on; the marks go on with the whole test."""
        if not self.measures:
            return
        self.take(self.now)
        self.first[1] = self.above(self.now)
        self.first[0] = self.base()
        self.was_reset = True
        self.begin()

    def traced_memory(self):
        """(current, peak), above what was live at the beginning; (0, 0) without memtop."""
        if not self.measures:
            return 0, 0
        self.take(self.now)
        now, base = self.now.values, self.before.values[0]
        return max(0, now[0] - base), max(0, now[1] - base)

    # These count from the test's own beginning.
    def base(self):
        return self.first[0] if self.was_reset else self.before.values[0]

    def growth(self, reading):
        return max(0, reading.values[0] - self.base())

    def above(self, reading):
        return max(self.first[1], reading.values[1] - self.base())


def in_order(function, named):
    """The arguments as the function's own list has them, where it is one of Python's that
    lists them all: a call by names would make a dictionary, on the test's account."""
    bound = inspect.ismethod(function)
    plain = function.__func__ if bound else function
    if isinstance(plain, types.FunctionType):
        code = plain.__code__
        names = code.co_varnames[bound:code.co_argcount][:len(named)]
        if set(names) == set(named):
            return tuple(named[name] for name in names), {}
    return (), named


class Test:
    """One test under measurement."""

    def __init__(self, item, tracer):
        self.item = item
        self.measure = Measure(tracer)
        self.ended, self.settled = Reading(), Reading()
        self.limits = {}
        self.running = self.judged = False
        self.broken = None      # which limit, in memtop's words
        self.failure = None     # id of the exception that ended it
        self.peak = self.kept = self.lost = 0   # lost: what was unreachable before it
        self.peak_lines, self.kept_lines = [], []

    def parse_marks(self):
        """Before anything is measured.  A sentence if one of them is wrong."""
        try:
            for name in MARKS:
                marker = self.item.get_closest_marker(name)
                self.limits[name] = None if marker is None else parse_mark(marker)
        except WrongMark as wrong:
            return str(wrong)
        return None

    def wants(self):
        return "memory_ceiling" in getattr(self.item, "fixturenames", ()) or \
            any(limit is not None for limit in self.limits.values())

    def prepare(self):
        self.measure.was_reset = False
        self.measure.first[1] = 0
        if self.limits["limit_leaks"] is not None:
            gc.collect()
        if self.limits["limit_unreachable"] is not None:
            self.lost = self.measure.tracer.unreachable()[0]
        self.running = True

    def begin(self):
        """For tests that are more than a function: what runs them is measured too."""
        self.prepare()
        self.measure.begin()

    def end(self, error):
        self.measure.take(self.ended)
        gc.collect()
        self.measure.take(self.settled)
        self.judge(0, error)

    def wrapped(self, function):
        """The test function, measured from its call to its end.  Between the readings
        nothing of this plugin is made."""
        bare, first, ended = self.measure.tracer.bare, self.measure.before.take, self.ended.take
        settled, collect = self.settled.take, gc.collect
        leaks = self.limits["limit_leaks"] is not None

        @functools.wraps(function)
        def measured(*args, **named):
            __tracebackhide__ = True
            if not args:
                args, named = in_order(function, named)
            self.prepare()
            status = bare(*RESET) or bare(*first)
            try:
                if named:
                    result = function(*args, **named)
                else:
                    result = function(*args)
            except BaseException as error:
                status = status or bare(*ended) or bare(*settled)
                self.judge(status, error)
                raise
            status = status or bare(*ended)
            if leaks:
                collect()
            self.judge(status or bare(*settled), None)
            return result
        return measured

    def judge(self, status, error):
        """Behind the test's own code, when all readings are taken."""
        self.running, self.judged = False, True
        self.measure.tracer.check(status)
        self.failure = error and id(error)
        if self.measure.growth(self.settled) > KEPT:
            gc.collect()
            self.measure.take(self.settled)
        self.kept = self.measure.growth(self.settled)
        self.peak = self.measure.above(self.ended)
        self.explain()

    def explain(self):
        exceeds = self.measure.tracer.exceeds
        self.broken = broken("peak", self.peak, self.limits["limit_memory"])
        # A peak before reset_peak has left no lines.
        if (self.broken or self.failure) and self.peak > self.measure.first[1]:
            self.peak_lines = lines_of(exceeds(CEILING, 0))
        leaks = None if self.broken or self.failure else \
            broken("leak", self.kept, self.limits["limit_leaks"])
        if leaks or self.kept > KEPT:
            self.kept_lines = lines_of(exceeds(GROWTH, 0))
        self.broken = self.broken or leaks
        if not (self.broken or self.failure) and self.limits["limit_unreachable"] is not None:
            lost, message = self.measure.tracer.unreachable()
            self.broken = broken("unreachable memory", max(0, lost - self.lost),
                                 self.limits["limit_unreachable"])
            self.kept_lines = lines_of(message) if self.broken else self.kept_lines

    def is_held(self):
        """Pytest keeps the exception of the last failure until the next test is called."""
        return self.failure is not None and id(getattr(sys, "last_value", None)) == self.failure

    def section(self):
        left = "held by its traceback" if self.failure else "left behind"
        text = [f"peak {amount(self.peak)}, {left} {amount(self.kept)}"]
        if self.peak_lines:
            text += ["most memory at the peak:"] + self.peak_lines
        if self.kept_lines:
            text += [left + ":"] + self.kept_lines
        return "\n".join(text)

    def holder(self):
        """Who may hold what it left: its fixtures of a wider scope, but pytest's own."""
        if self.is_held():
            return "it failed, and its traceback holds its locals"
        found = []
        for definitions in self.item._fixtureinfo.name2fixturedefs.values():
            definition = definitions[-1]
            module = getattr(definition.func, "__module__", "")
            if definition.scope != "function" and not module.startswith("_pytest."):
                found.append(f"{definition.scope} fixture {definition.argname}")
        return ", ".join(sorted(found)) or "no fixture outlives it: a global, or a cache"


def is_coroutine(function):
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def is_unittest(item):
    return inspect.isclass(getattr(item, "cls", None)) and issubclass(item.cls, unittest.TestCase)


class Plugin:
    def __init__(self):
        self.tracer = Tracer()
        self.tests = {}
        self.kept = []          # [who, bytes, lines], of setups and of tests
        self.unmeasured = 0
        self.setups = 0         # of fixtures, under way
        self.warm = False

    # -- a test's life ------------------------------------------------------

    def test_of(self, item):
        if item.nodeid not in self.tests:
            self.tests[item.nodeid] = Test(item, self.tracer)
        return self.tests[item.nodeid]

    def warm_up(self, item):
        """What Python makes when code runs for the first time is made before the first test."""
        self.warm = True
        for _ in range(3):
            test = Test(item, self.tracer)
            test.limits = {"limit_memory": 0, "limit_leaks": 0, "limit_unreachable": None}
            test.wrapped(lambda: [None])()
            test.measure.traced_memory()

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        test = self.test_of(item)
        wrong = test.parse_marks()
        if wrong:
            pytest.fail(f"memtop: {wrong}", pytrace=False)
        if not test.measure.measures:
            self.unmeasured += test.wants()
            yield
            return
        if not self.warm:
            self.warm_up(item)
        function = getattr(item, "obj", None)
        wraps = is_unittest(item) and not is_coroutine(function)
        if wraps:
            item.obj = test.wrapped(function)   # where unittest is told to call it
        elif is_unittest(item) or not isinstance(item, pytest.Function):
            test.begin()
        outcome = yield
        if wraps:
            item.obj = function
        if test.running:
            test.end(outcome.excinfo and outcome.excinfo[1])

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        test = self.tests.get(pyfuncitem.nodeid)
        if test is None or not test.measure.measures:
            yield
            return
        function = pyfuncitem.obj
        if is_coroutine(function):
            test.begin()                # whoever runs it looks at what it is
        else:
            pyfuncitem.obj = test.wrapped(function)
        yield
        pyfuncitem.obj = function

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        test = self.tests.get(item.nodeid)
        if call.when != "call" or test is None or not test.judged:
            return
        report = outcome.get_result()
        if test.broken and report.outcome == "passed":
            report.outcome = "failed"
            lines = test.peak_lines or test.kept_lines
            report.longrepr = "\n".join([f"{item.nodeid}: {test.broken}"] + lines)
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
            test.measure.take(test.settled)
            test.kept = min(test.kept, test.measure.growth(test.settled))
        if test.kept > KEPT:
            self.kept.append([f"{item.nodeid} ({test.holder()})", test.kept, test.kept_lines])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        # One inside another's setup is part of that, and one that a test asks for of the test.
        if fixturedef.scope == "function" or not self.tracer.is_tracing() or self.setups or \
                any(test.running for test in self.tests.values()):
            yield
            return
        measure = Measure(self.tracer)
        self.setups += 1
        measure.begin()
        yield
        self.setups -= 1
        message = self.tracer.exceeds(GROWTH, KEPT)
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
                 'limit_leaks("1 KB"): the test leaves at most so much behind',
                 'limit_unreachable("0 B"): it loses at most so much, held by no pointer'):
        config.addinivalue_line("markers", mark + " (memtop)")
    config.pluginmanager.register(Plugin(), "memtop")
