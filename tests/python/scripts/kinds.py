# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of truth, Python's part; words and ways to call it as kinds.c of the workers
of tests/preload has them."""
import collections
import functools
import os
import random
import select
import sys
import time

PER_SECOND = 40
UNBOUND = []
LISTENERS = []
BY_USER = {}
JOBS = collections.deque(maxlen=3000)


def module_list(turn):
    for _ in range(2):
        UNBOUND.append(bytes(60 + random.randrange(40)))


def closures_registered(turn):
    def answer():
        return turn
    LISTENERS.append(answer)


def dict_of_users(turn):
    for i in range(2):
        BY_USER[turn * 2 + i] = "user %d" % random.randrange(10**30)


@functools.lru_cache(maxsize=400)
def cached_page(key):
    return bytes(1000)


@functools.lru_cache(maxsize=300)
def cached_answer(key):
    return bytes(500)


def pages(turn):
    cached_page(random.randrange(400))


def answers(turn):
    for _ in range(2):
        cached_answer(random.randrange(5000))


def deque_of_jobs(turn):
    for _ in range(6):
        JOBS.append(bytes(100 + random.randrange(100)))


class Node:
    def __init__(self):
        self.own = self
        self.text = bytes(3000)


def cycles_of_objects(turn):
    """Until the collector comes, which has its own clock of objects."""
    for _ in range(4):
        Node()


def list_of_numbers(turn, numbers=[]):
    numbers.extend([0.0] * 40)


LIVES = (
    # life, function of the row, truth, words, what it does
    (module_list, "module_list", "leak", "leaking", "a list of the module's"),
    (closures_registered, "closures_registered", "leak", "leaking", "a closure for each request"),
    (None, "live", "leak", "leaking", "the number that each of them holds"),
    (dict_of_users, "dict_of_users", "leak", "leaking", "a dict of ever new keys"),
    (pages, "cached_page", "other", "settled,warming up,undecided", "lru_cache of 400, 400 keys"),
    (answers, "cached_answer", "other", "turnover,settled", "lru_cache of 300, 5,000 keys"),
    (deque_of_jobs, "deque_of_jobs", "other", "turnover", "deque(maxlen=3000)"),
    (cycles_of_objects, "Node.__init__", "other", "sawtooth,settled,turnover",
     "cycles, until the collector comes"),
    (list_of_numbers, "list_of_numbers", "other", "one container that grows", "one list, extended"),
)


def live(life, turns):
    start = time.monotonic()
    for turn in range(turns):
        late = start + turn / PER_SECOND - time.monotonic()
        if late > 0:
            select.select([], [], [], late)
        life(turn)
        for i in range(20):
            str(i + 1000) * 20


def main():
    seconds, name = sys.argv[1], sys.argv[-1]
    if seconds == "--list":
        for life, function, *rest in LIVES:
            row = life or row           # one more of the life above
            print(row.__name__, function, *rest, sep="\t")
        return 0
    for life, *_ in LIVES:
        if life and life.__name__ == name:
            live(life, int(float(seconds) * PER_SECOND))
            return 0
    children = [os.posix_spawn(sys.executable,
                               [sys.executable, __file__, seconds, "--be", life.__name__], os.environ)
                for life, *_ in LIVES if life]
    return max([os.waitpid(child, 0)[1] for child in children])


sys.exit(main())
