/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways from the roots to a block: the shortest ones, by which roots and starts they begin,
 * and random heaps against a plain search. */
#include "tests/unit/look/dominators_fixture.h"

static struct opinion opinion;

/* The blocks on the way to block `at`, from the root's on: "7 0 3", or "nobody 4 5". */
static void expect_way(const struct graph *graph, const struct dominators *tree, uint32_t at,
		       const char *expected)
{
	uint32_t rows[BLOCKS_MAX];
	struct dominators_fold *folds;
	size_t length, f = 1;
	char way[256] = "", step[300];

	for (uint32_t i = 0; i < made.length; i++)
		rows[i] = i;
	assert_int_equal(fold(graph, tree, rows, 1000, 1000, &folds, &length), 0);
	while (f < length && (folds[f].kind != DOMINATORS_ROW || folds[f].id != at))
		f++;
	assert_true(f < length);
	for (; f; f = folds[f].parent) {
		snprintf(step, sizeof(step), "%u%s%s", folds[f].id, *way ? " " : "", way);
		if (folds[f].kind == DOMINATORS_NOBODY)
			snprintf(step, sizeof(step), "nobody %s", way);
		memcpy(way, step, sizeof(way));
	}
	assert_string_equal(way, expected);
	free(folds);
}

static void test_the_shortest_way_from_the_roots_of_the_lowest_rank(void **state)
{
	static const uint8_t ranks[] = { 0, 0, 0, 1, 0, 0, 0, 0 };
	struct dominators *tree;

	(void)state;
	begin();
	uint64_t a = next_block(), b = next_block(), c = next_block(), d = next_block();
	uint64_t lost = next_block(), more = next_block(), one = next_block(), two = next_block();

	root(&made, 7, a);
	point(&made, a, b);
	point(&made, b, c);
	point(&made, a + 8, d);
	point(&made, d, c + 8);
	point(&made, c, d);
	root(&made, 3, c);                      /* a stack that just passes by */
	point(&made, lost, more);
	point(&made, one, two);
	point(&made, two, one);
	struct graph *graph = graph_new();

	assert_int_equal(ways_find(graph, ranks, NULL, &tree), -EINVAL);
	assert_null(tree);
	assert_int_equal(feed(graph, &made), 0);
	assert_int_equal(ways_find(graph, ranks, NULL, &tree), 0);
	expect_way(graph, tree, 3, "7 0 3");
	expect_way(graph, tree, 2, "7 0 1 2");
	expect_way(graph, tree, 5, "nobody 4 5");
	expect_way(graph, tree, 7, "nobody 6 7");
	dominators_free(tree);
	/* Without ranks the nearest root counts. */
	assert_int_equal(ways_find(graph, NULL, NULL, &tree), 0);
	expect_way(graph, tree, 2, "3 2");
	expect_way(graph, tree, 1, "7 0 1");
	dominators_free(tree);
	graph_free(graph);
}

/* A start says more than any root; but what is unreachable is so all the same. */
static void test_ways_begin_at_starts_before_all_roots(void **state)
{
	static const uint8_t ranks[8] = { 0 };
	struct dominators *tree;
	uint32_t above[BLOCKS_MAX];
	uint64_t bytes[BLOCKS_MAX];

	(void)state;
	begin();
	uint64_t a = next_block(), module = next_block(), c = next_block(), d = next_block();
	uint64_t local = next_block(), lost = next_block(), more = next_block();

	root(&made, 0, a);
	point(&made, a, module);
	point(&made, a + 8, d);                 /* the shortest way from a root */
	point(&made, module, c);
	point(&made, c, d);
	point(&made, c + 8, local);             /* a word that may be left over */
	point(&made, a + 16, local);
	point(&made, local, c);
	point(&made, local + 8, d);
	point(&made, lost, more);
	struct graph *graph = graph_new();
	const struct ways_start of[] = { { 1, 7 }, { 5, 7 }, { 4, 8 } };
	static const bool none[7], sure[] = { true, true, false, true, true, true, true };
	struct ways_starts from = { of, 3, 2, sure };

	assert_int_equal(feed(graph, &made), 0);
	assert_int_equal(ways_find(graph, ranks, &from, &tree), 0);
	expect_way(graph, tree, 0, "0 0");
	expect_way(graph, tree, 2, "7 1 2");
	expect_way(graph, tree, 3, "8 4 3");
	expect_way(graph, tree, 4, "8 4");
	expect_way(graph, tree, 6, "nobody 5 6");
	dominators_free(tree);
	from.sure = none;                     /* all of them wait */
	assert_int_equal(ways_find(graph, ranks, &from, &tree), 0);
	expect_way(graph, tree, 2, "7 1 2");
	expect_way(graph, tree, 3, "8 4 3");
	dominators_free(tree);
	from.sure = (const bool[]){ true, true, true, true, true, true, true };
	assert_int_equal(ways_find(graph, ranks, &from, &tree), 0);
	expect_way(graph, tree, 3, "7 1 2 3");
	expect_way(graph, tree, 4, "7 1 2 4");
	dominators_above(tree, above, bytes);
	static const uint32_t right[] = { DOMINATORS_NO_ROW, DOMINATORS_NO_ROW, 1, 2, 2,
					  DOMINATORS_NO_ROW, 5 };

	assert_memory_equal(above, right, sizeof(right));
	assert_int_equal(bytes[1], 4 * 64);
	assert_int_equal(bytes[3], 64);
	assert_int_equal(bytes[5], 2 * 64);
	dominators_free(tree);
	graph_free(graph);
}

/* Each block is once in the tree, and below none that does not point to it. */
static void test_ways_of_random_heaps_are_as_short_as_can_be(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 24; round++) {
		struct dominators *tree;
		struct dominators_fold *folds;
		uint32_t rows[BLOCKS_MAX];
		size_t length, blocks = 0;

		do
			random_heap(&made, round & 1);
		while (made.length > 160);
		for (uint32_t i = 0; i < made.length; i++)
			made.blocks[i].trace = rows[i] = i;
		form_opinion(&opinion, &made);
		struct graph *graph = graph_new();

		assert_int_equal(feed(graph, &made), 0);
		assert_int_equal(ways_find(graph, NULL, NULL, &tree), 0);
		assert_int_equal(fold(graph, tree, rows, 1000, 10000, &folds, &length), 0);
		for (size_t f = 1; f < length; f++) {
			uint32_t top = (uint32_t)f;

			while (folds[top].parent)
				top = folds[top].parent;
			if (folds[f].kind != DOMINATORS_ROW)
				continue;
			blocks += folds[f].own.blocks;
			assert_int_equal(folds[f].own.blocks, 1);
			assert_int_equal(folds[top].kind == DOMINATORS_NOBODY,
					 is_garbage(&opinion, (int)folds[f].id));
		}
		assert_int_equal(blocks, made.length);
		assert_int_equal(folds[0].retained.blocks, made.length);
		free(folds);
		dominators_free(tree);
		graph_free(graph);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_shortest_way_from_the_roots_of_the_lowest_rank),
		cmocka_unit_test(test_ways_begin_at_starts_before_all_roots),
		cmocka_unit_test(test_ways_of_random_heaps_are_as_short_as_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
