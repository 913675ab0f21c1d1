/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_CUMULATIVE_H
#define VIEWS_TABLE_CUMULATIVE_H
/*
 * A block counts once in each group that its stack passes.  Since stacks share most of
 * their callers, rows are first summed in piles, one for each distinct stack; then each
 * pile is added to that of its caller.  A group gets the piles of its frames, except
 * those below another frame of the same group, whose blocks are in that pile already.
 * Only stacks that are cut are walked one by one.
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
