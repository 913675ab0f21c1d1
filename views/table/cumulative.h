/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_CUMULATIVE_H
#define VIEWS_TABLE_CUMULATIVE_H
/*
 * A block counts once in each group that its stack passes through.  Since stacks share
 * most of their callers, rows are first summed in piles, one for each distinct stack;
 * then each pile is added to the pile of its caller.  A group gets the piles of its
 * frames, except those below another frame of the same group, whose blocks are in that
 * frame's pile already.  Only stacks with more frames than views show are walked one by
 * one.
 */
#include "views/table/group.h"

/* Counts a row, either now or in cumulative_finish.  If out of memory, sets
 * legend->failed. */
void cumulative_add(struct grouping *grouping, struct legend_side *side, size_t nframe,
		    const struct snapshot_row *row, bool old);

/* To be called after all rows have been counted: adds the piles to the groups that they
 * belong to. */
void cumulative_finish(struct grouping *grouping);

/* Frees what the calls above keep in the grouping. */
void cumulative_free(struct grouping *grouping);

#endif
