/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TREE_PARTS_H
#define VIEWS_TABLE_TREE_PARTS_H
/* How a table makes its tree (views/table/tree.h). */
#include "views/table/table_parts.h"

struct tree_link {
	uint32_t child, next;           /* 0: none */
	uint32_t children;
	/* In a limited tree: how many children it shows. */
	uint32_t shown;
	/* A hash of the names of the frames down to here. */
	uint64_t path;
	/* In a lazy tree: its stacks, as a range of the callers. */
	uint32_t first, end;
	bool dropped, sorted, chosen;
	bool opened;                    /* in a lazy tree: its children have been made */
};

struct tree {
	struct grouping grouping;
	struct tree_link *links;        /* by node */
	size_t links_length, links_room;
	bool limited;
	bool lazy;                      /* callees first: nodes are made when their
					 * parents are opened */
};

/* Takes over the grouping, drops nodes by row tests, counts and sums what is left, and
 * applies the limit.  False: out of memory. */
bool tree_make(struct table_parts *parts, struct grouping *grouping);
void tree_free(struct tree *tree);

/* Makes the children of a node.  Afterwards `children` is right, and the links may have
 * moved. */
void tree_open(struct table_parts *parts, uint32_t node);
/* Whether a node has children, opened or not. */
bool tree_has_children(const struct tree *tree, uint32_t node);

#endif
