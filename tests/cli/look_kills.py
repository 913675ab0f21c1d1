#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of memtop at random moments of looks, half of them while the target's threads stand:
the target goes on, by its own clock and in every thread, a call that waited is not interrupted,
and it ends with its own right result; nobody traces it, and no clone of it runs.

As a test some kills.  KILLS=100 takes so many, and then the longest wait of a thread has to be
below 100 ms; SEED=N repeats such a run."""
import ctypes
import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
CC = os.environ.get("CC", "gcc").split()
PATIENCE = 90                   # seconds: far more than anything here takes
THREADS = 3
PROGRAM = r'''
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
/* The test writes when it killed, each thread when it first saw that. */
static struct page { _Atomic int64_t killed; _Atomic int64_t seen[3]; } *page;
static _Atomic int stop, wrong;
static void *kept[200000];
static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}
static double sum(uint64_t *hash)
{
	double real = 1;
	for (int i = 0; i < 20000; i++) {
		*hash = (*hash ^ (uint64_t)i) * UINT64_C(0x100000001b3);
		real = real * 1.0000001 + (double)(*hash >> 40);
	}
	return real;
}
static void *work(void *user)
{
	_Atomic int64_t *seen = user;
	uint64_t first = 1;
	double real = sum(&first);
	while (!stop) {
		uint64_t hash = 1;
		if (sum(&hash) != real || hash != first)
			wrong = 1;
		if (page->killed && !*seen)
			*seen = now();
	}
	return NULL;
}
int main(int argc, char **argv)
{
	pthread_t thread[3];
	char c;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, open(argv[1], O_RDWR), 0);
	for (int i = 0; i < 200000; i++)
		kept[i] = memset(malloc(64), i, 64);
	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, work, &page->seen[i]);
	write(1, ".", 1);
	if (read(0, &c, 1) != 1)
		wrong = 1;
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < 200000; i++)
		for (int k = 0; k < 64; k++)
			if (((unsigned char *)kept[i])[k] != (unsigned char)i)
				wrong = 1;
	puts(wrong ? "wrong" : "right");
	return 7;
}
'''


class Wrong(Exception):
    """What did not hold, in a sentence."""


class Skip(Exception):
    """There is nothing to test with."""


def read(path):
    """A file of /proc, empty if what it tells of has ended."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def children_of(pid):
    found = []
    for task in os.listdir("/proc/%d/task" % pid):
        found += [int(child) for child in read("/proc/%d/task/%s/children" % (pid, task)).split()]
    return found


def state_of(pid):
    return read("/proc/%d/stat" % pid).rpartition(")")[2][1:2]


def states_of(pid):
    """One letter for each thread."""
    return [read("/proc/%d/task/%s/stat" % (pid, task)).rpartition(")")[2][1:2]
            for task in os.listdir("/proc/%d/task" % pid)]


def tracers_of(pid):
    return {line.split()[1] for task in os.listdir("/proc/%d/task" % pid)
            for line in read("/proc/%d/task/%s/status" % (pid, task)).splitlines()
            if line.startswith("TracerPid:")} - {"0"}


def until(holds, what):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise Wrong(what)
        os.sched_yield()


class Run:
    """A program, its memtop, and one kill of that."""

    def __init__(self, program, folder, rng):
        self.rng = rng
        path = os.path.join(folder, "page")
        with open(path, "wb") as page:
            page.write(bytes(4096))
        with open(path, "r+b") as page:
            self.page = mmap.mmap(page.fileno(), 4096)
        self.keeper = subprocess.Popen(
            [MEMTOP, "record", "--quiet", "--force", "-o", os.path.join(folder, "r.memtop"), "--",
             program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if self.keeper.stdout.read(1) != b".":
            raise Wrong("the program did not begin")
        by_name = {read("/proc/%d/comm" % pid).strip(): pid for pid in children_of(self.keeper.pid)}
        self.target = by_name.pop("stands")
        self.proper, = by_name.values()

    def look(self, **options):
        return subprocess.Popen([MEMTOP, "ctl", str(self.keeper.pid), "heap", "look"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)

    def whole_look(self):
        """How long one takes."""
        before = time.monotonic()
        look = self.look()
        said = look.communicate(timeout=PATIENCE)[1]
        if look.returncode and "kernel does not let" in said:
            raise Skip(said.strip())
        return time.monotonic() - before

    def kill(self, standing):
        """At any moment of a look, or at one where the threads stand; whether one did."""
        length = self.whole_look()
        looks = self.look()
        if standing:
            until(lambda: "t" in states_of(self.target) or looks.poll() is not None, "no look")
        moment = time.monotonic() + self.rng.random() * (0.02 if standing else length)
        while time.monotonic() < moment:
            pass
        victims = [self.proper] + [self.keeper.pid] * self.rng.choice((0, 1))
        stood = "t" in states_of(self.target)
        self.page[:8] = struct.pack("q", time.monotonic_ns())
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        looks.communicate(timeout=PATIENCE)
        return stood, len(victims) == 2

    def seen(self):
        return struct.unpack_from("%dq" % THREADS, self.page, 8)

    def goes_on(self):
        """The longest that a thread waited after the kill, in ms; and the zombies that stay."""
        until(lambda: all(self.seen()), "a thread stands: %s" % states_of(self.target))
        until(lambda: not set(states_of(self.target)) & set("tT"), "a thread is stopped")
        until(lambda: not tracers_of(self.target), "somebody traces it")
        until(lambda: not set(map(state_of, children_of(self.target))) - {"Z", ""}, "a clone runs")
        return ((max(self.seen()) - struct.unpack_from("q", self.page)[0]) / 1e6,
                len(children_of(self.target)))

    def ends(self, orphan):
        """With its own result, and its own status where this process is its parent now."""
        said = self.keeper.communicate(b"q", timeout=PATIENCE)[0]
        if said != b"right\n":
            raise Wrong("the program said %r" % said)
        if orphan:
            status = os.waitstatus_to_exitcode(os.waitpid(self.target, 0)[1])
            if status != 7:
                raise Wrong("the program's status is %d" % status)
        elif self.keeper.returncode != 7:
            raise Wrong("memtop's status is %d" % self.keeper.returncode)

    def close(self):
        for pid in (self.keeper.pid, self.proper, self.target):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.keeper.wait()
        self.page.close()


def one(program, rng, standing):
    with tempfile.TemporaryDirectory() as folder:
        run = Run(program, folder, rng)
        try:
            stood, orphan = run.kill(standing)
            waited, zombies = run.goes_on()
            run.ends(orphan)
        except BaseException:
            run.close()
            raise
        run.page.close()
        return stood, waited, zombies


def main():
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)     # PR_SET_CHILD_SUBREAPER: orphans come here
    count = int(os.environ.get("KILLS", "0"))
    seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
    rng = random.Random(seed)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        program, source = os.path.join(folder, "stands"), os.path.join(folder, "stands.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        subprocess.run(CC + ["-g", "-O1", "-w", "-pthread", "-o", program, source], check=True)
        for number in range(count or 6):
            try:
                found.append(one(program, rng, number % 2))
            except Skip as skip:
                print(skip)
                return 77
            except Wrong as wrong:
                print("FAIL: kill %d, SEED=%d: %s" % (number, seed, wrong))
                return 1
    waits = sorted(waited for _, waited, _ in found)
    print("%d kills, %d of them while threads stood; a thread went on after %.1f ms in the median, "
          "%.1f at most; %d zombies; SEED=%d" %
          (len(found), sum(stood for stood, _, _ in found), waits[len(waits) // 2], waits[-1],
           sum(zombies for _, _, zombies in found), seed))
    return 1 if count and waits[-1] >= 100 else 0


if __name__ == "__main__":
    sys.exit(main())
