/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heaps of every density and alignment: each address leads to the block that a search through
 * all of them finds, on each kind of processor; and blocks in whatever order are sorted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tracer/look/graph/graph_parts.h"

#define BASE UINT64_C(0x555555560010)
#define BLOCKS 3000u
#define ADDRESSES 4000u

/* How blocks follow one another. */
struct manner {
	uint64_t align;                 /* of starts; but see `shift` */
	uint64_t shift;                 /* what one in ten begins later */
	uint64_t small, large;          /* most bytes of most blocks, and of one in `of` */
	unsigned of;
	unsigned inner;                 /* one in so many has another one inside; 0: none */
};

static uint64_t ends[BLOCKS];
static struct graph_block blocks[BLOCKS];       /* by address; inner ones follow outer ones */

static void make_blocks(const struct manner *how)
{
	uint64_t at = BASE;

	for (size_t i = 0; i < BLOCKS; i++) {
		uint64_t size = pick(pick(how->of) ? how->small : how->large) + 1;
		bool inner = i && how->inner && !pick(how->inner) && blocks[i - 1].size > 64;

		if (inner) {            /* within the last 32 bytes of the one before */
			blocks[i] = (struct graph_block){ ends[i - 1] - 32, 16, (uint32_t)i };
			ends[i] = blocks[i].address + 16;
			continue;
		}
		blocks[i] = (struct graph_block){ at + (pick(10) ? 0 : how->shift), size,
						  (uint32_t)i };
		ends[i] = blocks[i].address + size;
		at = (ends[i] + how->align - 1) / how->align * how->align +
		     (pick(4) ? 0 : how->align);
	}
}

/* The index of the innermost block that has an address; SIZE_MAX: none. */
static size_t block_of(uint64_t address)
{
	for (size_t i = BLOCKS; i-- > 0;)
		if (address - blocks[i].address < blocks[i].size)
			return i;
	return SIZE_MAX;
}

static void add_all(struct graph *graph)
{
	for (size_t i = 0; i < BLOCKS; i++)     /* each once: 7919 is prime to their number */
		assert_int_equal(graph_add(graph, &blocks[i * 7919 % BLOCKS]), 0);
	assert_int_equal(graph_seal(graph), 0);
}

static void check_one(const struct graph *graph, uint64_t address, uint32_t edge)
{
	size_t of = block_of(address);
	struct graph_block block;
	enum graph_state state;

	if (of == SIZE_MAX) {
		assert_int_equal(edge, NOWHERE);
		return;
	}
	assert_int_not_equal(edge, NOWHERE);
	assert_true(graph_at(graph, edge >> 1, &block, &state));
	assert_memory_equal(&block.address, &blocks[of].address, 16);
	assert_int_equal(edge & 1, address != blocks[of].address);
}

static void check_addresses(struct graph *graph)
{
	static uint64_t words[ADDRESSES];
	static uint32_t edges[ADDRESSES];

	for (size_t i = 0; i < ADDRESSES; i++) {
		size_t of = pick(BLOCKS);

		words[i] = i % 3 ? blocks[of].address : i % 2 ? blocks[of].address + pick(200) :
			   blocks[of].address + blocks[of].size - 1 + pick(3);
	}
	for (int newer = 0; newer <= machine_is_newer(); newer++) {
		graph->newer = newer;
		graph_resolve(graph, words, ADDRESSES, edges);
		for (size_t i = 0; i < ADDRESSES; i++)
			check_one(graph, words[i], edges[i]);
	}
}

static void test_each_address_leads_to_its_block(void **state)
{
	static const struct manner manners[] = {
		{ 16, 0, 100, 100, 1, 0 },              /* glibc, dense */
		{ 16, 0, 100, 100, 1, 20 },
		{ 16, 0, 60, 4080, 8, 0 },              /* pools among small ones */
		{ 16, 0, 30, 100000, 20, 0 },           /* granules are large */
		{ 16, 0, 30, 3000000, 100, 10 },        /* several regions */
		{ 8, 0, 40, 40, 1, 0 },
		{ 1, 0, 9, 500, 10, 0 },                /* several begin in one granule */
		{ 16, 4, 200, 5000, 9, 9 },
		{ 64, 24, 40, 2000, 3, 0 },
		{ 4096, 16, 300, 300, 1, 0 },
	};

	(void)state;
	for (size_t m = 0; m < sizeof(manners) / sizeof(*manners); m++) {
		struct graph *graph = graph_new();

		make_blocks(&manners[m]);
		add_all(graph);
		check_addresses(graph);
		graph_free(graph);
	}
}

/* The words that lie in a span, for every number of words and both kinds of loop. */
static void test_words_are_kept_four_at_a_time_as_one_by_one(void **state)
{
	const struct machine_span spans[][2] = {
		{ { BASE, 1 << 20 }, { UINT64_C(0x7f0000000000), 1 << 12 } },
		{ { BASE, 1 << 20 }, { 0, 0 } },
		{ { 0, 0 }, { 0, 0 } },
	};
	uint64_t words[64], one[64 + MACHINE_KEEP_SPARE], other[64 + MACHINE_KEEP_SPARE];

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		const struct machine_span *span = spans[round % 3];
		size_t count = round % 64;

		for (size_t i = 0; i < count; i++) {
			uint64_t near = span[pick(2)].low;
			uint64_t some[] = { 0, UINT64_MAX, near, near - 1, near + span[0].bytes,
					    near + span[1].bytes - 1, near | UINT64_C(1) << 63,
					    next_random() };

			words[i] = some[pick(8)];
		}
		const unsigned char *from = (const unsigned char *)words;
		size_t kept = machine_keep(false, span, from, count, one);

		assert_true(kept <= count);
		assert_int_equal(machine_keep(machine_is_newer(), span, from, count, other), kept);
		assert_memory_equal(one, other, kept * sizeof(*one));
	}
}

static int by_address(const void *left, const void *right)
{
	const struct graph_node *a = left, *b = right;

	return a->high < b->high ? -1 : a->high > b->high;
}

/* Sorts the nodes, which all have other addresses, and compares. */
static void check_sort(struct graph_node *nodes, size_t length)
{
	struct graph_node *copy = malloc(length * sizeof(*copy) + 1);

	memcpy(copy, nodes, length * sizeof(*copy));
	qsort(copy, length, sizeof(*copy), by_address);
	graph_sort(nodes, length);
	assert_memory_equal(nodes, copy, length * sizeof(*copy));
	free(copy);
}

/* Fills `nodes` with `runs` runs that are in order; a tenth of the blocks are far above. */
static void make_runs(struct graph_node *nodes, size_t length, size_t runs)
{
	for (size_t i = 0; i < length; i++) {
		size_t run = i * runs / length;
		uint64_t at = (i * 8 + run * 7) * 16 + (i % runs ? 0 : UINT64_C(3) << 45);

		nodes[i] = node_make(0x10000 + at * 2 % (UINT64_C(1) << 46) + i % 16, i % 90, 1, 0);
	}
	for (size_t run = 0; run < runs; run++) {
		size_t begin = (run * length + runs - 1) / runs;
		size_t end = ((run + 1) * length + runs - 1) / runs;

		qsort(nodes + begin, end - begin, sizeof(*nodes), by_address);
	}
}

static void test_runs_and_what_has_none_are_sorted(void **state)
{
	static const size_t lengths[] = { 0, 1, 2, 30, 5000, 600000 };
	static const size_t runs[] = { 1, 2, 3, 7, 32, 33, 1000 };

	(void)state;
	for (size_t l = 0; l < sizeof(lengths) / sizeof(*lengths); l++)
		for (size_t r = 0; r < sizeof(runs) / sizeof(*runs); r++) {
			size_t length = lengths[l];
			struct graph_node *nodes = malloc(length * sizeof(*nodes) + 1);

			make_runs(nodes, length, runs[r]);
			/* Runs need not lie one above the other. */
			if (length > 4000 && runs[r] == 7) {
				struct graph_node first = nodes[0];

				nodes[0] = nodes[length / 2];
				nodes[length / 2] = first;
			}
			check_sort(nodes, length);
			free(nodes);
		}
}

static void test_of_blocks_at_one_address_the_largest_comes_first(void **state)
{
	enum { COUNT = 4000 };
	static struct graph_node nodes[COUNT];

	(void)state;
	for (uint64_t i = 0; i < COUNT; i++) {
		uint64_t n = i * 7919 % COUNT;  /* each once */

		nodes[i] = node_make(0x10000 + n / 4 * 64, n % 4 * 16, 1, 0);
	}
	graph_sort(nodes, COUNT);
	for (uint64_t i = 0; i < COUNT; i++) {
		assert_int_equal(node_address(&nodes[i]), 0x10000 + i / 4 * 64);
		assert_int_equal(node_size(&nodes[i]), (3 - i % 4) * 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_address_leads_to_its_block),
		cmocka_unit_test(test_words_are_kept_four_at_a_time_as_one_by_one),
		cmocka_unit_test(test_runs_and_what_has_none_are_sorted),
		cmocka_unit_test(test_of_blocks_at_one_address_the_largest_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
