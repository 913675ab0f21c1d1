/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of a moment.  A row that is the same in the process's base is not written; one
 * that the base has and the moment has not is written as STORE_GONE.  All others are
 * written as numbers of figures; equal figures are written once in a layer, since most
 * stacks allocated one block of one of a few sizes.  If this would save less than half,
 * all of the moment's rows are written, and are the base from then on.
 */
#include "tracer/collect/recording/store/store_layer.h"
#include "tracer/collect/recording/store/store_pair.h"
#include "tracer/ground/array.h"
#include "tracer/ground/digest.h"
#include "tracer/ground/large.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_ROWS 4096u                 /* of a snapshot that is a base, at least, */
#define KEPT_ROWS_EACH 16u              /* and for each of its different figures */

/* Rows are in order, and each ever held a block, in most moments, as stacks get their
 * numbers when they first allocate. */
int store_rows_look(struct store *store, const struct snapshot *snapshot, uint64_t *digest,
		    bool *in_order, struct error *error)
{
	uint64_t before = 0, next = *digest;
	bool ascending = true;

	for (size_t i = 0; i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];
		uint64_t key = row_key(row);
		bool ever = row->figures->now.allocations;

		/* The next row's waits for this one's, so it has but one step of it. */
		next = digest_word(next, digest_word(key, row->figures->digest));
		ascending &= ever && (!i || before < key);
		before = key;
		if (ever && !store_has_trace(store, row->trace) &&
		    store_trace(store, row->trace, error))
			return -1;
	}
	*digest = next;
	*in_order = ascending;
	return 0;
}

/* Sorts rows by one byte of their keys.  False: it is the same in all. */
static bool order_byte(const struct snapshot_row *from, struct snapshot_row *to, size_t n,
		       unsigned shift)
{
	size_t at[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[row_key(&from[i]) >> shift & UINT8_MAX]++;
	if (at[row_key(&from[0]) >> shift & UINT8_MAX] == n)
		return false;
	for (unsigned byte = 0; byte < 256; byte++) {
		size_t here = at[byte];

		at[byte] = sum;
		sum += here;
	}
	for (size_t i = 0; i < n; i++)
		to[at[row_key(&from[i]) >> shift & UINT8_MAX]++] = from[i];
	return true;
}

/* Sorts rows, and returns them in their array or in another one; the array that is not
 * returned is freed.  NULL: out of memory.  Most bytes of the keys are the same in all, so
 * this takes a third of the instructions of qsort. */
static struct snapshot_row *order_rows(struct snapshot_row *rows, size_t n)
{
	struct snapshot_row *other = large_malloc((n + 1) * sizeof(*other));

	for (unsigned shift = 0; other && n && shift < 64; shift += 8) {
		if (!order_byte(rows, other, n, shift))
			continue;
		struct snapshot_row *sorted = other;

		other = rows;
		rows = sorted;
	}
	free(other ? other : rows);
	return other ? rows : NULL;
}

/* Copies of those rows that ever held a block, in order; NULL: out of memory. */
static struct snapshot_row *sort_rows(const struct snapshot *snapshot, size_t *length)
{
	size_t most = snapshot->rows_length, n = 0;
	struct snapshot_row *rows = large_malloc((most + 1) * sizeof(*rows));

	for (size_t i = 0; rows && i < most; i++)
		if (snapshot->rows[i].figures->now.allocations)
			rows[n++] = snapshot->rows[i];
	*length = n;
	return rows ? order_rows(rows, n) : NULL;
}

/* Whether writing only the differences saves half of the rows, and more than it adds. */
static bool is_worth(const struct snapshot_row *rows, size_t n,
		     const struct store_base *base)
{
	struct pair pair = pair_of(rows, n, base);
	size_t same = 0, gone = 0;
	const struct snapshot_row *row;
	enum side side;
	uint64_t key;

	while ((side = pair_next(&pair, &row, &key)) != AT_END) {
		same += side == BOTH_SAME;
		gone += side == ONLY_BASE;
		/* What is still to come can't change it any more. */
		if (same && same >= n / 2 && same >= gone + pair_base_left(&pair))
			return true;
	}
	return same && same >= n / 2 && same >= gone;
}

/* Whether a reference to the snapshot takes hardly more memory than its rows copied. */
static bool is_worth_keeping(const struct snapshot *snapshot)
{
	const struct snapshot_growth *growth = snapshot->growth;

	return snapshot->rows_length >= KEPT_ROWS && !snapshot->look &&
	       (!growth || (!growth->length && !growth->next)) &&
	       snapshot->figures.length <= snapshot->rows_length / KEPT_ROWS_EACH;
}

/* Keeps what later moments of the process are compared with: the snapshot itself, if the
 * rows are its own and many, or else their keys and digests.  Without memory there is no
 * base. */
static void make_base(struct store *store, struct snapshot *snapshot, uint32_t layer,
		      const struct snapshot_row *rows, size_t n)
{
	struct store_base base = { .layer = layer, .length = n };

	if (rows == snapshot->rows && is_worth_keeping(snapshot))
		base.snapshot = snapshot_retain(snapshot);
	else
		base.rows = large_malloc((n + 1) * sizeof(*base.rows));
	for (size_t i = 0; base.rows && i < n; i++)
		base.rows[i] = (struct store_known){ row_key(&rows[i]),
						     rows[i].figures->digest };
	if (base.rows || base.snapshot)
		store_base_set(store, snapshot->process, &base);
}

static int write_rows(struct store *store, struct snapshot *snapshot,
		      const struct snapshot_row *rows, size_t n, struct store_layers *layers,
		      struct error *error)
{
	const struct store_base *base = store_base_of(store, snapshot->process);
	uint32_t layer;

	if (store_traces(store, error))
		return -1;
	bool over = base && is_worth(rows, n, base);

	if (store_layer_write(store, rows, n, over ? base : NULL, &layer, error))
		return -1;
	*layers = (struct store_layers){ .own = layer };
	if (over) {
		layers->base = base->layer;
		store_layers_hold(store, (struct store_layers){ .base = base->layer });
	} else if (layer && (!base || snapshot->kind != MOMENT_PEAK)) {
		/* Later moments are more like this one than like a peak long ago. */
		make_base(store, snapshot, layer, rows, n);
	}
	return 0;
}

int store_rows(struct store *store, struct snapshot *snapshot, bool in_order,
	       struct store_layers *layers, struct error *error)
{
	size_t n = snapshot->rows_length;
	struct snapshot_row *sorted = NULL;
	int result;

	if (in_order)
		return write_rows(store, snapshot, snapshot->rows, n, layers, error);
	sorted = sort_rows(snapshot, &n);
	result = sorted ? write_rows(store, snapshot, sorted, n, layers, error) :
			  store_no_memory(error);
	free(sorted);
	return result;
}
