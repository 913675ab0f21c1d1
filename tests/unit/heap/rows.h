/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_HEAP_ROWS_H
#define TESTS_UNIT_HEAP_ROWS_H
/* Rows of snapshots that tests make and change. */
#include <assert.h>
#include <stdbool.h>
#include "tracer/heap/snapshot.h"

/* Says what a row counts. */
static inline void rows_put(struct snapshot *snapshot, size_t row, struct row_figures figures)
{
	bool put = snapshot_put(snapshot, &snapshot->rows[row], &figures);

	assert(put);
	(void)put;
}

/* Copies the rows of another one, with what they count. */
static inline void rows_copy(struct snapshot *to, const struct snapshot *from)
{
	for (size_t i = 0; i < from->rows_length; i++) {
		to->rows[i] = from->rows[i];
		rows_put(to, i, *from->rows[i].figures);
	}
}

/* Whether two rows are of the same stack, thread and domain, and count the same. */
static inline bool rows_same(const struct snapshot_row *a, const struct snapshot_row *b)
{
	return a->trace.v == b->trace.v && a->thread == b->thread && a->domain == b->domain &&
	       row_figures_same(a->figures, b->figures);
}

#endif
