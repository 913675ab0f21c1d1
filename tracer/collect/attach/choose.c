/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A thread that waits in a system call which the allocator never makes is not in the
 * allocator; if libc made the call, it is not in the loader either, which has system
 * calls of its own.  Both wait for locks by futex, and then the address of the word
 * tells: their locks lie in their own data, or at the beginning of an arena.  A signal
 * handler can have interrupted anything, so a stack with a handler's frame on it is left
 * alone.
 *
 * Before glibc 2.34 libpthread has system calls of libc's, mutexes and the end of handlers
 * once more, and a program that is linked with it makes them there.
 *
 * Most programs have such a thread at any time, and it is found in /proc without stopping
 * any.  Where there is none, running threads are stopped one after the other, for a
 * moment each, until one is met in code of the program's own.
 */
#include "tracer/collect/attach/choose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include "tracer/ground/clock.h"
#include "tracer/ground/threads/threads.h"
#include "tracer/machine/process.h"

#define NAP 2000000L                    /* ns between two rounds */
#define STACK_BYTES (256u << 10)        /* how much of the stack is searched, */
#define STACK_PAGE 4096u                /* and how much of it is read at once */
#define HEAP_BYTES (UINT64_C(64) << 20) /* glibc aligns arenas' heaps so (malloc/arena.c) */
#define ARENA_AT 0x100u                 /* an arena's lock is within this many bytes of
					 * its start */

bool choose_waits(long number)
{
	static const long numbers[] = {
		MACHINE_OLDER_WAITS
		SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pselect6, SYS_ppoll,
		SYS_epoll_pwait, 441 /* epoll_pwait2 */, SYS_nanosleep,
		SYS_clock_nanosleep, SYS_accept, SYS_accept4, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,
		SYS_sendto,
		SYS_sendmsg, SYS_wait4, SYS_waitid, SYS_msgrcv, SYS_semop, SYS_semtimedop,
		SYS_rt_sigtimedwait, SYS_io_getevents, SYS_futex,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

bool choose_is_lock(const struct afar *afar, uint64_t word)
{
	return afar_in(&afar->libc, word) || afar_in(&afar->loader, word) ||
	       afar_in(&afar->libdl, word) || afar_in(&afar->libpthread, word) ||
	       afar_in(&afar->allocator, word) || word % HEAP_BYTES < ARENA_AT;
}

static bool in_text(const struct afar_module *module, uint64_t ip)
{
	return ip >= module->text && ip < module->text_end;
}

static bool waits_well(const struct afar *afar, long number, uint64_t word, uint64_t ip)
{
	return choose_waits(number) &&
	       (in_text(&afar->libc, ip) || in_text(&afar->libpthread, ip)) &&
	       (number != SYS_futex || !choose_is_lock(afar, word));
}

/* Whether the thread runs code of the program or of a library other than these.  In the
 * tracer's own it may be halfway into a hook. */
static bool runs_well(const struct afar *afar, uint64_t ip)
{
	return !afar_in(&afar->libc, ip) && !afar_in(&afar->loader, ip) &&
	       !afar_in(&afar->libdl, ip) && !afar_in(&afar->libpthread, ip) &&
	       !afar_in(&afar->vdso, ip) && !afar_in(&afar->allocator, ip) && !afar_in(&afar->own, ip);
}

/* Whether a signal handler is on the stack.  A handler returns to the code that ends it,
 * so that code's address lies there. */
static bool in_handler(const struct borrow *b)
{
	uint64_t words[STACK_PAGE / 8], at = machine_registers_sp(&b->was);
	uint64_t end = at + STACK_BYTES;

	while (at < end) {
		size_t bytes = STACK_PAGE - at % STACK_PAGE;

		if (!afar_read(b->afar, at, words, bytes))
			return false;           /* the stack's end */
		for (size_t i = 0; i < bytes / 8; i++)
			if (borrow_is_frame(b, at + 8 * i, words[i]))
				return true;
		at += bytes;
	}
	return false;
}

/* Whether the thread is worth stopping, by what /proc says. */
static bool looks_well(const struct afar *afar, int32_t tid, bool running)
{
	char path[64], line[256] = "";
	unsigned long word = 0, ip = 0;
	long number = -1;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)afar->pid,
		 (int)tid);
	FILE *file = fopen(path, "re");
	bool read = file && fgets(line, sizeof(line), file);

	if (file)
		fclose(file);
	if (!read || running)
		return read && strncmp(line, "running", 7) == 0;
	return sscanf(line, "%ld 0x%lx %*x %*x %*x %*x %*x %*x 0x%lx", &number, &word,
		      &ip) == 3 &&
	       waits_well(afar, number, word, ip);
}

static bool stands_well(const struct borrow *b)
{
	long number = borrow_number(b);
	uint64_t ip = machine_registers_pc(&b->was);

	return (number >= 0 ? waits_well(b->afar, number, machine_registers_first(&b->was), ip)
			    : runs_well(b->afar, ip)) && !in_handler(b);
}

/* 1: borrowed; 0: not this one; or -errno. */
static int choose_try(struct borrow *b, int32_t tid)
{
	int r = borrow_stop(b, tid);

	if (r == -EAGAIN || r == -ESRCH || r == -ENOEXEC)
		return 0;
	if (r < 0)
		return r;
	if (stands_well(b) && borrow_park(b) == 0)
		return 1;
	borrow_end(b);
	return 0;
}

static int choose_round(struct borrow *b, bool running)
{
	DIR *threads = threads_open(b->afar->pid);
	int32_t tid;
	int r = 0;

	if (!threads)
		return -ESRCH;
	while (r == 0 && (tid = threads_next(threads)))
		if (looks_well(b->afar, tid, running))
			r = choose_try(b, tid);
	closedir(threads);
	return r;
}

int choose_thread(struct borrow *b, double patience)
{
	const struct timespec nap = { 0, NAP };
	double until = clock_seconds() + patience;

	for (unsigned round = 0;; round++) {
		/* Waiting threads are tried first, and more often than running ones. */
		int r = choose_round(b, round % 4 == 3);

		if (r != 0)
			return r > 0 ? 0 : r;
		if (clock_seconds() > until)
			return -ETIME;
		nanosleep(&nap, NULL);
	}
}
