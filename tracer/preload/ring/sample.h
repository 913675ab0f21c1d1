/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_SAMPLE_H
#define TRACER_PRELOAD_RING_SAMPLE_H
/*
 * --sample: the bytes that a thread allocates form a line on which marks fall at random,
 * one in SAMPLE bytes on average.  A block that has a mark is recorded, that is, with
 * probability 1 - exp(-size / SAMPLE).  A thread counts down the bytes to its next mark.
 * A free must know whether its block was recorded: recorded blocks are in a set of
 * addresses behind a filter of 64 KiB, which answers no for nearly all others at the
 * price of one load.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "tracer/wire/wire.h"

#define SAMPLE_FILTER_BITS 16

/* In a thread's area. */
struct sample_thread {
	uint64_t every;                 /* bytes; 0: every block is recorded */
	int64_t left;                   /* bytes to the next mark */
	uint64_t random;
	uintptr_t last;                 /* recorded by this thread's last event; or 0 */
	uintptr_t moved;                /* old block of a realloc, whose release was
					 * recorded */
};

/* How many recorded live blocks have each hash; 255: so many or more. */
extern _Atomic uint8_t *sample_filter __attribute__((visibility("hidden")));

/* For each segment, if memtop wants samples.  0 or -ENOMEM. */
int sample_start(void);

/* Forgets all recorded blocks, for the next segment. */
void sample_forget(void);

/* For a new thread's area. */
void sample_begin(struct sample_thread *s);

/* The rare sides of the two below. */
bool sample_record(struct sample_thread *s, const void *block);
bool sample_release(struct sample_thread *s, enum wire_kind kind, const void *block,
		    uint64_t *temporary);

static inline uint64_t sample_hash(const void *block)
{
	return (uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15);
}

/* True if the new block is to be recorded.  Blocks of no size count as a byte. */
static inline bool sample_acquires(struct sample_thread *s, const void *block, uint64_t size)
{
	if (__builtin_expect(!s->every, 1))
		return true;
	s->left -= (int64_t)(size ? size : 1);
	s->last = 0;
	return __builtin_expect(s->left < 0, 0) && sample_record(s, block);
}

/* True if a RELEASE, REALLOC_RELEASE or REALLOC_RESTORE is to be recorded.  *said is then
 * 1 if the block's allocation was the thread's last event, else 0. */
static inline bool sample_releases(struct sample_thread *s, enum wire_kind kind,
				   const void *block, uint64_t *said)
{
	if (__builtin_expect(!s->every, 1))
		return true;
	*said = 0;
	/* A thread that was given the block also sees what its allocation did to the
	 * filter, because the giver stored that first. */
	if (kind != WIRE_REALLOC_RESTORE &&
	    !atomic_load_explicit(&sample_filter[sample_hash(block) >> (64 - SAMPLE_FILTER_BITS)],
				  memory_order_relaxed)) {
		s->last = 0;
		s->moved = 0;
		return false;
	}
	return sample_release(s, kind, block, said);
}

#endif
