#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""record --sample of a program that says what it allocated: every output says
that it is an estimate, and over many runs with fixed seeds the estimates are
right on average and scatter as the stated error says."""
import json
import math
import os
import subprocess
import sys
import tempfile

MEMTOP = os.environ.get("MEMTOP", "build/memtop")
B = os.environ.get("B", "build")
WORKER = os.path.join(B, "tests/workers/leak")
RUNS = int(os.environ.get("RUNS", "30"))
EVERY = 2048


def report(path, *options):
    return subprocess.run([MEMTOP, "report", *options, path], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True).stdout


def record(path, *options, seed=1):
    """What memtop says at the end."""
    return subprocess.run([MEMTOP, "record", "--force", "-o", path, *options, WORKER],
                          check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          universal_newlines=True,
                          env=dict(os.environ, MEMTOP_SAMPLE_SEED=str(seed))).stderr


def says_so(path):
    said = record(path, "--sample=%d" % EVERY)
    assert "~" in said and "estimates (sampled every 2048 B)" in said, said
    text = report(path)
    assert "all figures are estimates: sampled every 2048 B" in text, text
    assert "error" in text and "total: ~" in text, text
    assert ",error," in report(path, "--csv").splitlines()[0]


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.memtop")
        record(path)
        exact = json.loads(report(path, "--json"))
        assert "sample" not in exact and "error" not in exact["traced"], exact["traced"]
        says_so(path)
        figures = ("current", "blocks", "total", "allocations")
        sums = {f: [0.0, 0.0] for f in figures}
        stated = 0.0
        for seed in range(1, RUNS + 1):
            record(path, "--quiet", "--sample=%d" % EVERY, seed=seed)
            answer = json.loads(report(path, "--json"))
            assert answer["sample"] == EVERY and answer["lost"] == 0, answer
            stated += answer["traced"]["error"] ** 2
            for f in figures:
                miss = answer["traced"][f] - exact["traced"][f]
                sums[f][0] += miss
                sums[f][1] += miss * miss
        for f in figures:
            mean, real = sums[f][0] / RUNS, math.sqrt(sums[f][1] / RUNS)
            print("%s: %d, off by %.1f, which is %.2f sigma" % (
                f, exact["traced"][f], mean, abs(mean) / (real / math.sqrt(RUNS) or 1)))
            assert abs(mean) <= 4.5 * real / math.sqrt(RUNS), f
        ratio = math.sqrt(stated / sums["current"][1])
        print("stated error / real one: %.2f" % ratio)
        assert 0.6 < ratio < 1.8, ratio
    return 0


if __name__ == "__main__":
    sys.exit(main())
