/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_SYS_H
#define TRACER_PRELOAD_BASE_SYS_H
/*
 * Raw system calls: return the result or -errno, never touch errno, and are no
 * cancellation points.  All of them pass one gate: once a program has set a seccomp
 * filter that would kill it for one of them (quiet.h), none is made any more, and
 * each answers -EPERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include "tracer/machine/machine.h"

extern struct sys_gate {
	_Alignas(64) _Atomic uint32_t closed;   /* 1: no system call is made */
	_Atomic uint32_t inside;                /* threads between sys_enter and sys_leave */
} sys_gate __attribute__((visibility("hidden")));

/* True while no system call may be made. */
static inline bool sys_closed(void)
{
	return __builtin_expect(atomic_load_explicit(&sys_gate.closed, memory_order_relaxed), 0);
}

/* Passes the gate; whoever closes it waits until sys_leave.  False: it is closed.
 * Sequentially consistent with quiet.c's store of `closed`: either this thread sees that
 * store, or quiet.c sees this thread. */
static inline bool sys_enter(void)
{
	atomic_fetch_add(&sys_gate.inside, 1);
	if (__builtin_expect(!atomic_load(&sys_gate.closed), 1))
		return true;
	atomic_fetch_sub(&sys_gate.inside, 1);
	return false;
}
static inline void sys_leave(void)
{
	atomic_fetch_sub(&sys_gate.inside, 1);
}

/* System calls that do not ask the gate: for the program's own calls, and between
 * sys_enter and sys_leave. */
static inline long sys_raw6(long n, long a, long b, long c, long d, long e, long f)
{
	return machine_call(n, a, b, c, d, e, f);
}

static inline long sys_call6(long n, long a, long b, long c, long d, long e, long f)
{
	long result;

	if (!sys_enter())
		return -EPERM;
	result = sys_raw6(n, a, b, c, d, e, f);
	sys_leave();
	return result;
}
static inline long sys_call3(long n, long a, long b, long c)
{
	return sys_call6(n, a, b, c, 0, 0, 0);
}

/* True for a result that is -errno. */
static inline int sys_failed(long result) { return (unsigned long)result > -4096UL; }

/* Opens a file for reading: a descriptor, or -errno.  All callers can do without the
 * file. */
static inline long sys_open(const char *path)
{
	return sys_call6(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

#endif
