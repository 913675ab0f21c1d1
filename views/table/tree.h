/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TREE_H
#define VIEWS_TABLE_TREE_H
/*
 * The call tree: a table BY_TREE has a node for each distinct beginning of a stack, with
 * the figures of all stacks that begin so; the figures of a child are part of its
 * parent's.  Siblings are sorted into the table's order when they are first asked for.
 * With a limit there are only the nodes that come first, as many as the limit says, and
 * those above them.  In a tree with callees first, nodes are made when they are asked
 * for, since there may be twenty times as many nodes as stacks.
 *
 * Nodes are numbers; 0 is the whole program, from which the top nodes hang.  A chain of
 * only children stays at the same indent, so that deep stacks stay in sight: an indent is
 * added only where a node has several children (or where there are several tops).
 */
#include "views/table/table.h"

/* The first child, the next sibling and the parent of a node; 0: there is none. */
uint32_t tree_child(const struct table *table, uint32_t node);
uint32_t tree_next(const struct table *table, uint32_t node);
uint32_t tree_parent(const struct table *table, uint32_t node);
/* True if memory ran out while the tree was made: nodes are missing. */
bool tree_failed(const struct table *table);

/* Visits one node after the other, parents before their children. */
struct tree_walk {
	const struct table *table;
	/* Whether a row that begins a chain of only children, all of one family
	 * (views/row/family.h), stands for the whole chain; `folded` of the row is its
	 * length.  NULL: never. */
	bool (*fold)(void *user, const struct row *row);
	/* Whether to go to the children of a row; NULL: always. */
	bool (*open)(void *user, const struct row *row);
	void *user;
	uint32_t node;
	unsigned depth;                 /* of node, from 1 */
	unsigned indent;
	uint64_t guides;
	bool into;
};
struct tree_walk tree_walk(const struct table *table,
			   bool (*open)(void *user, const struct row *row), void *user);
/* The next row; false after the last one. */
bool tree_walk_next(struct tree_walk *walk, struct row *row);

/* Makes the rows of the walk those of the table, at most `most`.  False: out of memory,
 * or the view's stop gave up, if it is set again. */
bool tree_flatten(struct table *table, struct tree_walk walk, size_t most);
/* The paths of a row that was walked to and of the rows above it, from the top down:
 * row->depth of them. */
void tree_paths(const struct table *table, const struct row *row, uint64_t *paths);

/* Draws the lines before a row's name, three cells for each indent, for the innermost
 * `levels` indents at most.  Returns the number of cells. */
unsigned tree_prefix(const struct row *row, unsigned levels, bool ascii, char *text,
		     size_t size);

#endif
