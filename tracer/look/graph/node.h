/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_NODE_H
#define TRACER_LOOK_GRAPH_NODE_H
/* A node of the graph: a block, or a part of a block that contains others. */
#include "tracer/look/graph/graph.h"

#define ADDRESS_BITS 47
#define ADDRESS_END (UINT64_C(1) << ADDRESS_BITS)

/* 16 bytes: 47 bits of address, 47 of size, 27 of trace, and two flags. */
struct graph_node {
	uint64_t high;                  /* address << 17 | size >> 30 */
	uint64_t low;                   /* size << 34 | trace << 2 | flags */
};
#define NODE_PART 1u                    /* a further part of a block that contains
					 * others */
#define NODE_TIED 2u                    /* it has an entry in `ties` */

static inline uint64_t node_address(const struct graph_node *node)
{
	return node->high >> (64 - ADDRESS_BITS);
}

static inline uint64_t node_size(const struct graph_node *node)
{
	return (node->high << ADDRESS_BITS >> ADDRESS_BITS) << 30 | node->low >> 34;
}

/* One past the last address that holds it; a block of size 0 counts as one byte. */
static inline uint64_t node_end(const struct graph_node *node)
{
	uint64_t size = node_size(node);

	return node_address(node) + (size ? size : !(node->low & NODE_PART));
}

static inline uint32_t node_trace(const struct graph_node *node)
{
	return (uint32_t)(node->low >> 2) & (GRAPH_TRACES - 1);
}

static inline struct graph_node node_make(uint64_t address, uint64_t size, uint32_t trace,
					  unsigned flags)
{
	return (struct graph_node){
		address << (64 - ADDRESS_BITS) | size >> 30,
		size << 34 | (uint64_t)trace << 2 | flags,
	};
}

#endif
