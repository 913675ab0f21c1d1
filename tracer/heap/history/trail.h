/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_TRAIL_H
#define TRACER_HEAP_HISTORY_TRAIL_H
/*
 * What some rows held at some times, by one walk over the lists of a history, which reads
 * only the keys of these rows and rebuilds no moment.
 *
 * The caller numbers the rows.  A row may have many keys, and a key may belong to several
 * rows.
 */
#include "tracer/ground/finder.h"
#include "tracer/heap/history/history.h"

struct trail_key {
	uint64_t key;                   /* as change_key */
	uint32_t row, next;             /* next: index + 1 of the same key in another row;
					 * 0: none */
};

struct trails {
	uint32_t rows;
	unsigned length;                /* number of times, which must ascend */
	const double *times;            /* seconds since the start; borrowed */
	/* [row * length + time]: bytes; NaN where the history does not reach back that
	 * far. */
	float *bytes;
	struct trail_key *keys;
	size_t keys_length, keys_room;
	struct finder finder;           /* the first entry of each key */
	/* Checked from time to time; true stops the walk.  May be NULL. */
	const _Atomic bool *unwanted;
};

/* Initialises with room for the answers, all NaN.  False: out of memory; trails_free is
 * due all the same. */
bool trails_init(struct trails *trails, uint32_t rows, const double *times, unsigned length);
void trails_free(struct trails *trails);
/* Adds a key to a row; must not be called twice for the same pair.  False: out of
 * memory. */
bool trails_watch(struct trails *trails, uint32_t row, uint64_t key);

/* Translates the key of a change from the history's ids into the caller's.  False: the
 * caller has no such key. */
typedef bool trail_ids(void *user, struct change *change);

/* Adds what a history knows of the rows to the answers.  `ends`: after its last tick the
 * process holds nothing.  `ids` may be NULL.  0, -ENOMEM, -EINVAL (fetched data is
 * damaged), or -ECANCELED. */
int history_trails(struct history *history, bool ends, struct trails *trails, trail_ids *ids,
		   void *user);

#endif
