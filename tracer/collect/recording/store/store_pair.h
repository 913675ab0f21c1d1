/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_PAIR_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_PAIR_H
/* A moment's rows beside those of its process's base: both ascend by key, and are read
 * together. */
#include "tracer/collect/recording/store/store_parts.h"

/* Sorts rows as the table does, so that its pages are filled in order. */
static inline uint64_t row_key(const struct snapshot_row *row)
{
	return (uint64_t)row->thread << 48 | (uint64_t)row->domain << 32 | row->trace.v;
}

/* The current places in both. */
struct pair {
	const struct snapshot_row *row, *rows_end;
	const struct store_known *known, *known_end;    /* of the base: these, */
	const struct snapshot_row *like, *likes_end;    /* or these */
};

enum side { BOTH_SAME, BOTH_DIFFER, ONLY_ROW, ONLY_BASE, AT_END };

static inline struct pair pair_of(const struct snapshot_row *rows, size_t n,
				  const struct store_base *base)
{
	struct pair pair = { .row = rows, .rows_end = rows + n };

	if (base && base->snapshot) {
		pair.like = base->snapshot->rows;
		pair.likes_end = base->snapshot->rows + base->length;
	} else if (base) {
		pair.known = base->rows;
		pair.known_end = base->rows + base->length;
	}
	return pair;
}

/* Rows of the base that are still to come; only one of both lists has any. */
static inline size_t pair_base_left(const struct pair *pair)
{
	return (size_t)(pair->likes_end - pair->like) +
	       (size_t)(pair->known_end - pair->known);
}

/* What the base has in its current place.  False: it is at its end. */
static inline bool pair_base(const struct pair *pair, struct store_known *here)
{
	if (pair->like < pair->likes_end)
		*here = (struct store_known){ row_key(pair->like),
					      pair->like->figures->digest };
	else if (pair->known < pair->known_end)
		*here = *pair->known;
	else
		return false;
	return true;
}

static inline void pair_base_next(struct pair *pair)
{
	if (pair->like < pair->likes_end)
		pair->like++;
	else
		pair->known++;
}

/* Which of the two has the lower key, or both; sets *key to it and goes past it. */
static inline enum side pair_next(struct pair *pair, const struct snapshot_row **row,
				  uint64_t *key)
{
	struct store_known here;
	bool rows = pair->row < pair->rows_end, known = pair_base(pair, &here);
	uint64_t wanted = rows ? row_key(pair->row) : 0;

	*row = pair->row;
	if (!rows && !known)
		return AT_END;
	if (!known || (rows && wanted < here.key)) {
		*key = wanted;
		pair->row++;
		return ONLY_ROW;
	}
	*key = here.key;
	pair_base_next(pair);
	if (!rows || here.key < wanted)
		return ONLY_BASE;
	return pair->row++->figures->digest == here.digest ? BOTH_SAME : BOTH_DIFFER;
}

#endif
