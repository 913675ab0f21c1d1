# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of objects that CPython keeps to use again: a line that makes and drops them, and a
line that makes as many and holds them.  With COLLECT there is a gc.collect() in between."""
import gc
import os

from end import at_end

collect = gc.collect if "COLLECT" in os.environ else int
numbers = range(1000, 3000)

dropped = [number + 0.5 for number in numbers]  # dropped
dropped = [[] for number in numbers]  # dropped
dropped = [(0, 0, number) for number in numbers]  # dropped
dropped = [(0,) * k for k in range(1, 20) for number in numbers]  # dropped
dropped = None
collect()
floats = [number + 0.5 for number in numbers]
lists = [[] for number in numbers]
triples = [(0, 0, number) for number in numbers]
tuples = [(0,) * k for k in range(1, 20) for number in numbers]

at_end()
