/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LOOK_HELD_H
#define TRACER_HEAP_TALLY_LOOK_HELD_H
/*
 * Who holds the blocks of a snapshot, as a look at the heap found: two trees over the same
 * parts (look_types.h), of roots, parts, and what of them lies below one another.
 *
 *	ways        each block by one of the shortest ways from the roots to it
 *	dominators  each block below the one without which nobody would hold it
 *
 * In both, blocks of a part right below blocks of the same part are one node (a list).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/tally/look_types.h"

enum look_node_kind {
	LOOK_NODE_ALL,                  /* the first node */
	LOOK_NODE_ROOT,
	LOOK_NODE_NOBODY,               /* above what is unreachable */
	LOOK_NODE_PART,
	LOOK_NODE_SHARED,               /* above what several roots hold: one of them */
	LOOK_NODE_KINDS
};

struct look_node {
	uint32_t parent;                /* index, lower than its own; 0 of the first */
	enum look_node_kind kind;
	uint32_t id;                    /* of `roots`, or of the look's parts; else 0 */
	uint32_t longest;               /* of its blocks, so many right below one another */
	uint32_t name;                  /* of `names`; 0: none */
	uint64_t blocks, bytes;         /* its own */
	uint64_t all_blocks, all_bytes; /* with all that is below it */
};

struct look_tree {
	struct look_node *of;
	size_t length, room;            /* 0: nobody knows */
};

struct look_held {
	char **roots;                   /* names: foreign text */
	size_t roots_length, roots_room;
	/* By which names blocks are held: foreign text, to stand before what they are if
	 * it begins with '"' ("\"CACHE\""), else instead of it ("module app").  Its parts
	 * are not used. */
	struct look_types *names;
	struct look_tree ways, dominators;
	uint32_t references;            /* beside the first; atomic */
};

/* NULL: out of memory. */
struct look_held *look_held_new(void);
/* Counted, as snapshots are; NULL is allowed. */
struct look_held *look_held_retain(struct look_held *held);
void look_held_release(struct look_held *held);
/* Adds a root; its number, UINT32_MAX: out of memory. */
uint32_t look_held_root(struct look_held *held, const char *name);
/* Adds a node, behind its parent; `all_blocks` and `all_bytes` are set by look_tree_sum,
 * once all are in.  False: out of memory. */
bool look_tree_add(struct look_tree *tree, const struct look_node *node);
void look_tree_sum(struct look_tree *tree);

#endif
