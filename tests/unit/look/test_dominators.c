/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a block retains: made heaps, and random ones against an opinion that takes each
 * block away in turn and looks what is still held. */
#include "tests/unit/look/dominators_fixture.h"

/* Bytes that each block of 64 retains, in blocks; -1 ends the list. */
static void expect_each(const struct dominators *tree, const int *expected)
{
	uint32_t rows[BLOCKS_MAX];
	struct dominators_sum sums[BLOCKS_MAX];

	for (uint32_t i = 0; i < made.length; i++)
		rows[i] = i;
	sum_retained(tree, rows, (uint32_t)made.length, sums);
	for (uint32_t i = 0; i < made.length; i++) {
		assert_int_equal(sums[i].blocks, expected[i]);
		assert_int_equal(sums[i].bytes, 64 * expected[i]);
	}
	assert_int_equal(expected[made.length], -1);
}

static void test_a_list_retains_what_comes_behind(void **state)
{
	(void)state;
	begin();
	uint64_t a = next_block(), b = next_block(), c = next_block(), d = next_block();

	root(&made, 0, a);
	point(&made, a, b);
	point(&made, b, c);
	point(&made, b + 8, a);                 /* a back pointer frees nothing */
	point(&made, c, d);
	point(&made, d, b);
	struct made_tree of = make();

	expect_each(of.tree, (int[]){ 4, 3, 2, 1, -1 });
	unmake(&of);
}

static void test_what_two_hold_neither_retains(void **state)
{
	(void)state;
	begin();
	uint64_t a = next_block(), b = next_block(), c = next_block(), d = next_block();
	uint64_t e = next_block();

	root(&made, 0, a);
	point(&made, a, b);
	point(&made, a + 8, c);
	point(&made, b, d);
	point(&made, c, d + 8);
	point(&made, d, e);
	root(&made, 1, e);                      /* another root holds it, too */
	struct made_tree of = make();
	/* b and c as one row: what they hold together is dominated by neither. */
	static const uint32_t rows[] = { 2, 0, 0, 1, DOMINATORS_NO_ROW };
	struct dominators_sum sums[3];

	expect_each(of.tree, (int[]){ 4, 1, 1, 1, 1, -1 });
	sum_retained(of.tree, rows, 3, sums);
	assert_int_equal(sums[0].blocks, 2);
	assert_int_equal(sums[1].bytes, 64);
	assert_int_equal(sums[2].bytes, 256);
	unmake(&of);
}

/* The graph of Lengauer and Tarjan's paper (1979, figure 1), with its dominators. */
/* What a fold is, from the first on: "root 0 2 1" is root 0, that retains two blocks, with one
 * of its own. */
static void expect_roots(const struct made_tree *of, const char *expected)
{
	uint32_t rows[BLOCKS_MAX];
	struct dominators_fold *folds;
	char text[1024] = "";
	size_t length;

	for (uint32_t i = 0; i < made.length; i++)
		rows[i] = i;
	assert_int_equal(fold(of->graph, of->tree, rows, 64, 1000, &folds, &length), 0);
	for (size_t i = 1; i < length; i++)
		if (folds[i].parent == 0 && folds[i].retained.blocks)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %u %d\n",
				 folds[i].kind == DOMINATORS_ROOT ? "root" :
				 folds[i].kind == DOMINATORS_NOBODY ? "nobody" :
				 folds[i].kind == DOMINATORS_SHARED ? "shared" : "block",
				 folds[i].id, (int)folds[i].retained.blocks);
	assert_string_equal(text, expected);
	free(folds);
}

/* A stack that sees the inside of what a variable holds; what it alone holds leads there, too,
 * and to what registers see, which come last. */
static void test_what_a_lower_level_reaches_is_judged_without_the_higher(void **state)
{
	static const uint8_t levels[] = { 2, 0, 1 };

	(void)state;
	begin();
	uint64_t table = next_block(), node = next_block(), tail = next_block();
	uint64_t local = next_block(), both = next_block(), seen = next_block();

	root(&made, 1, table);
	point(&made, table, node);
	point(&made, node, tail);
	root(&made, 2, node);
	root(&made, 2, local);
	point(&made, local, tail);
	point(&made, local + 8, both);
	root(&made, 0, both);
	root(&made, 0, seen);
	point(&made, seen, node);
	struct made_tree of = make();

	expect_each(of.tree, (int[]){ 1, 1, 1, 1, 1, 1, -1 });
	expect_roots(&of, "root 0 1\nblock 4 1\nblock 1 1\nblock 2 1\nroot 1 1\nroot 2 1\n");
	unmake(&of);
	of = make_by(levels);
	expect_each(of.tree, (int[]){ 3, 2, 1, 2, 1, 1, -1 });
	expect_roots(&of, "root 1 3\nroot 2 2\nroot 0 1\n");
	/* What several hold is told by the root of its way. */
	uint32_t tops[BLOCKS_MAX];
	struct dominators *ways;

	assert_int_equal(ways_find(of.graph, levels, NULL, &ways), 0);
	dominators_tops(ways, tops);
	dominators_free(ways);
	unmake(&of);
	of = make();
	shared_by = tops;
	expect_roots(&of, "root 0 1\nshared 2 1\nshared 1 2\nroot 1 1\nroot 2 1\n");
	shared_by = NULL;
	unmake(&of);
	/* Level by level that is what the lower ones say alone. */
	of = make_by((uint8_t[]){ 1, 0, 1 });
	expect_each(of.tree, (int[]){ 3, 2, 1, 1, 1, 1, -1 });
	expect_roots(&of, "root 1 3\nroot 0 1\nblock 4 1\nroot 2 1\n");
	unmake(&of);
}

static void test_the_graph_of_the_paper(void **state)
{
	static const char edges[][2] = {
		"RA", "RB", "RC", "AD", "BA", "BD", "BE", "CF", "CG", "DL", "EH", "FI", "GI",
		"GJ", "HE", "HK", "IK", "JI", "KI", "KR", "LH",
	};
	static const char order[] = "RABCDEFGHIJKL";
	uint64_t at[13], used[13] = { 0 };

	(void)state;
	begin();
	for (unsigned i = 0; i < 13; i++)
		at[i] = next_block();
	for (unsigned i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		ptrdiff_t from = strchr(order, edges[i][0]) - order;

		point(&made, at[from] + 8 * used[from]++, at[strchr(order, edges[i][1]) - order]);
	}
	root(&made, 0, at[0]);
	struct made_tree of = make();

	/* R: all; C: C F G J; D: D L; G: G J; all others hang from R. */
	expect_each(of.tree, (int[]){ 13, 1, 1, 4, 2, 1, 1, 2, 1, 1, 1, 1, 1, -1 });
	unmake(&of);
}

static void test_garbage_has_a_root_of_its_own(void **state)
{
	struct dominators_fold *folds;
	size_t length;

	(void)state;
	begin();
	uint64_t held = next_block(), lost = next_block(), more = next_block();
	uint64_t one = next_block(), two = next_block();

	root(&made, 7, held);
	point(&made, lost, more);
	point(&made, lost + 8, held);           /* from garbage: holds nothing */
	point(&made, one, two);
	point(&made, two, one);
	struct made_tree of = make();
	static const uint32_t rows[] = { 0, 1, 1, 2, 2 };

	expect_each(of.tree, (int[]){ 1, 2, 1, 2, 1, -1 });
	assert_int_equal(fold(of.graph, of.tree, rows, 0, 100, &folds, &length), 0);
	assert_int_equal(length, 6);
	static const struct dominators_fold expected[] = {
		{ 0, DOMINATORS_ALL, 0, 0, { 0, 0 }, { 5, 320 } },
		{ 0, DOMINATORS_ROOT, 7, 0, { 0, 0 }, { 1, 64 } },
		{ 1, DOMINATORS_ROW, 0, 1, { 1, 64 }, { 1, 64 } },
		{ 0, DOMINATORS_NOBODY, 0, 0, { 0, 0 }, { 4, 256 } },
		{ 3, DOMINATORS_ROW, 1, 2, { 2, 128 }, { 2, 128 } },
		{ 3, DOMINATORS_ROW, 2, 2, { 2, 128 }, { 2, 128 } },
	};

	for (size_t i = 0; i < length; i++)
		assert_memory_equal(&folds[i], &expected[i], sizeof(*folds));
	free(folds);
	unmake(&of);
}

/* A tree whose kinds take turns on the way down is two entries, not as deep as it is. */
static void test_folding_ends_where_rows_repeat(void **state)
{
	struct dominators_fold *folds;
	uint32_t rows[BLOCKS_MAX];
	size_t length;

	(void)state;
	begin();
	root(&made, 0, BASE);
	for (uint32_t i = 0; i < 300; i++) {
		uint64_t at = next_block();

		rows[i] = i % 2;
		if (i < 299)
			point(&made, at, at + 64);
	}
	struct made_tree of = make();

	assert_int_equal(fold(of.graph, of.tree, rows, 0, 100, &folds, &length), 0);
	assert_int_equal(length, 5);            /* all, root, both rows, nobody */
	assert_int_equal(folds[2].id, 0);
	assert_int_equal(folds[2].own.blocks, 150);
	assert_int_equal(folds[2].retained.blocks, 300);
	assert_int_equal(folds[3].parent, 2);
	assert_int_equal(folds[3].retained.blocks, 150);
	free(folds);
	/* Where it may be deep, it is as it is; a row's last blocks come together. */
	assert_int_equal(fold(of.graph, of.tree, rows, 10, 100, &folds, &length), 0);
	assert_int_equal(length, 12);
	assert_int_equal(folds[2].own.blocks, 1);
	assert_int_equal(folds[3].retained.blocks, 299);
	assert_int_equal(folds[10].own.blocks + folds[9].own.blocks, 293);
	free(folds);
	/* With room for one entry all is in that one. */
	assert_int_equal(fold(of.graph, of.tree, rows, 0, 1, &folds, &length), 0);
	assert_int_equal(length, 1);
	assert_int_equal(folds[0].own.bytes, 300 * 64);
	free(folds);
	unmake(&of);
}

static void test_a_pool_is_retained_by_who_holds_its_chunk(void **state)
{
	struct dominators_sum sums[3];
	static const uint32_t rows[] = { 0, 1, 2 };

	(void)state;
	begin();
	uint64_t pool = add(&made, 0, 64, 0);

	add(&made, 1024, 1024, 1);
	add(&made, 1024, 32, 2);                /* tracked objects of the chunk */
	add(&made, 1100, 32, 2);
	root(&made, 0, pool);
	point(&made, pool, BASE + 1024 + 512);  /* to a free part of the chunk */
	point(&made, BASE + 1024 + 520, BASE + 1024);
	point(&made, BASE + 1024 + 528, BASE + 1100);
	struct made_tree of = make();

	sum_retained(of.tree, rows, 3, sums);
	assert_int_equal(sums[0].blocks, 4);
	assert_int_equal(sums[0].bytes, 64 + 1024 + 64);
	assert_int_equal(sums[1].blocks, 3);
	assert_int_equal(sums[1].bytes, 1024 + 64);
	assert_int_equal(sums[2].bytes, 64);
	unmake(&of);
}

static void test_a_heap_without_blocks_and_out_of_turn(void **state)
{
	struct dominators_fold *folds;
	struct dominators *tree;
	struct graph *graph = graph_new();
	size_t length;

	(void)state;
	assert_int_equal(dominators_find(graph, NULL, &tree), -EINVAL);
	assert_null(tree);
	assert_int_equal(graph_seal(graph), 0);
	assert_int_equal(graph_mark(graph), 0);
	assert_int_equal(dominators_find(graph, NULL, &tree), 0);
	assert_int_equal(fold(graph, tree, NULL, 0, 10, &folds, &length), 0);
	assert_int_equal(folds[0].retained.blocks, 0);
	free(folds);
	dominators_free(tree);
	dominators_free(NULL);
	graph_free(graph);
}

static int ask_all(const struct graph *graph, const uint32_t *rows)
{
	struct dominators *ways;
	struct dominators *tree;
	static const bool sure[8 * BLOCKS_MAX];
	const struct ways_starts from = { &(struct ways_start){ 0, 9 }, 1, 1, sure };
	struct dominators_fold *folds = NULL;
	size_t length;
	int error = dominators_find(graph, NULL, &tree);

	if (!error)
		error = fold(graph, tree, rows, 0, 1000, &folds, &length);
	free(folds);
	dominators_free(tree);
	if (!error)
		error = ways_find(graph, NULL, &from, &ways);
	if (!error)
		dominators_free(ways);
	return error;
}

static void test_no_memory_is_an_error_and_no_crash(void **state)
{
	uint32_t rows[BLOCKS_MAX];
	int error = -ENOMEM;
	long turn = 0;

	(void)state;
	do
		random_heap(&made, true);
	while (made.length < 300);
	for (uint32_t i = 0; i < made.length; i++)
		rows[i] = i % 3;
	struct graph *graph = graph_new();

	assert_int_equal(feed(graph, &made), 0);
	for (; error; turn++) {
		assert_int_equal(error, -ENOMEM);
		allowed = turn;
		error = ask_all(graph, rows);
		allowed = -1;
	}
	graph_free(graph);
	assert_true(turn > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list_retains_what_comes_behind),
		cmocka_unit_test(test_what_two_hold_neither_retains),
		cmocka_unit_test(test_what_a_lower_level_reaches_is_judged_without_the_higher),
		cmocka_unit_test(test_the_graph_of_the_paper),
		cmocka_unit_test(test_garbage_has_a_root_of_its_own),
		cmocka_unit_test(test_folding_ends_where_rows_repeat),
		cmocka_unit_test(test_a_pool_is_retained_by_who_holds_its_chunk),
		cmocka_unit_test(test_a_heap_without_blocks_and_out_of_turn),
		cmocka_unit_test(test_no_memory_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
