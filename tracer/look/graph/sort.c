/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sorts nodes by address, in place: they take most of the graph's memory, so there is no
 * second array of them.  "American flag sort" (McIlroy, Bostic, McIlroy: Engineering
 * Radix Sort, 1993): count by 8 bits, move each node to its bucket along cycles, then
 * sort each bucket.  The bits are the highest in which a range's addresses differ, so the
 * wide gap between heap and mappings costs one round.
 */
#include <stdlib.h>
#include "tracer/look/graph/graph_parts.h"

#define DIGIT 8
#define BUCKETS (1u << DIGIT)
#define FEW 24u
/* A range puts at most all its buckets on the stack, each with 8 bits less to sort. */
#define STACK (BUCKETS * (ADDRESS_BITS / DIGIT + 1))

struct stretch {
	uint32_t begin, length;
};

static int node_order(const void *left, const void *right)
{
	const struct graph_node *a = left, *b = right;
	uint64_t x = node_address(a), y = node_address(b);

	if (x != y)
		return x < y ? -1 : 1;
	x = node_size(b);
	y = node_size(a);
	if (x == y) {
		x = a->low;
		y = b->low;
	}
	return x < y ? -1 : x > y;
}

static void sort_few(struct graph_node *nodes, size_t length)
{
	for (size_t i = 1; i < length; i++) {
		struct graph_node node = nodes[i];
		size_t j = i;

		for (; j && node_order(&node, &nodes[j - 1]) < 0; j--)
			nodes[j] = nodes[j - 1];
		nodes[j] = node;
	}
}

static unsigned digit_at(const struct graph_node *node, unsigned shift)
{
	return (unsigned)(node_address(node) >> shift) & (BUCKETS - 1);
}

/* The lowest of the eight bits to sort by; 64: all addresses are the same. */
static unsigned digit_of(const struct graph_node *nodes, size_t length)
{
	uint64_t differ = 0;

	for (size_t i = 1; i < length; i++)
		differ |= nodes[i].high ^ nodes[0].high;
	differ >>= 64 - ADDRESS_BITS;
	if (!differ)
		return 64;
	unsigned top = 64 - (unsigned)__builtin_clzll(differ);

	return top > DIGIT ? top - DIGIT : 0;
}

/* Moves each node to its bucket; bucket b ends at end[b]. */
static void sort_out(struct graph_node *nodes, size_t length, unsigned shift, uint32_t *end)
{
	uint32_t next[BUCKETS] = { 0 }, sum = 0;

	for (size_t i = 0; i < length; i++)
		next[digit_at(&nodes[i], shift)]++;
	for (unsigned b = 0; b < BUCKETS; b++) {
		sum += next[b];
		next[b] = sum - next[b];
		end[b] = sum;
	}
	for (unsigned b = 0; b < BUCKETS; b++)
		while (next[b] < end[b]) {
			struct graph_node node = nodes[next[b]];
			unsigned home = digit_at(&node, shift);

			while (home != b) {
				struct graph_node other = nodes[next[home]];

				nodes[next[home]++] = node;
				node = other;
				home = digit_at(&node, shift);
			}
			nodes[next[b]++] = node;
		}
}

void graph_sort(struct graph_node *nodes, size_t length)
{
	struct stretch stack[STACK];
	unsigned depth = 0;

	stack[depth++] = (struct stretch){ 0, (uint32_t)length };
	while (depth) {
		struct stretch now = stack[--depth];
		struct graph_node *of = nodes + now.begin;
		uint32_t end[BUCKETS], begin = 0;

		if (now.length <= FEW) {
			sort_few(of, now.length);
			continue;
		}
		unsigned shift = digit_of(of, now.length);

		if (shift == 64) {
			qsort(of, now.length, sizeof(*of), node_order);
			continue;
		}
		sort_out(of, now.length, shift, end);
		for (unsigned b = 0; b < BUCKETS; begin = end[b++])
			if (end[b] - begin > 1)
				stack[depth++] = (struct stretch){ now.begin + begin,
								   end[b] - begin };
	}
}
