/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_BOUNDS_H
#define TRACER_PRELOAD_UNWIND_BOUNDS_H
/*
 * How far up a stack may be read.  Two kinds of stack are known to be mapped for as long
 * as they are in use: the main one, up to its top, and a thread's own, up to the thread's
 * descriptor, which glibc puts at its upper end.  All others (coroutines, signal stacks)
 * are mapped and unmapped without our knowledge, and so is the memory beside them: each
 * of their pages is tested when it is first read.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/ground/shared/attributes.h"
#include "tracer/ground/shared/page.h"

/* Per thread: the part of the thread's own stack that was seen to be mapped. */
struct bounds {
	uintptr_t low, high;            /* 0, 0: nothing is known yet */
	uintptr_t gap;                  /* a page between other stacks and this one */
};

/* To be called once, on the main thread: finds the main stack and the main thread's
 * descriptor. */
void bounds_start(void);

/* True if the word at `address` can be read.  Asks by a system call, so that no signal
 * can arise. */
bool bounds_readable(uintptr_t address);

/* The main stack, at its largest; 0, 0 if it is not known. */
struct bounds_main {
	uintptr_t low, high;
};
extern struct bounds_main bounds_main __attribute__((visibility("hidden")));

/* True if `sp` is where the process began to run.  This is asked because the loader's
 * first code, which runs constructors, has no unwind information in all versions. */
bool bounds_is_first(uintptr_t sp);

/* True if `sp` lies on a stack of a known kind: the main one, or this thread's own. */
static inline bool bounds_is_own(const struct bounds *b, uintptr_t sp)
{
	return (sp >= bounds_main.low && sp < bounds_main.high) || (sp >= b->low && sp < b->high);
}

/* The address up to which the stack at `sp` can be read for certain; at least
 * the end of sp's page, which is live.  Uses `b` unless it is NULL. */
COLD uintptr_t bounds_limit_slow(struct bounds *b, uintptr_t sp);
static inline uintptr_t bounds_limit(struct bounds *b, uintptr_t sp)
{
	if (sp >= bounds_main.low && sp < bounds_main.high)
		return bounds_main.high;
	return b && sp >= b->low && sp < b->high ? b->high : bounds_limit_slow(b, sp);
}

/* Raises *limit, a page boundary, until the word at `slot` can be read; each page on the
 * way is tested.  False if there is a gap in between. */
COLD bool bounds_raise_slow(uintptr_t *limit, uintptr_t slot);

/* The same; inlined for the usual case that *limit is high enough already. */
static inline bool bounds_raise(uintptr_t *limit, uintptr_t slot)
{
	return __builtin_expect(slot < *limit, 1) ? true : bounds_raise_slow(limit, slot);
}

#endif
