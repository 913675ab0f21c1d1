/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_AFFAIRS_H
#define TRACER_PRELOAD_BASE_AFFAIRS_H
/*
 * What an event asks for depends on the tracer's state, on Python, marked blocks, the
 * clock, the modules that are loaded, and more.  All of that seldom changes, and who
 * changes it says so here.  So the state of affairs has a number, and a thread that finds
 * the number under which it last looked (hook_look) asks for nothing else.
 *
 * The number stands beside tracer.life.  It is 0 while the tracer is not ON, in a forked
 * child too.  No other number comes again, not even in a child, whose memory may have what
 * its parent saw.
 *
 * What other threads must know of before this one goes on is said by each thread that
 * changes it: one that finds it changed already can't know whether that was said.
 */
#include "tracer/preload/base/tracer.h"

/* The number.  Whoever has it sees what has changed up to then. */
static inline uint64_t affairs_now(void)
{
	/* Pairs with affairs_change and affairs_begin. */
	return atomic_load_explicit(&tracer.affairs, memory_order_acquire);
}

/* Something has changed: no thread may go by what it saw before. */
void affairs_change(void);

/* To be called before the tracer is ON, and before it is ON no more. */
void affairs_begin(void);
void affairs_end(void);

#endif
