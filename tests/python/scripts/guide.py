# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guide's worker does: a cache that grows, and lines that compete."""
from end import at_end

cache = {}


def load(n):
    return [bytes(1000 + i % 7) for i in range(n)]


def remember(key, size):
    cache[key] = "x" * size
    return cache[key]


def words(count):
    return {"word%d" % i: [i, i + 1] for i in range(count)}


records = load(4000)
for key in range(20000):
    remember(key, 40 + key % 64)
index = words(8000)
pairs = [(i, str(i)) for i in range(300, 9000)]
text = "".join(chr(33 + i % 90) for i in range(100000))
joined = [text[i : i + 500] for i in range(0, len(text), 100)]

at_end()
