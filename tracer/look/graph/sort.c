/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sorts nodes by address.  If they come as a few runs that are in order, these are merged.
 * Else large ranges are sorted in place, since nodes take most of the graph's memory:
 * "American flag sort" (McIlroy, Bostic, McIlroy: Engineering Radix Sort, 1993): count by 8
 * bits, move each node to its bucket along cycles, then sort each bucket.  The bits are the
 * highest in which a range's addresses differ, so the wide gap between heap and mappings
 * costs one round.  A range that fits into the spare room is sorted from the lowest bits up
 * (Knuth, The Art of Computer Programming 3, 5.2.5), to and fro between the two.
 */
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/large.h"
#include "tracer/look/graph/graph_parts.h"

#define DIGIT 8
#define BUCKETS (1u << DIGIT)
#define FEW 24u
/* A range puts at most all its buckets on the stack, each with 8 bits less to sort. */
#define STACK (BUCKETS * (ADDRESS_BITS / DIGIT + 1))
#define SPARE_NODES (UINT32_C(1) << 18)
#define SPARE_BITS 33u                  /* three rounds for the range that these bits tell
					 * apart: 8 GiB */
#define WIDE_DIGIT 11u                  /* most bits to sort by from the lowest up */
#define RUNS 32u                        /* most runs that are merged */

struct stretch {
	uint32_t begin, length;
};

struct spare {
	struct graph_node *nodes;       /* NULL: no memory */
	size_t room;
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

/* The bits in which addresses differ. */
static uint64_t differing(const struct graph_node *nodes, size_t length)
{
	uint64_t differ = 0;

	for (size_t i = 1; i < length; i++)
		differ |= nodes[i].high ^ nodes[0].high;
	return differ >> (64 - ADDRESS_BITS);
}

static unsigned highest_bit(uint64_t differ)
{
	return 64 - (unsigned)__builtin_clzll(differ);
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

/* Copies nodes in the order of `bits` bits of their addresses; those that agree in them stay
 * in order. */
static void sort_by_bits(const struct graph_node *from, size_t length, unsigned shift, unsigned bits,
		       struct graph_node *to)
{
	uint32_t next[1u << WIDE_DIGIT], sum = 0;
	const uint64_t mask = (UINT64_C(1) << bits) - 1;

	memset(next, 0, sizeof(*next) << bits);
	for (size_t i = 0; i < length; i++)
		next[node_address(&from[i]) >> shift & mask]++;
	for (size_t d = 0; d <= mask; d++) {
		uint32_t count = next[d];

		next[d] = sum;
		sum += count;
	}
	for (size_t i = 0; i < length; i++)
		to[next[node_address(&from[i]) >> shift & mask]++] = from[i];
}

/* Sorts those that are at one address. */
static void sort_equals(struct graph_node *nodes, size_t length)
{
	for (size_t i = 1, begin = 0; i <= length; i++)
		if (i == length || node_address(&nodes[i]) != node_address(&nodes[begin])) {
			if (i - begin > 1)
				qsort(nodes + begin, i - begin, sizeof(*nodes), node_order);
			begin = i;
		}
}

static void sort_spare(struct graph_node *nodes, size_t length, uint64_t differ,
		       struct graph_node *spare)
{
	unsigned low = (unsigned)__builtin_ctzll(differ), bits = highest_bit(differ) - low;
	unsigned rounds = (bits + WIDE_DIGIT - 1) / WIDE_DIGIT;
	struct graph_node *from = nodes, *to = spare;

	for (unsigned r = 0; r < rounds; r++) {
		unsigned begin = bits * r / rounds, end = bits * (r + 1) / rounds;

		sort_by_bits(from, length, low + begin, end - begin, to);
		from = to;
		to = from == nodes ? spare : nodes;
	}
	if (from != nodes)
		memcpy(nodes, from, length * sizeof(*nodes));
	sort_equals(nodes, length);
}

static void sort_all(struct graph_node *nodes, size_t length, const struct spare *spare)
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
		uint64_t differ = differing(of, now.length);

		if (!differ) {
			qsort(of, now.length, sizeof(*of), node_order);
			continue;
		}
		if (now.length <= spare->room && highest_bit(differ) <= SPARE_BITS) {
			sort_spare(of, now.length, differ, spare->nodes);
			continue;
		}
		unsigned top = highest_bit(differ);

		sort_out(of, now.length, top > DIGIT ? top - DIGIT : 0, end);
		for (unsigned b = 0; b < BUCKETS; begin = end[b++])
			if (end[b] - begin > 1)
				stack[depth++] = (struct stretch){ now.begin + begin,
								   end[b] - begin };
	}
}

/* Finds the runs that are in order: run r ends at end[r].  0: there are too many. */
static unsigned find_runs(const struct graph_node *nodes, size_t length, size_t *end)
{
	unsigned runs = 0;

	for (size_t i = 1; i <= length; i++) {
		if (i < length && node_order(&nodes[i - 1], &nodes[i]) <= 0)
			continue;
		if (runs == RUNS)
			return 0;
		end[runs++] = i;
	}
	return runs;
}

/* Merges [0, middle) and [middle, length), from the first node on or from the last, by way of
 * the spare room, which the smaller one has to fit into. */
static void merge_up(struct graph_node *nodes, size_t middle, size_t length,
		     struct graph_node *spare)
{
	size_t left = 0, right = middle;

	memcpy(spare, nodes, middle * sizeof(*nodes));
	while (left < middle) {
		size_t to = left + right - middle;
		bool later = right < length && node_order(&nodes[right], &spare[left]) < 0;

		nodes[to] = later ? nodes[right++] : spare[left++];
	}
}

static void merge_down(struct graph_node *nodes, size_t middle, size_t length,
		       struct graph_node *spare)
{
	size_t left = middle, right = length - middle;

	memcpy(spare, nodes + middle, right * sizeof(*nodes));
	while (right) {
		size_t to = left + right - 1;
		bool later = left && node_order(&nodes[left - 1], &spare[right - 1]) > 0;

		nodes[to] = later ? nodes[--left] : spare[--right];
	}
}

static bool merge_two(struct graph_node *nodes, size_t middle, size_t length, const struct spare *spare)
{
	bool up = middle < length - middle;

	if ((up ? middle : length - middle) > spare->room)
		return false;
	if (up)
		merge_up(nodes, middle, length, spare->nodes);
	else
		merge_down(nodes, middle, length, spare->nodes);
	return true;
}

/* Merges runs two by two, until there is one.  False: two can't be merged; then all nodes are
 * still there. */
static bool merge_runs(struct graph_node *nodes, size_t *end, unsigned runs,
		       const struct spare *spare)
{
	for (; runs > 1; runs = (runs + 1) / 2) {
		size_t begin = 0;

		for (unsigned r = 0; r < runs; r += 2) {
			size_t last = r + 1 < runs ? end[r + 1] : end[r];

			if (r + 1 < runs &&
			    !merge_two(nodes + begin, end[r] - begin, last - begin, spare))
				return false;
			end[r / 2] = begin = last;
		}
	}
	return true;
}

void graph_sort(struct graph_node *nodes, size_t length)
{
	size_t end[RUNS];
	unsigned runs = find_runs(nodes, length, end);
	struct spare spare = { .room = length < SPARE_NODES ? length : SPARE_NODES };

	if (runs == 1 || length < 2)
		return;
	spare.nodes = large_malloc(spare.room * sizeof(*spare.nodes));
	if (!spare.nodes)
		spare.room = 0;
	if (!runs || !merge_runs(nodes, end, runs, &spare))
		sort_all(nodes, length, &spare);
	free(spare.nodes);
}
