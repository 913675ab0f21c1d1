/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_OWN_H
#define TRACER_WIRE_OWN_H
/*
 * A list of the tracer's own memory in the program, which holds no block of the program's:
 * pages of places, of which the first is in the library.
 */
#include <stdatomic.h>
#include <stdint.h>

#define WIRE_OWN_PLACES 255u
#define WIRE_OWN_STAYS UINT64_C(1)      /* in `start`: gone in a forked child */
#define WIRE_OWN_WRITING UINT64_C(2)    /* `start`: being written */
struct wire_own {
	/* Whole pages, from `start` (0: a free place), which also carries STAYS. */
	struct wire_own_place {
		_Atomic uint64_t start, end;
	} place[WIRE_OWN_PLACES];
	_Atomic uint64_t next;          /* a struct wire_own; 0: none */
};

#endif
