# SPDX-License-Identifier: MIT
"""Stacks as memtop tells them, with their native frames."""
import bisect
import itertools
import json
import os

# Where the histogram's bars end: 1 KiB, 16 KiB, 256 KiB, 4 MiB, 64 MiB; the last one has no end.
BOUNDS = tuple(1 << shift for shift in (10, 14, 18, 22, 26))
BARS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep


class StackFrame:
    """One function on a stack, Python's or native (then `native`)."""

    __slots__ = ("function", "filename", "lineno", "module", "native")

    def __init__(self, told):
        self.function = told["function"] or "?"
        self.filename = told["file"] or told["module"] or "?"
        self.lineno = told["line"] or 0
        self.module = told["module"]
        self.native = told["lang"] != "python"

    def __str__(self):
        return f"{self.function} ({self.filename}:{self.lineno})" if self.lineno else \
            f"{self.function} ({self.filename})"


class Stack:
    """What filter_fn of a mark gets: `frames`, the newest first, and what they hold."""

    __slots__ = ("frames", "size", "count")

    def __init__(self, told):
        self.frames = tuple(StackFrame(frame) for frame in reversed(told["traceback"]))
        self.size = told["size_diff"]
        self.count = told["count_diff"]

    def is_own(self):
        """The plugin's: the newest line of Python is one of its."""
        for frame in self.frames:
            if not frame.native:
                return frame.filename.startswith(OWN)
        return False

    def of_test(self):
        """The frames down to the test's function: beneath it pytest's and this plugin's."""
        for place, frame in enumerate(self.frames):
            if frame.filename.startswith(OWN):
                return self.frames[:place]
        return self.frames


def parse(lines):
    """Of lines of the list, each with one stack, those that hold more than at the beginning."""
    for line in lines:
        text = line.strip(b"[],")
        stack = Stack(json.loads(text.decode("utf-8", "surrogateescape"))) if text else None
        if stack and stack.size > 0 and not stack.is_own():
            yield stack


def lines_of(stacks, most, size_text):
    """The first of them as lines for a report."""
    lines = []
    for stack in itertools.islice(stacks, most):
        blocks = f" in {stack.count} block{'' if stack.count == 1 else 's'}"
        # Of the peak the bytes are known alone.
        lines.append(f"  {size_text(stack.size)}{blocks if stack.count > 0 else ''}, "
                     "newest call first:")
        lines += [f"    {frame}" for frame in stack.of_test()]
    return [line.encode("utf-8", "backslashreplace").decode() for line in lines]


def histogram(stacks):
    """How many of them hold so much, by BOUNDS."""
    counts = [0] * (len(BOUNDS) + 1)
    for stack in stacks:
        counts[bisect.bisect_right(BOUNDS, stack.size)] += 1
    return counts


def bars(counts):
    """One character each; what is not 0 can be seen."""
    most = max(counts) or 1
    full = len(BARS) - 1
    return "".join(BARS[-(-count * full // most)] for count in counts)
