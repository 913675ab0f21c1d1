/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heaps made by hand, and random ones against a slow second opinion: which blocks are
 * held, how, and by whom. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/look/each.h"
#include "tests/unit/look/failing_malloc.h"
#include "tests/unit/look/made_heap.h"

struct seen {
	const struct made *made;
	size_t length;
	uint64_t last;
	enum graph_state states[BLOCKS_MAX];    /* by made->blocks */
};

static void see(void *user, const struct graph_block *block, enum graph_state state)
{
	struct seen *seen = user;

	assert_true(block->address >= seen->last);
	seen->last = block->address;
	for (size_t i = 0; i < seen->made->length; i++)
		if (!memcmp(&seen->made->blocks[i], block, offsetof(struct graph_block, trace)) &&
		    seen->made->blocks[i].trace == block->trace) {
			seen->states[i] = state;
			seen->length++;
			return;
		}
	fail_msg("no such block: %#llx, %llu, %u", (unsigned long long)(block->address - BASE),
		 (unsigned long long)block->size, block->trace);
}

/* Feeds the heap, and *seen says what came out. */
static struct graph *look(const struct made *made, struct seen *seen)
{
	struct graph *graph = graph_new();

	assert_int_equal(feed(graph, made), 0);
	*seen = (struct seen){ .made = made };
	each_block(graph, see, seen);
	assert_int_equal(seen->length, made->length);
	return graph;
}

static void test_a_chain_from_a_root_is_held_and_the_rest_is_not(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	uint64_t a = add(&made, 0, 64, 1), b = add(&made, 64, 64, 2), c = add(&made, 128, 64, 3);
	uint64_t d = add(&made, 192, 64, 4);

	point(&made, a + 8, b);
	point(&made, b + 56, c);
	root(&made, 0, a);
	root(&made, 0, 12345);
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[0], GRAPH_REACHABLE);
	assert_int_equal(seen.states[1], GRAPH_REACHABLE);
	assert_int_equal(seen.states[2], GRAPH_REACHABLE);
	assert_int_equal(seen.states[3], GRAPH_GARBAGE);
	(void)d;
}

static void test_a_block_may_be_entered_behind_a_header(void **state)
{
	const struct graph_block blocks[] = { { BASE, 64, 0 }, { BASE + 64, 64, 0 } };
	const uint64_t words[] = { BASE + 16, BASE + 64 + 16 }, memory[16] = { 0 };
	struct graph *graph = graph_new();
	struct graph_block block;
	enum graph_state of;

	(void)state;
	assert_int_equal(graph_add(graph, &blocks[0]), 0);
	assert_int_equal(graph_add(graph, &blocks[1]), 0);
	assert_int_equal(graph_enter(graph, 0, 16), -EINVAL);
	assert_int_equal(graph_seal(graph), 0);
	assert_int_equal(graph_enter(graph, 0, 16), 0);
	assert_int_equal(graph_enter(graph, 1, 24), 0);
	assert_int_equal(graph_enter(graph, 1, 2048), 0);
	assert_int_equal(graph_enter(graph, 2, 16), -EINVAL);
	assert_int_equal(graph_root(graph, 0, words, sizeof(words)), 0);
	assert_int_equal(graph_sweep(graph, BASE, memory, sizeof(memory)), 0);
	assert_int_equal(graph_enter(graph, 0, 24), -EINVAL);
	assert_int_equal(graph_mark(graph), 0);
	assert_true(graph_at(graph, 0, &block, &of) && of == GRAPH_REACHABLE);
	assert_true(graph_at(graph, 1, &block, &of) && of == GRAPH_INSIDE);
	graph_free(graph);
}

static void test_a_cycle_does_not_hold_itself(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	uint64_t a = add(&made, 0, 16, 1), b = add(&made, 16, 16, 1), c = add(&made, 32, 16, 1);
	uint64_t self = add(&made, 48, 16, 2), over = add(&made, 64, 16, 3);
	uint64_t below = add(&made, 80, 16, 4), lowest = add(&made, 96, 16, 4);

	point(&made, b + 8, below);             /* these hang from the cycle */
	point(&made, below, lowest);
	point(&made, a, b);
	point(&made, b, c);
	point(&made, c, a);
	point(&made, self, self);               /* by itself it is not held by another */
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[0], GRAPH_CYCLE);
	assert_int_equal(seen.states[1], GRAPH_CYCLE);
	assert_int_equal(seen.states[2], GRAPH_CYCLE);
	assert_int_equal(seen.states[5], GRAPH_CYCLE);
	assert_int_equal(seen.states[6], GRAPH_CYCLE);
	assert_int_equal(seen.states[3], GRAPH_GARBAGE);
	assert_int_equal(seen.states[4], GRAPH_GARBAGE);
	point(&made, over, a);                  /* nothing points to this one */
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[0], GRAPH_INDIRECT);
	assert_int_equal(seen.states[2], GRAPH_INDIRECT);
	assert_int_equal(seen.states[6], GRAPH_INDIRECT);
	assert_int_equal(seen.states[4], GRAPH_GARBAGE);
}

static void test_pointers_to_the_inside_hold_and_are_told_apart(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	uint64_t a = add(&made, 0, 64, 1), b = add(&made, 64, 64, 1), c = add(&made, 128, 64, 1);
	uint64_t d = add(&made, 192, 64, 1), e = add(&made, 256, 64, 1);

	root(&made, 0, a + 1);                  /* a tagged pointer */
	point(&made, a, b);                     /* by a start, but from what is held inside */
	root(&made, 1, c);
	root(&made, 1, c + 63);
	point(&made, c + 24, d + 63);           /* its last byte */
	point(&made, d, e + 64);                /* past its last byte: nothing */
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[0], GRAPH_INSIDE);
	assert_int_equal(seen.states[1], GRAPH_INSIDE);
	assert_int_equal(seen.states[2], GRAPH_REACHABLE);
	assert_int_equal(seen.states[3], GRAPH_INSIDE);
	assert_int_equal(seen.states[4], GRAPH_GARBAGE);
}

/* There is no pointer beside these, so the marking has no room to spare. */
static void test_blocks_that_are_held_by_their_insides_alone(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	for (uint64_t i = 0; i < 48; i++) {
		uint64_t outer = add(&made, i * 128, 64, 1);
		uint64_t inner = add(&made, i * 128 + 64, 64, 1);

		root(&made, 0, outer + 8);
		point(&made, outer, inner + 8);
	}
	graph_free(look(&made, &seen));
	for (unsigned i = 0; i < 96; i++)
		assert_int_equal(seen.states[i], GRAPH_INSIDE);
}

static void test_a_way_by_starts_counts_however_late_it_comes(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	uint64_t a = add(&made, 0, 64, 1), b = add(&made, 64, 64, 1), c = add(&made, 128, 64, 1);

	root(&made, 0, c + 8);
	root(&made, 0, a);
	point(&made, a, b);
	point(&made, b, c);
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[2], GRAPH_REACHABLE);
}

static void test_blocks_of_no_size_and_words_that_do_not_fit(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	uint64_t empty = add(&made, 0, 0, 1), other = add(&made, 16, 0, 1);
	uint64_t odd = add(&made, 35, 20, 1);   /* whole words: 40..47 only */
	uint64_t a = add(&made, 64, 15, 1), b = add(&made, 96, 8, 1), c = add(&made, 112, 8, 1);

	root(&made, 0, empty);
	root(&made, 0, other + 1);
	root(&made, 0, odd);
	point(&made, 32 + BASE, b);             /* begins before the block */
	point(&made, 40 + BASE, a);
	point(&made, 48 + BASE, b);             /* ends behind it */
	point(&made, a + 8, c);                 /* a word of a's would end behind it, too */
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[0], GRAPH_REACHABLE);
	assert_int_equal(seen.states[1], GRAPH_GARBAGE);
	assert_int_equal(seen.states[2], GRAPH_REACHABLE);
	assert_int_equal(seen.states[3], GRAPH_REACHABLE);
	assert_int_equal(seen.states[4], GRAPH_GARBAGE);
	assert_int_equal(seen.states[5], GRAPH_GARBAGE);
}

static void test_memory_that_is_not_there_holds_nothing(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	uint64_t large = add(&made, 4096 - 16, 3 * 4096, 1), a = add(&made, 40000, 8, 2);
	uint64_t b = add(&made, 40016, 8, 2), c = add(&made, 40032, 8, 2);

	root(&made, 0, large);
	point(&made, large, a);                 /* on its first page */
	point(&made, BASE + 4096, b);           /* on one that is not there */
	point(&made, BASE + 3 * 4096 + 8, c);   /* on its last page */
	made.missing[1] = true;
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[1], GRAPH_REACHABLE);
	assert_int_equal(seen.states[2], GRAPH_GARBAGE);
	assert_int_equal(seen.states[3], GRAPH_REACHABLE);
}

static void test_blocks_in_a_block_have_words_of_their_own_and_hold_it(void **state)
{
	static struct made made;
	struct seen seen;

	(void)state;
	made = (struct made){ .length = 0 };
	uint64_t chunk = add(&made, 0, 1024, 1), first = add(&made, 0, 64, 2);
	uint64_t second = add(&made, 128, 64, 3), deep = add(&made, 160, 16, 4);
	uint64_t a = add(&made, 2048, 64, 5), b = add(&made, 2112, 64, 6);
	uint64_t c = add(&made, 2176, 64, 7), d = add(&made, 2240, 64, 8);

	root(&made, 0, deep);
	point(&made, deep + 8, a);              /* deep holds second, and that holds chunk */
	point(&made, second + 48, b);           /* behind deep, and second's all the same */
	point(&made, chunk + 1000, c);          /* behind all of them, and chunk's */
	point(&made, first + 8, d);             /* nobody holds first */
	graph_free(look(&made, &seen));
	assert_int_equal(seen.states[0], GRAPH_INSIDE);
	assert_int_equal(seen.states[1], GRAPH_GARBAGE);
	assert_int_equal(seen.states[2], GRAPH_INSIDE);
	assert_int_equal(seen.states[3], GRAPH_REACHABLE);
	assert_int_equal(seen.states[4], GRAPH_REACHABLE);
	assert_int_equal(seen.states[5], GRAPH_INSIDE);
	assert_int_equal(seen.states[6], GRAPH_INSIDE);
	assert_int_equal(seen.states[7], GRAPH_INDIRECT);
}

static void test_the_next_block_or_part_behind_an_address(void **state)
{
	static const struct graph_block blocks[] = {
		{ 4096, 64, 1 }, { 4112, 16, 2 }, { 8192, 8, 3 },
	};
	static const struct { uint64_t from; struct graph_block found; } expected[] = {
		{ 0, { 4096, 16, 1 } }, { 4111, { 4096, 16, 1 } }, { 4112, { 4112, 16, 2 } },
		{ 4128, { 4128, 32, 1 } }, { 4160, { 8192, 8, 3 } }, { 8192, { 8192, 8, 3 } },
	};
	struct graph *graph = graph_new();
	struct graph_block block;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(graph_add(graph, &blocks[i]), 0);
	assert_false(graph_next(graph, 0, &block));
	assert_int_equal(graph_seal(graph), 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		assert_true(graph_next(graph, expected[i].from, &block));
		assert_int_equal(block.address, expected[i].found.address);
		assert_int_equal(block.size, expected[i].found.size);
		assert_int_equal(block.trace, expected[i].found.trace);
	}
	assert_false(graph_next(graph, 8200, &block));
	graph_free(graph);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	static const struct graph_block wrong[] = {
		{ 0, 8, 0 }, { UINT64_C(1) << 47, 0, 0 }, { (UINT64_C(1) << 47) - 8, 9, 0 },
		{ 4096, UINT64_MAX, 0 }, { 4096, 8, GRAPH_TRACES },
	};
	static const struct graph_block last = { (UINT64_C(1) << 47) - 8, 8, GRAPH_TRACES - 1 };
	struct graph *graph = graph_new();
	uint64_t words[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(graph_add(graph, &wrong[i]), -EINVAL);
	assert_int_equal(graph_add(graph, &last), 0);
	assert_int_equal(graph_sweep(graph, 4096, words, 8), -EINVAL);
	assert_int_equal(graph_root(graph, 0, words, 8), -EINVAL);
	assert_int_equal(graph_seal(graph), 0);
	assert_int_equal(graph_add(graph, &last), -EINVAL);
	assert_int_equal(graph_sweep(graph, 4097, words, 8), -EINVAL);
	assert_int_equal(graph_sweep(graph, 4096, words, 7), -EINVAL);
	assert_int_equal(graph_sweep(graph, 4096, words, 16), 0);
	assert_int_equal(graph_sweep(graph, 4104, words, 8), -EINVAL);  /* seen before */
	assert_int_equal(graph_root(graph, 0, words, 9), -EINVAL);
	assert_int_equal(graph_root(graph, GRAPH_TRACES, words, 8), -EINVAL);
	words[0] = (UINT64_C(1) << 47) - 1;
	words[1] = UINT64_MAX;
	assert_int_equal(graph_root(graph, GRAPH_TRACES - 1, words, 16), 0);
	assert_int_equal(graph_mark(graph), 0);
	assert_int_equal(graph_mark(graph), -EINVAL);
	graph_free(graph);
	graph_free(NULL);
}

static void test_a_heap_without_blocks(void **state)
{
	struct graph *graph = graph_new();
	uint64_t word = 4096;

	(void)state;
	assert_int_equal(graph_seal(graph), 0);
	assert_int_equal(graph_sweep(graph, 4096, &word, 8), 0);
	assert_int_equal(graph_root(graph, 0, &word, 8), 0);
	assert_int_equal(graph_mark(graph), 0);
	assert_int_equal(graph_length(graph), 0);
	assert_true(graph_find(graph, word) == SIZE_MAX);
	graph_free(graph);
}

static void test_random_heaps_are_judged_as_a_slow_walk_judges_them(void **state)
{
	static struct made made;
	static struct opinion opinion;
	struct seen seen;
	unsigned counts[GRAPH_REACHABLE + 1] = { 0 };

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		random_heap(&made, round & 1);
		form_opinion(&opinion, &made);
		graph_free(look(&made, &seen));
		for (size_t i = 0; i < made.length; i++) {
			counts[seen.states[i]]++;
			if (seen.states[i] != opinion.states[i])
				fail_msg("round %u, block %zu at %#llx: %d, expected %d", round, i,
					 (unsigned long long)(made.blocks[i].address - BASE),
					 seen.states[i], opinion.states[i]);
		}
	}
	for (unsigned i = 0; i <= GRAPH_REACHABLE; i++)
		assert_true(counts[i] > (i == GRAPH_CYCLE ? 0 : 100));
}

/* Blocks in two places far apart and of every distance, in an order that is no order. */
static void test_many_blocks_are_found_wherever_they_lie(void **state)
{
	enum { COUNT = 20000 };
	static uint64_t at[COUNT];
	struct graph *graph = graph_new();
	size_t most;

	(void)state;
	for (uint64_t i = 0, next = 0x1000; i < COUNT; i++) {
		at[i] = next;
		next += 16 + (i % 7 ? 0 : pick(200)) + (i % 1000 ? 0 : pick(1) << 21) +
			(i % 3001 ? 0 : UINT64_C(1) << (24 + i / 3001 * 3));
	}
	for (uint64_t i = 0; i < COUNT; i++) {
		uint64_t n = i * 7919 % COUNT;  /* each once: 7919 is prime to COUNT */

		assert_int_equal(graph_add(graph, &(struct graph_block){ at[n], 16, 0 }), 0);
	}
	assert_int_equal(graph_seal(graph), 0);
	for (unsigned i = 0; i < COUNT; i++) {
		uint64_t words[3] = { at[i], at[i] + 15, at[i] + 16 };

		assert_int_equal(graph_root(graph, i, words, sizeof(words)), 0);
	}
	assert_int_equal(graph_mark(graph), 0);
	assert_int_equal(graph_length(graph), COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		struct graph_block block;
		enum graph_state is;

		assert_int_equal(graph_find(graph, at[i] + 15), i);
		assert_true(graph_at(graph, i, &block, &is));
		assert_true(block.address == at[i] && is == GRAPH_REACHABLE);
	}
	assert_true(graph_bytes(graph, &most) <= most);
	graph_free(graph);
}

static void test_no_memory_is_an_error_and_no_crash(void **state)
{
	static struct made made;
	int error = -ENOMEM;
	long turn = 0;

	(void)state;
	do
		random_heap(&made, true);
	while (made.length < 300);
	for (; error; turn++) {
		struct graph *graph;

		assert_int_equal(error, -ENOMEM);
		allowed = turn;
		graph = graph_new();
		error = graph ? feed(graph, &made) : -ENOMEM;
		allowed = -1;
		graph_free(graph);
	}
	assert_true(turn > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_chain_from_a_root_is_held_and_the_rest_is_not),
		cmocka_unit_test(test_a_cycle_does_not_hold_itself),
		cmocka_unit_test(test_pointers_to_the_inside_hold_and_are_told_apart),
		cmocka_unit_test(test_a_block_may_be_entered_behind_a_header),
		cmocka_unit_test(test_blocks_that_are_held_by_their_insides_alone),
		cmocka_unit_test(test_a_way_by_starts_counts_however_late_it_comes),
		cmocka_unit_test(test_blocks_of_no_size_and_words_that_do_not_fit),
		cmocka_unit_test(test_memory_that_is_not_there_holds_nothing),
		cmocka_unit_test(test_blocks_in_a_block_have_words_of_their_own_and_hold_it),
		cmocka_unit_test(test_the_next_block_or_part_behind_an_address),
		cmocka_unit_test(test_what_makes_no_sense_is_refused),
		cmocka_unit_test(test_a_heap_without_blocks),
		cmocka_unit_test(test_random_heaps_are_judged_as_a_slow_walk_judges_them),
		cmocka_unit_test(test_many_blocks_are_found_wherever_they_lie),
		cmocka_unit_test(test_no_memory_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
