/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_CLOCK_H
#define TRACER_PRELOAD_BASE_CLOCK_H
/*
 * Stamps; where no clock may be looked at (quiet.h), a count.  The fence before
 * rdtsc keeps it behind the loads that came first: the one that took this block off
 * a free list, or that handed its address to this thread.  Stores become visible only
 * after it retired, so a release is stamped before anyone else can have the block.
 */
#include <stdint.h>
#include <time.h>
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"

/* 1 if rdtsc runs at one rate in every sleep state of every core. */
static inline int clock_tsc_usable(void)
{
	uint32_t a = 0x80000000u, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a < 0x80000007u)
		return 0;
	a = 0x80000007u;
	c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d >> 8 & 1;
}

static inline uint64_t clock_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline uint64_t clock_nanoseconds(void)
{
	struct timespec t = {0};

	/* Clock_gettime's vdso code would read the TSC, which the filter forbids. */
	if (__builtin_expect(tracer.counts, 0))
		sys_call3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0);
	else
		clock_gettime(CLOCK_MONOTONIC, &t);     /* no system call, errno kept */
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* Ticks since the tracer started. */
static inline uint64_t clock_ticks(void)
{
	if (__builtin_expect(tracer.tsc, 1))
		return clock_tsc() - tracer.stamp_base;
	if (tracer.counts)
		return atomic_fetch_add(&tracer.control->stamp_count, 1) + 1;
	return clock_nanoseconds() - tracer.stamp_base;
}

#endif
