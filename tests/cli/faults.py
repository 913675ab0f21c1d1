#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processor faults in the thread that memtop has open its library, with the loader's lock
held; or somebody sends that thread a signal then.  The loader takes back what it had begun,
so that other threads can load libraries and memtop can attach later; a signal that was sent
comes once the thread is back."""
import os
import platform
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import attached                                                         # noqa: E402

# libmemtop.so binds strcspn, whose address the program's own resolver tells.
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static volatile char armed;
static volatile sig_atomic_t came, early;
static size_t span(const char *text, const char *stops)
{
	size_t n = 0;
	while (text[n] && !strchr(stops, text[n]))
		n++;
	return n;
}
static size_t (*choose(void))(const char *, const char *)
{
	if (armed == 'f')
		*(volatile int *)8 = 1;
	if (armed == 's') {
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSEGV);
		early = came;
	}
	return span;
}
size_t strcspn(const char *text, const char *stops) __attribute__((ifunc("choose")));
static void handle(int number) { came += number == SIGSEGV; }
static void *load(void *name)
{
	void *library = dlopen(name, RTLD_NOW);
	free(malloc(100000));
	return library && dlclose(library) == 0 ? name : NULL;
}
int main(void)
{
	char line[64];
	void *loaded;
	pthread_t thread;
	signal(SIGSEGV, handle);
	printf("ready %d\n", (int)getpid());
	for (fflush(stdout); fgets(line, sizeof(line), stdin) && line[0] != 'q'; fflush(stdout)) {
		int right = 1;
		if (line[0] == 'l') {           /* another thread loads a library */
			pthread_create(&thread, NULL, load, "libanl.so.1");
			pthread_join(thread, &loaded);
			right = loaded != NULL;
		} else if (line[0] == 'c') {    /* what came, and none of it too early */
			right = came == 1 && !early;
		} else {
			armed = line[0];
		}
		puts(right ? "done" : "wrong");
	}
	return 0;
}
"""


# Since then dlerror leaves a text alone that nobody allocated, so that the loader can be made to
# fail and gives its lock back.
FIRST = (2, 34)


def kept(program):
    """Before that it is said that the lock may be kept; which it is, so that nothing more is asked."""
    attached.refused("may have kept a lock", program.pid)
    program.process.kill()
    program.process.wait()
    print("this glibc's loader keeps its lock after a fault, and memtop says so")
    sys.exit(77)


def main():
    if platform.machine() != "x86_64":
        print("memtop attaches by ptrace on x86-64 only")
        sys.exit(77)
    compiler = os.environ.get("CC", "gcc").split()
    if not shutil.which(compiler[0]):
        print("no C compiler")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("w.c", "w", encoding="ascii") as file:
            file.write(SOURCE)
        subprocess.run([*compiler, "-w", "-O1", "-fno-builtin", "-rdynamic", "-o", "w", "w.c",
                        "-lpthread", "-ldl"], check=True)
        program = attached.Program("./w")
        program.ask("load")
        descriptors = program.descriptors()
        program.ask("fault")
        version = tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")[:2]))
        if version < FIRST:
            kept(program)
        attached.refused("its loader refuses the library: a fault on the way", program.pid)
        program.ask("load")
        attached.same(program.descriptors(), descriptors, "descriptors")
        program.ask("signal")
        recorder = attached.attach(program.pid)
        attached.answered(recorder, program.pid)
        attached.detach(recorder)
        program.ask("came")
        program.ask("load")
        program.end()


main()
