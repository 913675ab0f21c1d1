#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of an event's cost: nanoseconds of the target's own CPU per
malloc and free, as one thing grows and the others stay.

	ROUNDS=3 tests/bench/scale.py

Prints; judges nothing."""
import os
import re
import tempfile
import bench

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SPREAD = os.path.join(bench.WORK, "spread")
RECORD = [bench.MEMTOP, "record", "--quiet", "--force", "--symbol-time=0.001", "-o", "m.memtop", "--"]
# what grows: (threads, live blocks, call paths, pairs) of each column
SERIES = {
    "pairs in the run": ("500,000", "2 M", "8 M"),
    "call paths": ("1", "16", "256", "4,096", "65,536", "524,288"),
    "live blocks": ("1,000", "100,000", "1,000,000", "4,000,000"),
    "threads": ("1", "2", "4", "8"),
}
COLUMN = {"threads": 0, "live blocks": 1, "call paths": 2, "pairs in the run": 3}
BASE = (1, 4096, 256, 500000)


def number(text):
    return int(text.replace(",", "").replace(" M", "000000"))


def once(prefix, sizes, folder):
    """The target's CPU a pair, and that of the whole command; None where the run failed."""
    text, cpu = bench.output_and_cpu(prefix + [SPREAD, *map(str, sizes)], folder)
    found = [line for line in (text or "").splitlines() if re.fullmatch(r"[0-9.]+", line)]
    return (float(found[0]), cpu / sizes[COLUMN["pairs in the run"]] * 1e9) if found else (None, None)


def series(what, folder):
    taken = {}
    for _ in range(ROUNDS):
        for step in SERIES[what]:
            sizes = list(BASE)
            sizes[COLUMN[what]] = number(step)
            for name, prefix in (("bare", []), ("memtop", RECORD)):
                taken.setdefault((name, step), []).append(once(prefix, sizes, folder))

    def middle(name, step, which):
        values = [v[which] for v in taken[name, step] if v[which] is not None]
        return bench.median(values) if values else None

    rows = []
    for which, more in enumerate(("", ", together")):
        for name in ("bare", "memtop"):
            rows.append([name + more] +
                        [bench.cell(middle(name, step, which), "%.0f") for step in SERIES[what]])
        rows.append(["added" + more] +
                    [bench.cell(bench.less(middle("memtop", step, which), middle("bare", step, which)),
                                "%.0f") for step in SERIES[what]])
    bench.show("As this grows: %s." % what, [what, *SERIES[what]], rows)


def main():
    print(bench.machine())
    print("Nanoseconds of the target's CPU per malloc and free, 20 calls deep, nearly all of which "
          "change\neach time;\ntogether: all CPU of the whole command, its start too; %d thread, %d live blocks, %d call paths, %d pairs but for what grows." % BASE)
    with tempfile.TemporaryDirectory() as folder:
        for what in SERIES:
            series(what, folder)


if __name__ == "__main__":
    main()
