/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TRIE_H
#define VIEWS_TABLE_TRIE_H
/*
 * Stacks by name, from the oldest frame on: two traces with equal frames are one node,
 * whatever their ids or catalogs.  Node 0 is the empty stack.
 */
#include "tracer/ground/finder.h"
#include "views/row/legend.h"

struct trie_node {
	uint32_t parent;
	/* The frame that stands for all frames equal to it. */
	uint32_t frame;
	uint32_t depth : 30;
	bool shared : 1;                /* more than one trace may have added children to
					 * it */
	/* It has many children, which are in the finder. */
	bool indexed : 1;
	uint32_t next;                  /* next child of the same parent; 0: none */
	union {
		uint32_t child;         /* the child that was made last; 0: none */
		uint32_t order;         /* after trie_sort: place in tracemalloc's order */
	};
};

struct trie {
	struct legend *legend;
	bool compat;                    /* frames are equal by file and line alone */
	struct trie_node *nodes;
	size_t length, room;
	struct finder finder, identities;       /* finder: of nodes with many siblings */
	/* By frame: the frame that stands for its identity + 1, or 0. */
	uint32_t *identity;
	size_t identity_room;
	uint32_t *entries;              /* by identity: the one site whose oldest frame it
					 * is, see trie.c */
	size_t entries_room;
	struct sparse *memo[2];         /* by side and trace: node + 1 of the whole stack */
	uint32_t *scratch;
	size_t scratch_room;
	struct trie_step *path;         /* of one stack, while it is being entered */
	size_t path_room;
};

/* False: out of memory. */
bool trie_init(struct trie *trie, struct legend *legend, bool compat);
void trie_free(struct trie *trie);
/* Makes room for an expected number of nodes; `wide`: nodes will have many children.
 * False: out of memory. */
bool trie_reserve(struct trie *trie, size_t nodes, bool wide);

/* The node of the newest `max` frames of a trace. */
uint32_t trie_node(struct trie *trie, struct legend_side *side, struct trace_id trace,
		   size_t max);

/* trie_push returns the child of a node with this frame, and makes it if it is not there;
 * 0 with legend->failed: out of memory.  trie_find returns 0 if there is no such
 * child. */
uint32_t trie_push(struct trie *trie, uint32_t parent, uint32_t frame);
uint32_t trie_find(struct trie *trie, uint32_t parent, uint32_t frame);

/* Gives all nodes their order: by the oldest frame first, and shorter stacks before
 * longer. */
void trie_sort(struct trie *trie);

#endif
