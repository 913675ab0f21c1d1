/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_BLOCKS_H
#define TRACER_PRELOAD_BASE_BLOCKS_H
/*
 * A set of words, each of which stands for a block: levels of buckets, with one bucket in
 * a cache line.  Each level is twice as large as the one before, and is made when a
 * bucket of that one is full.  Nothing ever moves.  The program itself orders what two
 * threads do to one address, so a compare and swap of one slot is enough, in a signal
 * handler too.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define BLOCKS_LEVELS 10u
#define BLOCKS_SLOTS 8u

struct blocks_bucket {
	_Alignas(64) _Atomic uint64_t word[BLOCKS_SLOTS];       /* 0: free */
};

/* Zero-initialise; its memory is never given back. */
struct blocks {
	_Atomic(struct blocks_bucket *) level[BLOCKS_LEVELS];
};

static inline uint64_t blocks_hash(uint64_t word)
{
	return word * UINT64_C(0x9e3779b97f4a7c15);
}

/* Adds a word; if it is added twice, it is there twice.  False: out of memory. */
bool blocks_add(struct blocks *set, uint64_t word);
/* Removes a word once.  False: it is not there. */
bool blocks_remove(struct blocks *set, uint64_t word);
/* Removes all words; nobody may add one meanwhile. */
void blocks_clear(struct blocks *set);
bool blocks_has(const struct blocks *set, uint64_t word);
/* Searches from bucket *at on for a word w with (w & mask) == bits, in at most `buckets`
 * buckets and from the beginning again after the last one.  Returns the word, with its
 * bucket in *at; 0: there is none. */
uint64_t blocks_next(const struct blocks *set, uint64_t *at, uint64_t mask, uint64_t bits,
		     unsigned buckets);

#endif
