/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_THREAD_H
#define TRACER_PRELOAD_RING_THREAD_H
/*
 * One thread's area: its claim on a ring, and what its stack captures remember.
 * How it begins and ends: thread_life.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/preload/ring/sample.h"
#include "tracer/wire/ring.h"

/* What a hook of this thread is doing, for a hook that is entered inside it. */
enum thread_phase {
	THREAD_REAL,                    /* the next definition runs; nothing of ours is
					 * half done */
	THREAD_OWN,                     /* our own code runs; the ring is at rest */
	THREAD_RING                     /* the ring is being written */
};

#define THREAD_DEFERRED 64u

/*
 * A call of one hook inside another, as it was seen last (operator new calling malloc).
 * By the unwind rule of `ip`, the caller's CFA is a constant above its sp, and a hook's
 * frame has one size.  So wherever the same two return addresses are at the same
 * distances, the nesting is the same.
 */
struct thread_nesting {
	uintptr_t ip, outer;            /* return addresses: of the inner hook, of its caller */
	uintptr_t slot, frame;          /* distances from the inner hook's frame to the
					 * second return address, and to the outer hook's
					 * frame */
	uint64_t epoch;                 /* stack_epoch(), 0: nothing seen */
};

struct py_state;
struct stack_state;

struct thread {
	/* What each event reads or writes is one line of the cache. */
	_Alignas(64) struct ring_writer writer;
	/* While the ring's head is below this, there is room for the beginning of a
	 * block, and the reader need not be looked at. */
	uint64_t until;
	struct stack_state *stack;
	uint64_t ticks;                 /* its last stamp, while it is the only thread */
	/* The block that the real free is releasing now. */
	uintptr_t releasing;
	volatile uint32_t phase;        /* enum thread_phase */
	volatile bool attention;        /* check `deferred` and `stray` when leaving a
					 * hook */
	bool counted;                   /* stamps are counted, as of the last look */
	/* The ring was borrowed after the thread's end, and must be given back. */
	bool stray;
	struct sample_thread sample;
	uintptr_t fresh;                /* Python's block that was just allocated */
	struct py_state *python;        /* NULL before its first Python frame */
	uint32_t rounds;                /* calls of the key's destructor */
	uint32_t sequence;              /* of the last call to memtop */
	int32_t tid;
	uintptr_t unseen_moved;         /* a realloc's old block, itself unseen: see full.h */
	uint64_t bytes;                 /* of this area */
	struct thread_nesting nesting;
	uint32_t nested;                /* calls inside another, not yet in control->nested */
	_Atomic uint32_t deferred;      /* releases made inside THREAD_RING: */
	struct {
		uintptr_t address;
		uint64_t ticks;
	} release[THREAD_DEFERRED];
	struct wire_stack irregular;    /* built here and not on the caller's stack */
};
_Static_assert(offsetof(struct thread, sample) == 64, "one line of the cache");

#endif
