/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_TRAIL_H
#define TRACER_HEAP_HISTORY_TRAIL_H
/*
 * What some rows held at some times: one walk over the lists of a history, which looks
 * at those keys alone, and rebuilds no moment.
 *
 * A row is a number of the asker's and stands for one key or many; a key may be of
 * several rows.
 */
#include "tracer/ground/finder.h"
#include "tracer/heap/history/history.h"

struct trail_key {
	uint64_t key;                   /* as change_key */
	uint32_t row, next;             /* next: the same key of another row, + 1; 0: none */
};

struct trails {
	uint32_t rows;
	unsigned length;                /* of times, which ascend */
	const double *times;            /* seconds since the start; borrowed */
	/* [row * length + time]: bytes; NaN where the history does not reach back so
	 * far. */
	float *bytes;
	struct trail_key *keys;
	size_t keys_length, keys_room;
	struct finder finder;           /* first keys of that number */
	/* Told from time to time: true gives up; or NULL. */
	const _Atomic bool *unwanted;
};

/* With room for the answers, NaN all.  False: out of memory; trails_free it all the
 * same. */
bool trails_init(struct trails *trails, uint32_t rows, const double *times, unsigned length);
void trails_free(struct trails *trails);
/* Adds a key to a row, once.  False: out of memory. */
bool trails_watch(struct trails *trails, uint32_t row, uint64_t key);

/* Whose keys a history's lists have, as the asker's; false: there is no such key. */
typedef bool trail_ids(void *user, struct change *change);

/* Adds what a history has of the rows to the answers.  `ends`: with its end it holds
 * nothing. `ids` may be NULL.  0, -ENOMEM, -EINVAL: what was fetched is damaged, or
 * -ECANCELED. */
int history_trails(struct history *history, bool ends, struct trails *trails, trail_ids *ids,
		   void *user);

#endif
