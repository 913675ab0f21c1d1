# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps and drops objects as it is told, while threads make others all the time."""
import os
import sys
import threading

old = [bytes(100) for _ in range(1000)]
kept = [None] * 2000
stop = False


def churn():
    while not stop:
        parts = [str(number) * 3 for number in range(50)]
        parts.append(bytearray(5000))


def keep():
    for i in range(1000):
        kept[i] = bytes(100)  # small
    for i in range(1000, 2000):
        kept[i] = bytes(1000)  # large


threads = [threading.Thread(target=churn) for _ in range(2)]
for thread in threads:
    thread.start()
print("ready", os.getpid(), flush=True)
for line in sys.stdin:
    if line == "keep\n":
        keep()
    elif line == "drop\n":
        kept[:] = [None] * 2000
    elif line == "old\n":
        old.clear()
    else:
        break
    print("done", flush=True)
stop = True
for thread in threads:
    thread.join()
