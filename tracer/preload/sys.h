/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SYS_H
#define TRACER_PRELOAD_SYS_H
/*
 * Raw system calls: return the result or -errno, never touch errno, and are no
 * cancellation points.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long sys_call6(long n, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
static inline long sys_call3(long n, long a, long b, long c)
{
	return sys_call6(n, a, b, c, 0, 0, 0);
}

/* True for a result that is -errno. */
static inline int sys_failed(long result) { return (unsigned long)result > -4096UL; }

/* A descriptor to read the file, or -errno.  Whoever asks goes on without. */
static inline long sys_open(const char *path)
{
	return sys_call6(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

#endif
