/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_ONE_H
#define TRACER_HEAP_TALLY_ONE_H
/* One tally: what is kept of a (trace, thread, domain), in the order of how often it is
 * needed. */
#include <stdint.h>
#include "tracer/heap/tally/figures.h"

enum tally_state {
	TALLY_KEYED,
	TALLY_PROVISIONAL,              /* of one block whose trace is not known yet */
	TALLY_SETTLED                   /* was provisional; `forward` has its figures
					 * now */
};

/* Figures in 32 bits each; of a tally that has too much for them, what is beyond stands
 * in a table of its own (wide.h). */
struct tally_sums {
	uint32_t size, count, allocations, total, temporary;
	uint16_t sizes[SIZE_CLASSES];   /* `count` by size class */
};

/* One cache line, which is all that an event of most blocks touches. */
struct tally {
	_Alignas(64) uint32_t trace;    /* provisional: its ticket, see tick.h */
	uint16_t thread, domain;
	struct tally_sums low;
	uint32_t rest : 29;             /* number of its tally_rest; 0: none */
	uint32_t is_wide : 1;           /* it has a tally_wide too */
	uint32_t state : 2;             /* enum tally_state */
	uint64_t saved;                 /* value of the clock when it was last saved */
	uint64_t born;                  /* sum of live bytes times the tick of their birth */
};

/* What is needed of a tally only once it was saved, or has to be noted at a tick, or is a
 * provisional one.  Most tallies of a program with ever new stacks need none. */
struct tally_rest {
	_Alignas(64) struct tally_sums at_ever;
	uint32_t note;                  /* index in the running notes (tick.h) */
	uint64_t at_peak;               /* bytes of it at the peak */
	uint32_t wide;                  /* number of its tally_wide; 0: none */
	uint32_t forward;               /* provisional: the root's tally; settled: the new
					 * one */
	union {
		uint64_t address;       /* provisional: address of its block */
		uint64_t next;          /* settled: the tally that was settled after it */
	};
};

_Static_assert(sizeof(struct tally) == 64 && sizeof(struct tally_rest) == 64, "a line each");

#endif
