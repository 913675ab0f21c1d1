/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_WANTED_H
#define TRACER_PRELOAD_BASE_WANTED_H
/* What memtop wants of a tracer that is ON, by the segment's control page. */
#include "tracer/preload/base/tracer.h"

/* An event is not wanted.  If that is because memtop has left, the tracer goes to
 * sleep. */
static inline void tracer_heed(void)
{
	if (atomic_load_explicit(&tracer.control->state, memory_order_relaxed) == WIRE_DETACHED)
		tracer_doze();
}

/* True if memtop wants events now. */
static inline bool tracer_wanted(void)
{
	return atomic_load_explicit(&tracer.control->state, memory_order_relaxed) == WIRE_ON;
}

/* The same, for the blocks of one domain. */
static inline bool tracer_takes(enum wire_domain domain)
{
	return tracer_wanted() && (domain == WIRE_PYTHON || !tracer.python_only);
}

/* True if memtop answers calls: also while the program itself has stopped tracing. */
static inline bool tracer_answered(void)
{
	uint32_t state = atomic_load_explicit(&tracer.control->state, memory_order_relaxed);
	return state == WIRE_ON || state == WIRE_PAUSED;
}

/* Counts an event that no ring could count. */
static inline void tracer_count_lost(enum wire_loss loss)
{
	atomic_fetch_add_explicit(&tracer.control->lost[loss], 1, memory_order_relaxed);
}

#endif
