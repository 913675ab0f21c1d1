/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of code addresses: an answer is never another key's, and as long as there is
 * room each one is found, by whichever thread and from wherever it looks. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/preload/segment/answers.c"

#define MANY 60000u                     /* several sets of slots */
#define THREADS 4u
#define EACH 5000u

static void *memory;

void *table_private(uint64_t bytes)
{
	return memory = calloc(1, bytes);
}
void table_private_wipe(void *at, uint64_t bytes) { memset(at, 0, bytes); }

static int start(void **state)
{
	(void)state;
	return answers_start();
}
static int end(void **state)
{
	(void)state;
	free(memory);
	memset(&answers, 0, sizeof(answers));
	return 0;
}

/* Code addresses that lie as those of a program: a few in each page of code. */
static uint64_t key_of(uint32_t i)
{
	return UINT64_C(1) << 48 | (0x400000 + ((uint64_t)i / 7 << 12) + i % 7 * 0x123);
}
static uint64_t answer_of(uint32_t i) { return (uint64_t)i << 32 | (i ^ 0x5a5a); }

static void add(uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
		answers_add(key_of(i), answer_of(i));
}

/* How many of these are found; what is found must be right. */
static uint32_t found(uint32_t first, uint32_t end, uint32_t step)
{
	uint32_t count = 0, last = 0;
	for (uint32_t i = first; i < end; i += step) {
		uint64_t answer;
		if (!answers_find(key_of(i), &last, &answer))
			continue;
		assert_true(answer == answer_of(i));
		count++;
	}
	return count;
}

static void all_are_found_however_many_there_are(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MANY; i += 500) {
		assert_int_equal(found(i, i + 500, 1), 0);
		add(i, i + 500);
		assert_int_equal(found(0, i + 500, 97), (i + 500 + 96) / 97);
	}
	assert_int_equal(found(0, MANY, 1), MANY);
	assert_int_equal(answers.bits, LAST_BITS);
}

static void few_answers_lie_on_few_pages(void **state)
{
	(void)state;
	add(0, 500);
	assert_int_equal(answers.bits, FIRST_BITS);
	for (size_t i = 1u << FIRST_BITS; i < SLOTS_BYTES / sizeof(*answers.slots); i++)
		assert_int_equal(answers.slots[i], 0);
}

static void the_next_one_is_found_without_its_slot(void **state)
{
	uint64_t answer;
	uint32_t last = 5;

	(void)state;
	add(0, 20);
	memset((void *)answers.slots, 0, SLOTS_BYTES);
	assert_false(answers_find(key_of(6), &last, &answer));
	assert_true(answers_find(key_of(5), &last, &answer));
	assert_int_equal(last, 6);
	assert_true(answers_find(key_of(6), &last, &answer));
}

static void any_last_place_will_do(void **state)
{
	uint32_t last = UINT32_MAX;
	uint64_t answer;

	(void)state;
	add(0, 20);
	assert_true(answers_find(key_of(7), &last, &answer));
	assert_true(answer == answer_of(7));
	assert_int_equal(last, 8);
}

static void the_youngest_stay_when_there_is_no_room_for_all(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4 * PLACES; i += PLACES / 2) {
		add(i, i + PLACES / 2);
		/* (One of each 65,536 has no place.) */
		assert_true(found(i, i + PLACES / 2, 1) >= PLACES / 2 - 1);
	}
	assert_int_equal(found(0, 2 * PLACES, 1), 0);
}

static void dropped_and_wiped_answers_are_not_found(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		add(0, 3000);
		assert_int_equal(found(0, 3000, 1), 3000);
		round % 2 ? answers_wipe() : answers_drop();
		assert_int_equal(found(0, 3000, 1), 0);
		assert_int_equal(answers.bits, FIRST_BITS);
	}
}

/* What a thread that was stopped on the way has left above the others. */
static void an_answer_that_came_late_is_dropped_too(void **state)
{
	(void)state;
	add(0, 3000);
	answers_drop();
	memo_put(&answers.place[2500], key_of(1), answer_of(1));
	add(2, 10);
	answers_drop();
	assert_false(answers_key(2500) == key_of(1));
}

static void *add_and_find(void *arg)
{
	uint32_t first = (uint32_t)(uintptr_t)arg;

	for (uint32_t i = first; i < first + EACH; i += 50) {
		add(i, i + 50);
		found(0, THREADS * EACH, 61);
	}
	return NULL;
}

static void *drop_again_and_again(void *stop)
{
	while (!atomic_load((_Atomic int *)stop))
		answers_drop();
	return NULL;
}

static void run_threads(void)
{
	pthread_t thread[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, add_and_find,
						(void *)(i * EACH)), 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

static void threads_find_what_others_added(void **state)
{
	(void)state;
	run_threads();
	/* What is added while the slots double may lose its slot. */
	assert_true(found(0, THREADS * EACH, 1) > THREADS * EACH * 9 / 10);
	assert_false(answers.growing);
}

static void threads_find_nothing_wrong_while_answers_are_dropped(void **state)
{
	_Atomic int stop = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, drop_again_and_again, &stop), 0);
	run_threads();
	atomic_store(&stop, 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_are_found_however_many_there_are, start, end),
		cmocka_unit_test_setup_teardown(few_answers_lie_on_few_pages, start, end),
		cmocka_unit_test_setup_teardown(the_next_one_is_found_without_its_slot, start, end),
		cmocka_unit_test_setup_teardown(any_last_place_will_do, start, end),
		cmocka_unit_test_setup_teardown(the_youngest_stay_when_there_is_no_room_for_all,
						start, end),
		cmocka_unit_test_setup_teardown(dropped_and_wiped_answers_are_not_found, start, end),
		cmocka_unit_test_setup_teardown(an_answer_that_came_late_is_dropped_too, start, end),
		cmocka_unit_test_setup_teardown(threads_find_what_others_added, start, end),
		cmocka_unit_test_setup_teardown(
			threads_find_nothing_wrong_while_answers_are_dropped, start, end),
	};

	return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
