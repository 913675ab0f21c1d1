/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_CLOCK_H
#define TRACER_PRELOAD_BASE_CLOCK_H
/*
 * Stamps: by the processor's counter (machine_counter) or by the clock; where no clock
 * may be read (quiet.h), a count of events.
 */
#include <stdint.h>
#include <time.h>
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"

static inline uint64_t clock_nanoseconds(void)
{
	struct timespec t = {0};

	/* The vdso code of clock_gettime would read the TSC, which the filter forbids. */
	if (__builtin_expect(tracer.counts, 0))
		sys_call3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0);
	else
		clock_gettime(CLOCK_MONOTONIC, &t);     /* no system call, errno kept */
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* Ticks since the tracer started, where stamps are the processor's counter. */
static inline uint64_t clock_counter(void) { return machine_counter() - tracer.stamp_base; }

/* Ticks since the tracer started. */
static inline uint64_t clock_ticks(void)
{
	if (__builtin_expect(tracer.tsc, 1))
		return clock_counter();
	if (tracer.counts)
		return atomic_fetch_add(&tracer.control->stamp_count, 1) + 1;
	return clock_nanoseconds() - tracer.stamp_base;
}

#endif
