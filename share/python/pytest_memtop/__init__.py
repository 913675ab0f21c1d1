# SPDX-License-Identifier: MIT
"""Memory ceilings in pytest, measured by memtop:

    pip install share/python            # of memtop's source, or /usr/share/memtop/python
    pytest

pytest starts itself again under memtop when a test asks for figures (--memtop=off: it does
not).  Not installed: memtop check -- pytest -p pytest_memtop.  A mark fails a test that passed otherwise, with the real figure and the lines:

    @pytest.mark.limit_memory("5 MB")       # its peak
    @pytest.mark.limit_leaks("1 KB")        # what it allocated and did not free
    @pytest.mark.limit_leaks(location_limit="1 KB", filter_fn=is_mine)  # ... by each call stack
    @pytest.mark.limit_leaked_objects(0)    # objects of Python that it made and left behind
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
leave behind in fixtures that outlive them is named at the end, and the tests that took
most.  A test that asks for figures never passes without them, but for --memtop=off.
"""
import ctypes
import errno
import functools
import gc
import inspect
import itertools
import os
import re
import sys
import threading
import types
import unittest
from collections import Counter

import pytest

from . import launch, stacks

MEMORY, RESET_PEAK, CEILING, GROWTH, UNREACHABLE, STACKS = 1, 4, 8, 9, 13, 14   # as in memtop.h
BUSY = "\n  the lines are not known: memtop had no time to name them"
AT_PEAK = 1 << 63       # with STACKS
OWN = stacks.OWN
KEPT = 64 * 1024        # less than this a test may leave behind untold
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
MARKS = ("limit_memory", "limit_leaks", "limit_unreachable", "limit_leaked_objects")
# What pytest-memray's marks take besides: the value that asks for nothing, and why no other.
# limit_leaks takes the first two.
FOREIGN = {
    "current_thread_only": (False, "the peak is that of all threads together"),
    "filter_fn": (None, "only limit_leaks looks at stacks"),
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
        self.text = ctypes.create_string_buffer(2048)   # of a message, or a part of the stacks
        self.values = (ctypes.c_uint64 * 2)()

    def is_tracing(self):
        return self.bare is not None and self.bare(0, None, None, None) == 1

    def exceeds(self, figure, limit):
        """The message if the CEILING or GROWTH since the reset is above, else None."""
        self.values[0] = limit
        status = self.asking(figure, self.text, len(self.text), self.values)
        if status == -errno.ETIMEDOUT:
            return BUSY
        if self.check(status):
            return self.text.value.decode("utf-8", "replace")
        return None

    def unreachable(self):
        """Bytes that nothing in the process points to, and the lines that took them."""
        self.check(self.asking(UNREACHABLE, self.text, len(self.text), self.values))
        return self.values[0], self.text.value.decode("utf-8", "replace")

    def stacks(self, which=0):
        """What came since the reset by stacks, one by one, the largest first: which is AT_PEAK
        or 0 (what is live), with a thread's number << 32 of that thread alone.  Small parts
        bring the text, so who needs the first ones alone should ask for no more."""
        got, length, rest = 0, 1, b""
        while got < length:
            self.values[0] = which | got
            if not self.check(self.asking(STACKS, self.text, len(self.text), self.values)):
                break
            *whole, rest = (rest + self.text.value).split(b"\n")
            got, length = got + len(self.text.value), self.values[0]
            yield from stacks.parse(whole)
        yield from stacks.parse([rest])

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


class Leaks:
    """A mark limit_leaks that looks at stacks: all that the filter keeps, or each of them."""

    def __init__(self, marker):
        asked = dict(marker.kwargs)
        self.filter = asked.pop("filter_fn", None)
        self.thread = asked.pop("current_thread_only", False)
        each = asked.pop("location_limit", None)
        warm = asked.pop("warmups", False)
        if asked or warm or len(marker.args) > 1 or bool(marker.args) == (each is not None):
            raise WrongMark("limit_leaks takes a size or location_limit=, with filter_fn= and "
                            "current_thread_only=")
        if self.filter is not None and not callable(self.filter):
            raise WrongMark("limit_leaks: filter_fn= is no function")
        self.each = None if each is None else parse_size(each)
        self.all = parse_size(marker.args[0]) if marker.args else None

    def judge(self, tracer):
        """What is broken, or None; and the stacks that are judged."""
        found = tracer.stacks(threading.get_native_id() << 32 if self.thread else 0)
        if self.all is None:
            found = itertools.takewhile(lambda stack: stack.size > self.each, found)
        found = list(found if self.filter is None else filter(self.filter, found))
        if self.all is not None:
            return broken("leak", sum(stack.size for stack in found), self.all), found
        return (broken("leak of one call stack", found[0].size, self.each) if found
                else None), found


def parse_count(marker):
    if marker.kwargs or len(marker.args) != 1 or not isinstance(marker.args[0], int) or \
            marker.args[0] < 0:
        raise WrongMark(f"{marker.name} takes one number, as in {marker.name}(0)")
    return marker.args[0]


def parse_mark(marker):
    """The bytes that it says, or its Leaks, or the number of objects."""
    if marker.name == "limit_leaked_objects":
        return parse_count(marker)
    asked = dict(marker.kwargs)
    if marker.name == "limit_leaks" and (
            asked.get("filter_fn") is not None or asked.get("current_thread_only") or
            "location_limit" in asked):
        return Leaks(marker)
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
    return [line for line in lines if f" at {OWN}" not in line]


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

    def __init__(self, item, tracer, settings=None):
        self.item = item
        self.settings = settings or Settings()
        self.measure = Measure(tracer)
        self.ended, self.settled = Reading(), Reading()
        self.limits = {}
        self.running = self.judged = False
        self.broken = None      # which limit, in memtop's words
        self.failure = None     # id of the exception that ended it
        self.peak = self.kept = self.lost = 0   # lost: what was unreachable before it
        self.peak_lines, self.kept_lines = [], []
        self.objects = None     # Counter of types that were left behind
        self.sizes = None       # stacks.histogram at the peak, of the tests that took most

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
        if self.limits["limit_leaks"] is not None or self.limits["limit_unreachable"] is not None:
            gc.collect()
        if self.limits["limit_unreachable"] is not None:
            self.lost = self.measure.tracer.unreachable()[0]
        self.running = True
        if self.limits["limit_leaked_objects"] is not None:
            gc.collect()
            gc.freeze()         # from now on gc.get_objects() names what is made here

    def count_objects(self):
        if self.limits["limit_leaked_objects"] is None:
            return
        gc.collect()
        found = gc.get_objects()
        self.objects = Counter()
        for one in found:       # without a function of its own, whose cells would be in it
            if one is not found and not isinstance(one, types.FrameType):
                self.objects[type(one).__name__] += 1
        gc.unfreeze()

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
        self.count_objects()
        self.measure.tracer.check(status)
        self.failure = error and id(error)
        if self.measure.growth(self.settled) > KEPT:
            gc.collect()
            self.measure.take(self.settled)
        self.kept = self.measure.growth(self.settled)
        self.peak = self.measure.above(self.ended)
        self.explain()

    def explain(self):
        """What is broken, and where.  Stacks come last: to read them takes memory."""
        exceeds, limit = self.measure.tracer.exceeds, self.limits["limit_leaks"]
        self.broken = broken("peak", self.peak, self.limits["limit_memory"])
        # A peak before reset_peak has left no lines.
        if (self.broken or self.failure) and self.peak > self.measure.first[1]:
            self.peak_lines = lines_of(exceeds(CEILING, 0))
        leaks = None if self.broken or self.failure or isinstance(limit, Leaks) else \
            broken("leak", self.kept, limit)
        if leaks or self.kept > KEPT:
            self.kept_lines = lines_of(exceeds(GROWTH, 0))
        if self.peak_lines:
            self.peak_lines += self.stack_lines(AT_PEAK)
        if isinstance(limit, Leaks) and not (self.broken or self.failure):
            leaks, found = limit.judge(self.measure.tracer)
            if leaks:
                self.kept_lines = stacks.lines_of(found, self.settings.stacks or 1, format_size)
        elif leaks:
            self.kept_lines += self.stack_lines(0)
        self.broken = self.broken or leaks or self.too_many_objects() or self.increase()
        if not (self.broken or self.failure) and self.limits["limit_unreachable"] is not None:
            self.explain_unreachable()
        # Of a peak before reset_peak nothing is known.
        if self.peak > self.measure.first[1] and self.settings.is_among_most(self.peak):
            self.sizes = self.histogram()

    def histogram(self):
        try:
            return stacks.histogram(self.measure.tracer.stacks(AT_PEAK))
        except TimeoutError:
            return None

    def explain_unreachable(self):
        lost, message = self.measure.tracer.unreachable()
        self.broken = broken("unreachable memory", max(0, lost - self.lost),
                             self.limits["limit_unreachable"])
        self.kept_lines = lines_of(message) if self.broken else self.kept_lines

    def stack_lines(self, which):
        if not self.settings.stacks:
            return []
        try:
            return stacks.lines_of(self.measure.tracer.stacks(which), self.settings.stacks,
                                   format_size)
        except TimeoutError:
            return BUSY.split("\n")[1:]

    def too_many_objects(self):
        limit = self.limits["limit_leaked_objects"]
        if limit is None or self.failure or sum(self.objects.values()) <= limit:
            return None
        most = ", ".join(f"{count} {name}" for name, count in self.objects.most_common(5))
        return f"{sum(self.objects.values())} objects left behind exceeded the {limit} " \
            f"that are allowed: {most}"

    def increase(self):
        """Against the last run in which it passed."""
        last = self.settings.peaks.get(self.item.nodeid)
        if last is None or self.failure or self.peak <= last + self.settings.slack:
            return None
        return f"peak {amount(self.peak, 6)} increased from {amount(last, 6)} in the last run"

    def properties(self):
        return [("memtop.peak", self.peak), ("memtop.left", self.kept)]

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


class Settings:
    """What the command line asks for."""

    def __init__(self, config=None):
        option = config.getoption if config else (lambda name, default: default)
        self.mode = option("memtop_mode", "auto")
        self.stacks = option("memtop_stacks", 1)
        self.most = option("memtop_most", 5)
        self.increase = option("memtop_increase", False)
        self.recordings = option("memtop_recordings", None)
        self.largest = []       # the peaks of the tests that took most until now
        self.peaks, self.slack = {}, 0
        if self.increase:
            self.slack = parse_size(config.getini("memtop_slack"))
            cache = getattr(config, "cache", None)
            if cache is None:
                raise pytest.UsageError("--fail-on-increase needs pytest's cache, where the "
                                        "last peaks are kept")
            self.peaks = cache.get("memtop/peaks", {})

    def is_among_most(self, peak):
        """Whether a test with that peak belongs into the table, as far as they have run."""
        self.largest = sorted(self.largest + [peak], reverse=True)[:max(0, self.most)]
        return peak in self.largest

    def needs_memtop(self):
        return self.mode == "on" or self.increase or self.recordings


class Plugin:
    def __init__(self, config):
        self.tracer = Tracer()
        self.settings = Settings(config)
        self.why = "run it as memtop check -- pytest"   # it is not measured
        self.took = {}          # peak and what was left by test, of those that ended
        self.failed, self.passed = [], []
        self.recorded = []      # lines
        self.tests = {}
        self.kept = []          # [who, bytes, lines], of setups and of tests
        self.unmeasured = 0
        self.setups = 0         # of fixtures, under way
        self.warm = False

    # -- a test's life ------------------------------------------------------

    def test_of(self, item):
        if item.nodeid not in self.tests:
            self.tests[item.nodeid] = Test(item, self.tracer, self.settings)
        return self.tests[item.nodeid]

    def warm_up(self, item):
        """What Python makes when code runs for the first time is made before the first test."""
        self.warm = True
        for _ in range(3):
            test = Test(item, self.tracer)
            test.limits = dict.fromkeys(MARKS, 0)
            test.limits["limit_unreachable"] = None
            test.settings.stacks = test.settings.most = 0
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
            if test.wants() and self.settings.mode != "off":
                pytest.fail(f"memtop: not measured: {self.why} (--memtop=off runs it without "
                            "its limits)", pytrace=False)
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
        item.user_properties.extend(test.properties())         # JUnit's XML has them from there
        report.user_properties = list(item.user_properties)
        report.memtop_sizes = test.sizes
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
        if message and measure.traced_memory()[0] > KEPT:
            self.kept.append([f"setup of {fixturedef.scope} fixture {fixturedef.argname}",
                              measure.traced_memory()[0], lines_of(message)])

    # -- around all tests ---------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config):
        if self.settings.needs_memtop() and not self.tracer.is_tracing() and \
                not config.getoption("collectonly", False) and self.settings.mode != "off":
            self.why = launch.restart(config)
            raise pytest.UsageError(f"memtop: {self.why}")

    def pytest_collection_finish(self, session):
        """The first who asks for figures has pytest start again, before any test ran."""
        if self.tracer.is_tracing() or self.settings.mode == "off" or \
                session.config.getoption("collectonly", False):
            return
        if any("memory_ceiling" in getattr(item, "fixturenames", ()) or
               any(item.get_closest_marker(name) for name in MARKS) for item in session.items):
            self.why = launch.restart(session.config)

    def pytest_runtest_logreport(self, report):
        told = dict(report.user_properties)
        if report.when != "call" or "memtop.peak" not in told:
            return
        self.took[report.nodeid] = dict(told, sizes=getattr(report, "memtop_sizes", None))
        (self.failed if report.failed else self.passed).append(report.nodeid)

    def record_failed(self, config):
        """Each failed test once more, alone, under memtop record."""
        os.makedirs(self.settings.recordings, exist_ok=True)
        for nodeid in self.failed:
            name = re.sub(r"[^A-Za-z0-9_.-]+", "-", nodeid).strip("-") + ".memtop"
            path = os.path.join(os.path.abspath(self.settings.recordings), name)
            root = getattr(config, "rootpath", None) or config.rootdir      # before pytest 6.1
            why = launch.record(nodeid, path, str(root))
            self.recorded.append(f"recording of {nodeid}: {why or path}")

    # -- what is said -------------------------------------------------------

    def show_most(self, terminalreporter):
        """The tests that took most, passed ones too."""
        took = sorted(self.took.items(), key=lambda entry: -entry[1]["memtop.peak"])
        if not took or self.settings.most < 1:
            return
        terminalreporter.section("tests that took most memory (memtop)")
        terminalreporter.write_line(f"{'peak':>9} {'left':>9}  stacks    test")
        for nodeid, told in took[:self.settings.most]:
            unknown = "?" if told["memtop.peak"] else ""
            drawn = f"|{stacks.bars(told['sizes'])}|" if told["sizes"] else unknown
            terminalreporter.write_line(f"{format_size(told['memtop.peak']):>9} "
                                        f"{format_size(told['memtop.left']):>9}  {drawn:8}  {nodeid}")
        terminalreporter.write_line("stacks: how many held at the peak under 1 KiB, 16 KiB, "
                                    "256 KiB, 4 MiB, 64 MiB, and more")

    def pytest_report_header(self):
        return "memtop: measures memory" if self.tracer.is_tracing() else \
            "memtop: does not measure (--memtop=off)" if self.settings.mode == "off" else \
            "memtop: does not measure, unless a test asks for it"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["memtop"] = {"kept": self.kept, "why": self.why,
                                                     "unmeasured": self.unmeasured}
            return
        cache = getattr(session.config, "cache", None)
        if cache is not None and self.passed:
            peaks = cache.get("memtop/peaks", {})
            peaks.update((nodeid, self.took[nodeid]["memtop.peak"]) for nodeid in self.passed)
            cache.set("memtop/peaks", peaks)
        if self.settings.recordings and self.failed:
            self.record_failed(session.config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        output = getattr(node, "workeroutput", {}).get("memtop")
        if output:
            self.kept += output["kept"]
            self.unmeasured += output["unmeasured"]
            self.why = output["why"]

    def pytest_terminal_summary(self, terminalreporter):
        if self.unmeasured:
            terminalreporter.write_line(
                f"memtop: {self.unmeasured} tests ask for memory figures and were not "
                f"measured: {self.why}", yellow=True)
        self.show_most(terminalreporter)
        for line in self.recorded:
            terminalreporter.write_line(line)
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


def pytest_addoption(parser):
    """Options that pytest-memray has too are called like its own, where that is not there."""
    group = parser.getgroup("memtop", "memory, measured by memtop")
    try:
        import pytest_memray            # noqa: F401, only whether it is there
        short = {}
    except ImportError:
        short = {"stacks": ("--stacks",), "increase": ("--fail-on-increase",),
                 "most": ("--most-memory",)}
    group.addoption("--memtop", dest="memtop_mode", choices=("auto", "on", "off"), default="auto",
                    help="on: start pytest again under memtop at once; auto: when a test has a "
                    "mark or the fixture; off: never, tests run without limits")
    group.addoption("--memtop-stacks", *short.get("stacks", ()), dest="memtop_stacks", type=int,
                    default=1, metavar="N",
                    help="show N call stacks where a test fails, with native frames (1)")
    group.addoption("--memtop-most", *short.get("most", ()), dest="memtop_most", type=int,
                    default=5, metavar="N",
                    help="list the N tests that took most memory (5; 0: none)")
    group.addoption("--memtop-fail-on-increase", *short.get("increase", ()),
                    dest="memtop_increase", action="store_true",
                    help="fail a test whose peak is above that of its last run that passed")
    group.addoption("--memtop-recordings", dest="memtop_recordings", metavar="DIR",
                    help="run each failed test once more and leave its recording in DIR")
    parser.addini("memtop_slack", "what --fail-on-increase allows (1 KB)", default="1 KB")


def pytest_configure(config):
    for mark in ('limit_memory("5 MB"): the test holds at most so much at once',
                 'limit_leaks("1 KB"): the test leaves at most so much behind',
                 'limit_leaked_objects(0): it leaves at most so many objects behind',
                 'limit_unreachable("0 B"): it loses at most so much, held by no pointer'):
        config.addinivalue_line("markers", mark + " (memtop)")
    config.pluginmanager.register(Plugin(config), "memtop")
