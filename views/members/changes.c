/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between two moments of a test most stacks are unchanged, namely those of everything
 * that was imported before it; what the test itself allocates is a few of them. */
#include "views/members/changes.h"

#include <assert.h>

static bool is_same_row(const struct snapshot_row *a, const struct snapshot_row *b)
{
	return a->trace.v == b->trace.v && a->thread == b->thread &&
	       a->domain == b->domain;
}

void snapshot_keep_changes(struct snapshot *now, struct snapshot *base)
{
	size_t kept = 0;

	assert(!now->growth && !now->look && !base->growth && !base->look);
	if (now->rows_length != base->rows_length)
		return;
	for (size_t i = 0; i < now->rows_length; i++) {
		const struct snapshot_row *new = &now->rows[i], *old = &base->rows[i];
		const struct figures *after = &new->figures->now;
		const struct figures *before = &old->figures->now;
		bool counted = after->count == before->count || !after->count;

		if (is_same_row(new, old) && after->size == before->size && counted)
			continue;
		now->rows[kept] = *new;
		base->rows[kept++] = *old;
	}
	now->rows_length = base->rows_length = kept;
}
