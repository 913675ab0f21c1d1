/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a block retains is what would be garbage without it: random heaps, from which each
 * block and root is taken away in turn. */
#include "tests/unit/look/dominators_fixture.h"

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

/* How often a block held another, and no lost cycle was there. */
static uint64_t larger, whole;

static void judge_heaps(unsigned rounds, size_t most)
{
	uint32_t each[BLOCKS_MAX], rows[BLOCKS_MAX];

	for (unsigned round = 0; round < rounds; round++) {
		do
			random_heap(&made, round & 1);
		while (made.length > most);
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
}

static void test_random_heaps_are_judged_as_taking_away_judges_them(void **state)
{
	(void)state;
	judge_heaps(24, 160);
	assert_true(larger > 1000 && whole > 4);
}

/* Each heap of few blocks is more likely to be an odd one. */
static void test_heaps_of_few_blocks_are_judged_so(void **state)
{
	(void)state;
	larger = whole = 0;
	judge_heaps(300, 6);
	assert_true(larger > 100 && whole > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_heaps_are_judged_as_taking_away_judges_them),
		cmocka_unit_test(test_heaps_of_few_blocks_are_judged_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
