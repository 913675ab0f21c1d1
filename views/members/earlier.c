/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a snapshot stand in the order in which they first appeared, and those of a
 * moment of the history in the order of their stacks.  In two snapshots of the same kind
 * a row is found again by looking a little ahead; for two of different kinds there is an
 * index. */
#include "views/members/earlier.h"

/* How many rows of the earlier moment in succession may be missing from the later one. */
#define GONE 16

static bool is_same(const struct snapshot_row *a, const struct snapshot_row *b)
{
	return a->trace.v == b->trace.v && a->thread == b->thread && a->domain == b->domain;
}

static uint32_t hash_of(const struct snapshot_row *row)
{
	return hash_mix(row->trace.v, (uint64_t)row->thread << 16 | row->domain);
}

static bool has_row(const void *context, uint32_t value, const void *key)
{
	const struct snapshot_row *rows = context;

	return is_same(&rows[value - 1], key);
}

bool earlier_begin(struct earlier *earlier, const struct snapshot *of,
		   const struct snapshot *now)
{
	bool alike = !of || (of->kind == MOMENT_TICK) == (now->kind == MOMENT_TICK);

	earlier->of = of;
	if (alike)
		return true;
	for (size_t i = 0; i < of->rows_length; i++)
		if (!finder_room(&earlier->index) ||
		    !finder_put(&earlier->index, hash_of(&of->rows[i]), (uint32_t)i + 1))
			return false;
	return true;
}

uint64_t earlier_size(struct earlier *earlier, const struct snapshot_row *row)
{
	size_t end = earlier->of ? earlier->of->rows_length : 0;

	if (earlier->index.slots) {
		uint32_t at = finder_find(&earlier->index, hash_of(row), has_row,
					  earlier->of->rows, row);

		earlier->next += at != 0;
		return at ? earlier->of->rows[at - 1].figures->now.size : 0;
	}
	if (end - earlier->next > GONE)
		end = earlier->next + GONE;
	for (size_t i = earlier->next; i < end; i++) {
		if (!is_same(&earlier->of->rows[i], row))
			continue;
		earlier->next = i + 1;
		return earlier->of->rows[i].figures->now.size;
	}
	return 0;
}

bool earlier_cleared(const struct earlier *earlier)
{
	if (!earlier->of)
		return false;
	if (earlier->index.slots)
		return earlier->next < earlier->of->rows_length / 2;
	return earlier->next + GONE < earlier->of->rows_length;
}

void earlier_free(struct earlier *earlier) { finder_free(&earlier->index); }
