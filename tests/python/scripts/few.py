# SPDX-License-Identifier: GPL-3.0-or-later
"""A few lines of 8 KiB and more, in a few hundred blocks."""
from end import at_end


def blocks(n):
    return [bytes(2000 + i) for i in range(n)]


class Kept:
    def __init__(self, i):
        self.text = "x" * (1000 + i)


numbered = {i: "%01000d" % i for i in range(100)}
held = blocks(200)
objects = [Kept(i) for i in range(100)]
text = "y" * 100000

at_end()
