/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LOOK_HELD_H
#define TRACER_HEAP_TALLY_LOOK_HELD_H
/*
 * Who holds the blocks of a snapshot, as a look at the heap found: two trees whose nodes
 * are roots and parts (look_types.h).
 *
 *	ways        each block below the one before it on a shortest way from the roots
 *	dominators  each block below the one without which nobody would hold it
 *
 * In both trees, blocks of a part directly below blocks of the same part share one node
 * (a list).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/ids.h"
#include "tracer/heap/tally/look_types.h"

enum look_node_kind {
	LOOK_NODE_ALL,                  /* the first node: all blocks */
	LOOK_NODE_ROOT,
	LOOK_NODE_NOBODY,               /* above the blocks that are unreachable */
	LOOK_NODE_PART,
	LOOK_NODE_SHARED,               /* above blocks that several roots hold; `id` is
					 * one of these */
	LOOK_NODE_KINDS
};

struct look_node {
	uint32_t parent;                /* index of the node above, lower than its own; 0
					 * for the first */
	enum look_node_kind kind;
	uint32_t id;                    /* index into `roots`, or into the look's parts;
					 * else 0 */
	uint32_t longest;               /* of its blocks, the most that stand directly
					 * below one another */
	uint32_t name;                  /* index into `names`; 0: none */
	uint64_t blocks, bytes;         /* in this node alone */
	uint64_t all_blocks, all_bytes; /* in this node and all nodes below it */
};

struct look_tree {
	struct look_node *of;
	size_t length, room;            /* 0: not known */
};

/* What is known of a block that stands for others of its part, from what nobody holds to
 * what is held. */
enum look_state { LOOK_GARBAGE, LOOK_INDIRECT, LOOK_INSIDE, LOOK_HELD, LOOK_STATES };

#define LOOK_EXAMPLES 64u               /* of a part, at most... */
#define LOOK_EXAMPLES_MOST 65536u       /* ...and of all parts */

struct look_example {
	uint32_t part;                  /* index into the look's parts */
	enum look_state state;
	uint64_t address, size;
};

struct look_held {
	char **roots;                   /* names: foreign text */
	size_t roots_length, roots_room;
	/* By root: the stack that mapped it (--mmap), {0} where that is not known. */
	struct trace_id *mappers;
	size_t mappers_room;
	/* The names by which blocks are held, foreign text.  A name that begins with '"'
	 * ("\"CACHE\"") is shown before the type, any other ("module app") in place of
	 * it, but for one that begins with '.': the member of the variable above, which
	 * is shown with that.  Of this list only the names are used. */
	struct look_types *names;
	struct look_tree ways, dominators;
	struct look_example *examples;  /* some blocks of each part */
	size_t examples_length, examples_room;
	uint32_t references;            /* besides the first one; atomic */
};

/* NULL: out of memory. */
struct look_held *look_held_new(void);
/* Adds a reference, as for snapshots; NULL is allowed. */
struct look_held *look_held_retain(struct look_held *held);
void look_held_release(struct look_held *held);
/* Adds a root and returns its number; UINT32_MAX: out of memory. */
uint32_t look_held_root(struct look_held *held, const char *name);
/* Adds a node, which must come after its parent.  `all_blocks` and `all_bytes` are set by
 * look_tree_sum, once all nodes are there.  False: out of memory. */
bool look_tree_add(struct look_tree *tree, const struct look_node *node);
void look_tree_sum(struct look_tree *tree);
/* Adds an example.  False: out of memory. */
bool look_held_example(struct look_held *held, const struct look_example *example);

#endif
