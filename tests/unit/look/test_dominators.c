/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a block retains: made heaps, and random ones against an opinion that takes each
 * block away in turn and looks what is still held. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/look/failing_malloc.h"
#include "tests/unit/look/made_heap.h"
#include "tracer/look/graph/dominators_parts.h"
#include "tracer/look/graph/ways.h"

static struct made made;

static void begin(void)
{
	made = (struct made){ .length = 0 };
}

/* Blocks of 64 bytes, each with the next trace. */
static uint64_t next_block(void)
{
	return add(&made, made.length * 64, 64, (uint32_t)made.length);
}

struct made_tree {
	struct graph *graph;
	struct dominators *tree;
};

/* levels: by root; NULL: all the same. */
static struct made_tree make_by(const uint8_t *levels)
{
	struct made_tree of = { .graph = graph_new() };

	assert_int_equal(feed(of.graph, &made), 0);
	assert_int_equal(dominators_find(of.graph, levels, &of.tree), 0);
	return of;
}

static struct made_tree make(void) { return make_by(NULL); }

static void unmake(struct made_tree *of)
{
	dominators_free(of->tree);
	graph_free(of->graph);
}

/* Of folds: who holds what several roots hold. */
static const uint32_t *shared_by;

/* The tree folded, `rows` by trace. */
static int fold(const struct graph *graph, const struct dominators *tree, const uint32_t *rows,
		unsigned deep, size_t most, struct dominators_fold **folds, size_t *length)
{
	static uint32_t by_node[8 * BLOCKS_MAX];
	const struct dominators_folding how = { by_node, deep, most, shared_by };
	enum graph_state state;

	assert_true(graph_length(graph) <= 8 * BLOCKS_MAX);
	for (size_t n = 0; n < graph_length(graph); n++) {
		struct graph_block block = { 0 };

		(void)graph_at(graph, n, &block, &state);
		by_node[n] = rows[block.trace];
	}
	return dominators_fold(tree, &how, folds, length);
}

/* What rows retain, each block counted once for a row: of each of a row's folds that is below no
 * other of them, all that it retains. */
static void sum_retained(const struct dominators *tree, const uint32_t *rows, uint32_t length,
			 struct dominators_sum *sums)
{
	struct dominators_fold *folds;
	size_t entries;

	memset(sums, 0, length * sizeof(*sums));
	assert_int_equal(fold(tree->graph, tree, rows, 1000, 10000, &folds, &entries), 0);
	for (size_t f = 1; f < entries; f++) {
		uint32_t above = folds[f].parent;

		if (folds[f].kind != DOMINATORS_ROW)
			continue;
		while (above && (folds[above].kind != DOMINATORS_ROW ||
				 folds[above].id != folds[f].id))
			above = folds[above].parent;
		if (above)
			continue;
		sums[folds[f].id].blocks += folds[f].retained.blocks;
		sums[folds[f].id].bytes += folds[f].retained.bytes;
	}
	free(folds);
}

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

static bool is_garbage(const struct opinion *opinion, int block)
{
	return opinion->states[block] <= GRAPH_INDIRECT;
}

/* The second opinion: what is held if block `without` and the root of that number are not
 * there; garbage counts as held if `starts` says where it begins. */
static void hold_without(const struct opinion *opinion, int without, int64_t root_without,
			 const bool *starts, bool *held)
{
	bool changed = true;

	for (size_t i = 0; i < made.length; i++)
		held[i] = starts && starts[i] && (int)i != without;
	for (size_t i = 0; i < made.roots_length; i++) {
		uint64_t word = made.roots[i].word;
		int to = word - BASE < BYTES ? opinion->owner[word - BASE] : -1;

		if (to >= 0 && to != without && made.roots[i].root != root_without)
			held[to] = true;
	}
	while (changed) {
		changed = false;
		for (size_t at = 0; at < BYTES; at += 8) {
			int own = owner_of_word(opinion, at);
			uint64_t word;

			memcpy(&word, made.memory + at, 8);
			int to = word - BASE < BYTES ? opinion->owner[word - BASE] : -1;

			/* Garbage holds nothing that is reachable. */
			if (own < 0 || !held[own] || to < 0 || to == without || held[to] ||
			    is_garbage(opinion, own) != is_garbage(opinion, to))
				continue;
			held[to] = changed = true;
		}
		for (size_t i = 0; i < made.length; i++) {
			int outer = opinion->outer[i];

			if (!held[i] || outer < 0 || outer == without || held[outer] ||
			    is_garbage(opinion, (int)i) != is_garbage(opinion, outer))
				continue;
			held[outer] = changed = true;
		}
	}
}

static struct opinion opinion;
static bool starts[BLOCKS_MAX], held[BLOCKS_MAX], dominated[BLOCKS_MAX][BLOCKS_MAX];

/* dominated[i][j]: j is held, and not without i. */
static void form_matrix(void)
{
	bool without[BLOCKS_MAX];

	form_opinion(&opinion, &made);
	for (size_t i = 0; i < made.length; i++)
		starts[i] = opinion.states[i] == GRAPH_GARBAGE;
	hold_without(&opinion, -1, -1, starts, held);
	for (size_t i = 0; i < made.length; i++) {
		hold_without(&opinion, (int)i, -1, starts, without);
		for (size_t j = 0; j < made.length; j++)
			dominated[i][j] = held[i] && held[j] && !without[j];
	}
}

static void compare_rows(const struct dominators *tree, const uint32_t *rows, uint32_t length)
{
	struct dominators_sum sums[BLOCKS_MAX];

	sum_retained(tree, rows, length, sums);
	for (uint32_t row = 0; row < length; row++) {
		struct dominators_sum expected = { 0 };

		for (size_t j = 0; j < made.length; j++) {
			bool some = false;

			for (size_t i = 0; i < made.length; i++)
				some |= rows[i] == row && dominated[i][j];
			expected.blocks += some;
			expected.bytes += some ? made.blocks[j].size : 0;
		}
		assert_int_equal(sums[row].blocks, expected.blocks);
		assert_int_equal(sums[row].bytes, expected.bytes);
	}
}

static void compare_roots(const struct graph *graph, const struct dominators *tree,
			  const uint32_t *rows)
{
	struct dominators_fold *folds;
	bool without[BLOCKS_MAX];
	uint64_t bytes = 0;
	size_t length;

	assert_int_equal(fold(graph, tree, rows, 0, 10000, &folds, &length), 0);
	for (size_t i = 0; i < made.length; i++)
		bytes += made.blocks[i].size;
	assert_int_equal(folds[0].retained.blocks, made.length);
	assert_int_equal(folds[0].retained.bytes, bytes);
	for (size_t f = 1; f < length; f++) {
		uint64_t blocks = 0;

		assert_true(folds[f].parent < f);
		if (folds[f].kind != DOMINATORS_ROOT)
			continue;
		hold_without(&opinion, -1, folds[f].id, NULL, without);
		for (size_t i = 0; i < made.length; i++)
			blocks += opinion.states[i] > GRAPH_INDIRECT && !without[i];
		assert_int_equal(folds[f].retained.blocks, blocks);
	}
	free(folds);
}

static void test_random_heaps_are_judged_as_taking_away_judges_them(void **state)
{
	uint32_t each[BLOCKS_MAX], rows[BLOCKS_MAX];
	uint64_t larger = 0, whole = 0;

	(void)state;
	for (unsigned round = 0; round < 24; round++) {
		do
			random_heap(&made, round & 1);
		while (made.length > 160);
		for (uint32_t i = 0; i < made.length; i++)
			made.blocks[i].trace = i;
		form_matrix();
		bool cycles = false;

		/* Which block of a lost cycle is the first is a matter of addresses, and what a
		 * cycle points to no other garbage holds alone: such garbage is left out. */
		for (uint32_t i = 0; i < made.length; i++)
			cycles |= !held[i];
		whole += !cycles;
		for (uint32_t i = 0; i < made.length; i++) {
			held[i] &= !cycles || !is_garbage(&opinion, (int)i);
			each[i] = held[i] ? i : DOMINATORS_NO_ROW;
			rows[i] = held[i] && pick(8) ? (uint32_t)pick(5) : DOMINATORS_NO_ROW;
			for (size_t j = 0; j < made.length; j++)
				larger += i != j && dominated[i][j];
		}
		struct made_tree of = make();

		compare_rows(of.tree, each, (uint32_t)made.length);
		compare_rows(of.tree, rows, 5);
		compare_roots(of.graph, of.tree, rows);
		unmake(&of);
	}
	assert_true(larger > 1000 && whole > 4);
}

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
		cmocka_unit_test(test_random_heaps_are_judged_as_taking_away_judges_them),
		cmocka_unit_test(test_the_shortest_way_from_the_roots_of_the_lowest_rank),
		cmocka_unit_test(test_ways_begin_at_starts_before_all_roots),
		cmocka_unit_test(test_ways_of_random_heaps_are_as_short_as_can_be),
		cmocka_unit_test(test_a_heap_without_blocks_and_out_of_turn),
		cmocka_unit_test(test_no_memory_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
