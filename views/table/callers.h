/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_CALLERS_H
#define VIEWS_TABLE_CALLERS_H
/*
 * A tree that begins with the callees has nearly as many nodes as all its stacks have
 * frames, and few of them are ever looked at, so its nodes are made only when they are
 * opened.  Each stack stands at the node that it has reached; opening a node moves its
 * stacks on by one frame, each to a child.  The children of a node have consecutive
 * numbers.
 */
#include "views/table/group.h"

struct caller {
	const struct snapshot_row *row;
	uint64_t before;                /* bytes of the row at the earlier moment */
	uint32_t node;                  /* the node that it has reached */
	uint32_t link;                  /* the stretch that has its next frame; 0: the
					 * end */
	uint32_t at;                    /* how many frames of that stretch it has
					 * passed */
	uint32_t left;                  /* frames that it may still pass */
	bool old;
	bool empty;                     /* a stack without frames: "<unknown>" comes next */
};

/* Puts a row of a snapshot at node 0.  Lack of memory sets legend->failed. */
void callers_add(struct grouping *grouping, struct legend_side *side, size_t nframe,
		 const struct snapshot_row *row, bool old);

/* Makes the children of a node whose stacks are callers[first] up to `end`:
 * groups at the end of the grouping's.  The stacks then stand in the order of
 * their nodes, those that end here first.  Lack of memory sets legend->failed. */
void callers_open(struct grouping *grouping, uint32_t node, size_t first, size_t end);

/* Whether any of these stacks goes on beyond the node at which it stands. */
bool callers_go_on(const struct grouping *grouping, size_t first, size_t end);

/* Whether a row's stack passes a node. */
bool callers_pass(struct grouping *grouping, struct legend_side *side, size_t nframe,
		  const struct snapshot_row *row, uint32_t node);

#endif
