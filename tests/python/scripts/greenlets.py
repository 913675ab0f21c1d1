# SPDX-License-Identifier: GPL-3.0-or-later
"""Stacks that are switched below Python: each block stands on its own greenlet's line."""
import gevent

from end import at_end

out = []


def deep(depth, k):
    if depth:
        return deep(depth - 1, k)
    out.append(bytes(1000 + k))
    gevent.sleep(0)
    out.append(bytes(2000 + k))


def work(k):
    for i in range(50):
        deep(k, i)
        gevent.sleep(0)
        out.append("s" * (500 + i))


gevent.joinall([gevent.spawn(work, k) for k in range(20)])

at_end()
