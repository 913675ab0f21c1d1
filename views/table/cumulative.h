/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_CUMULATIVE_H
#define VIEWS_TABLE_CUMULATIVE_H
/*
 * A block counts once in each group that its stack passes.  Stacks share most of
 * their callers, so rows are first put on piles, one for each distinct stack; a
 * pile goes onto its caller's; and a group gets the piles of those of its frames
 * that none of its own stands above.  Only stacks that are cut are walked each by
 * itself.
 */
#include "views/table/group.h"

/* Counts a row, now or at cumulative_finish.  Lack of memory sets legend->failed. */
void cumulative_add(struct grouping *grouping, struct legend_side *side, size_t nframe,
		    const struct snapshot_row *row, bool old);

/* To be called when all rows have been counted: adds the figures that were piled up on
 * the way to the groups they belong to. */
void cumulative_finish(struct grouping *grouping);

/* Frees what the calls above keep in the grouping. */
void cumulative_free(struct grouping *grouping);

#endif
