/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of blocks that the tracer has to remember: nothing that was put in gets lost,
 * whoever puts in at the same time and however full its levels are. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/preload/base/blocks.c"

#define MANY 60000u                     /* several levels */
#define THREADS 4u
#define EACH 100u                       /* an even number */

static struct blocks set;
static _Atomic unsigned allowed;        /* levels that there is memory for */
static _Atomic uint64_t meanwhile;       /* added while a level is being made; 0: nothing */

void *arena_map(uint64_t bytes)
{
	uint64_t word = meanwhile;
	void *memory = NULL;

	meanwhile = 0;
	if (word && !blocks_add(&set, word))
		return NULL;
	if (!allowed)
		return NULL;
	allowed--;
	if (posix_memalign(&memory, 64, bytes) != 0)
		return NULL;
	return memset(memory, 0, bytes);
}
void arena_unmap(void *memory, uint64_t bytes)
{
	(void)bytes;
	free(memory);
}
void arena_wipe(void *memory, uint64_t bytes) { memset(memory, 0, bytes); }

static int empty_set(void **state)
{
	(void)state;
	allowed = 100;
	return 0;
}
static int free_set(void **state)
{
	(void)state;
	for (unsigned k = 0; k < BLOCKS_LEVELS; k++)
		free(atomic_load(&set.level[k]));
	memset(&set, 0, sizeof(set));
	return 0;
}

/* As full.h makes them: an address, and a mark in the low bits. */
static uint64_t word_of(unsigned i) { return ((uint64_t)i + 1) << 12 | (i & 1); }

static void test_a_word_is_there_as_often_as_it_was_added(void **state)
{
	(void)state;
	assert_false(blocks_has(&set, word_of(1)));
	assert_false(blocks_remove(&set, word_of(1)));
	assert_true(blocks_add(&set, word_of(1)));
	assert_true(blocks_add(&set, word_of(1)));
	assert_false(blocks_has(&set, word_of(2)));
	assert_true(blocks_remove(&set, word_of(1)));
	assert_true(blocks_has(&set, word_of(1)));
	assert_true(blocks_remove(&set, word_of(1)));
	assert_false(blocks_has(&set, word_of(1)));
	assert_false(blocks_remove(&set, word_of(1)));
}

static void test_no_word_is_lost_when_levels_are_full(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		assert_true(blocks_add(&set, word_of(i)));
	assert_non_null(atomic_load(&set.level[2]));
	for (unsigned i = 0; i < MANY; i++)
		assert_true(blocks_has(&set, word_of(i)));
	/* What leaves makes room that is used again: no further level is needed. */
	unsigned before = allowed;

	for (unsigned i = 0; i < MANY; i += 2)
		assert_true(blocks_remove(&set, word_of(i)));
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(blocks_has(&set, word_of(i)), i % 2);
	for (unsigned i = 0; i < MANY; i += 2)
		assert_true(blocks_add(&set, word_of(i)));
	assert_int_equal(allowed, before);
	blocks_clear(&set);
	for (unsigned i = 0; i < MANY; i++)
		assert_false(blocks_has(&set, word_of(i)));
}

static void test_without_memory_a_word_is_refused_and_the_others_stay(void **state)
{
	unsigned added = 0;

	(void)state;
	allowed = 0;
	assert_false(blocks_add(&set, word_of(0)));
	assert_false(blocks_has(&set, word_of(0)));
	allowed = 1;
	while (blocks_add(&set, word_of(added)))
		added++;
	assert_in_range(added, BLOCKS_SLOTS, (BLOCKS_SLOTS << FIRST_BITS) - 1);
	assert_false(blocks_has(&set, word_of(added)));
	for (unsigned i = 0; i < added; i++)
		assert_true(blocks_has(&set, word_of(i)));
}

static void test_a_search_finds_each_marked_word_and_no_other(void **state)
{
	uint64_t at = 0, word;
	unsigned found = 0;

	(void)state;
	assert_int_equal(blocks_next(&set, &at, 1, 1, 100), 0);
	for (unsigned i = 0; i < 20000; i++)
		assert_true(blocks_add(&set, word_of(i)));
	/* However few buckets one search may look at, all searches together see all. */
	for (unsigned calls = 0; found < 10000 && calls < 100000; calls++)
		if ((word = blocks_next(&set, &at, 1, 1, 8))) {
			assert_int_equal(word & 1, 1);
			assert_true(blocks_remove(&set, word));
			found++;
		}
	assert_int_equal(found, 10000);
	for (unsigned i = 0; i < 20000; i++)
		assert_int_equal(blocks_has(&set, word_of(i)), i % 2 == 0);
	at = 0;
	assert_int_equal(blocks_next(&set, &at, 1, 1, 1u << 20), 0);
	/* Whoever has come to the end begins anew. */
	at = UINT64_C(1) << 40;
	assert_true(blocks_add(&set, word_of(1)));
	assert_int_equal(blocks_next(&set, &at, 1, 1, 1u << 20), word_of(1));
}

static void test_a_level_that_another_thread_made_first_is_kept(void **state)
{
	(void)state;
	/* As by a thread, or a signal handler, while this one gets memory for the level. */
	meanwhile = word_of(7);
	assert_true(blocks_add(&set, word_of(8)));
	assert_true(blocks_has(&set, word_of(7)));
	assert_true(blocks_has(&set, word_of(8)));
	assert_null(atomic_load(&set.level[1]));
}

static pthread_barrier_t together;

static void *add_and_remove(void *user)
{
	unsigned own = (unsigned)(uintptr_t)user * EACH;

	pthread_barrier_wait(&together);
	for (unsigned i = 0; i < EACH; i++)
		if (!blocks_add(&set, word_of(own + i)))
			return "refused";
	for (unsigned i = 0; i < EACH; i += 2)
		if (!blocks_remove(&set, word_of(own + i)))
			return "not there";
	return NULL;
}

/* Each round begins with no level at all, so that threads meet where one is made. */
static void test_threads_lose_no_word_of_each_other(void **state)
{
	pthread_t thread[THREADS];
	void *problem;

	pthread_barrier_init(&together, NULL, THREADS);
	for (unsigned round = 0; round < 100; round++) {
		empty_set(state);
		for (uintptr_t t = 0; t < THREADS; t++)
			assert_int_equal(pthread_create(&thread[t], NULL, add_and_remove,
							(void *)t), 0);
		for (unsigned t = 0; t < THREADS; t++) {
			pthread_join(thread[t], &problem);
			assert_null(problem);
		}
		for (unsigned i = 0; i < THREADS * EACH; i++)
			assert_int_equal(blocks_has(&set, word_of(i)), i % 2);
		free_set(state);
	}
	pthread_barrier_destroy(&together);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_word_is_there_as_often_as_it_was_added,
						empty_set, free_set),
		cmocka_unit_test_setup_teardown(test_no_word_is_lost_when_levels_are_full,
						empty_set, free_set),
		cmocka_unit_test_setup_teardown(
			test_without_memory_a_word_is_refused_and_the_others_stay, empty_set,
			free_set),
		cmocka_unit_test_setup_teardown(test_a_search_finds_each_marked_word_and_no_other,
						empty_set, free_set),
		cmocka_unit_test_setup_teardown(
			test_a_level_that_another_thread_made_first_is_kept, empty_set, free_set),
		cmocka_unit_test_setup_teardown(test_threads_lose_no_word_of_each_other, empty_set,
						free_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
