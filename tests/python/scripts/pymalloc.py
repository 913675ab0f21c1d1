# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes small objects alone: when it is told to, or, with an argument, all the time, in rounds
that are long enough to attach within one."""
import os
import sys

kept = [None] * 1000
print("ready", os.getpid(), flush=True)
while len(sys.argv) > 1:
    for i in range(500000):
        kept[i % 1000] = bytes(100)  # turned
    os.write(1, b"round\n")
for line in sys.stdin:
    if line == "keep\n":
        for i in range(1000):
            kept[i] = bytes(100)  # kept
    elif line == "drop\n":
        kept[:] = [None] * 1000
    else:
        break
    print("done", flush=True)
