/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_OWN_H
#define TRACER_WIRE_OWN_H
/*
 * A list of the tracer's own memory in the program, where no block of the program can be:
 * pages of places, of which the first page is in the library.
 */
#include <stdatomic.h>
#include <stdint.h>

#define WIRE_OWN_PLACES 255u
#define WIRE_OWN_STAYS UINT64_C(1)      /* in `start`: the memory is gone in a forked
					 * child */
#define WIRE_OWN_WRITING UINT64_C(2)    /* in `start`: the place is being written */
struct wire_own {
	/* Whole pages from `start` on, which also carries the bits above. 0: the place is
	 * free. */
	struct wire_own_place {
		_Atomic uint64_t start, end;
	} place[WIRE_OWN_PLACES];
	_Atomic uint64_t next;          /* a struct wire_own; 0: none */
};

#endif
