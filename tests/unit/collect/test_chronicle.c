/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The histories of a run's processes: one hands in, others ask, all at once. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tracer/collect/run/state/chronicle.h"

#define TICKS 2000u
#define LIMIT (UINT64_C(4) << 20)

static struct catalog *catalog;

/* A tick at which one block of `size` came, of which every other call tells as a list. */
static void hand_in(struct chronicle *c, uint32_t process, uint64_t image, double time,
		    unsigned why, int64_t size)
{
	struct history_news news = { .time = time, .why = why };
	struct totals totals = { .current = (uint64_t)size, .peak = 2 * (uint64_t)size, .blocks = 1 };

	const struct change change = { .trace = 9, .thread = 1, .by = { size, 1, 1, size } };
	static bool listed;

	past_totals(&totals, 64, news.totals);
	listed = !listed;
	if (listed) {
		assert_true(change_list_put(&news.list, &change));
	} else {
		news.changes = malloc(sizeof(*news.changes));
		*news.changes = change;
		news.changes_length = 1;
	}
	chronicle_news(c, process, image, &news);
}

static uint64_t current_at(struct chronicle *c, uint32_t process, double time)
{
	struct snapshot *snapshot;
	uint64_t current = UINT64_MAX;

	if (chronicle_at(c, process, time, &snapshot) == 0)
		current = snapshot->totals.current;
	snapshot_release(snapshot);
	return current;
}

static void test_a_time_is_the_tick_before_it(void **state)
{
	struct chronicle *c = chronicle_new(catalog, LIMIT, 0);
	double first, last;

	(void)state;
	assert_false(chronicle_span(c, 1, &first, &last));
	hand_in(c, 1, 1, 1, 0, 100);
	hand_in(c, 1, 1, 2, 0, 10);
	assert_int_equal(current_at(c, 1, 0.9), UINT64_MAX);
	assert_int_equal(current_at(c, 1, 1), 100);
	assert_int_equal(current_at(c, 1, 1.9), 100);
	assert_int_equal(current_at(c, 1, 99), 110);
	assert_int_equal(current_at(c, 2, 99), UINT64_MAX);
	assert_true(chronicle_span(c, 1, &first, &last) && first == 1 && last == 2);
	chronicle_free(c);
}

static void test_after_an_exec_the_figures_begin_anew(void **state)
{
	struct chronicle *c = chronicle_new(catalog, LIMIT, 0);

	(void)state;
	hand_in(c, 1, 1, 1, 0, 100);
	hand_in(c, 1, 1, 2, HISTORY_END, 1);
	hand_in(c, 1, 2, 3, HISTORY_EXEC, 7);
	assert_int_equal(current_at(c, 1, 2), 101);
	assert_int_equal(current_at(c, 1, 3), 7);
	chronicle_free(c);
}

static void test_all_together_hold_what_the_living_hold(void **state)
{
	struct chronicle *c = chronicle_new(catalog, LIMIT, 0);
	struct snapshot *all;

	(void)state;
	hand_in(c, 1, 1, 1, 0, 100);
	hand_in(c, 2, 2, 2, HISTORY_FORK, 20);
	hand_in(c, 2, 2, 3, HISTORY_END, 3);
	hand_in(c, 1, 1, 4, 0, 1);
	assert_int_equal(current_at(c, 0, 0.5), UINT64_MAX);
	assert_int_equal(current_at(c, 0, 1), 100);
	assert_int_equal(current_at(c, 0, 2), 120);
	assert_int_equal(current_at(c, 0, 3), 100);
	assert_int_equal(chronicle_at(c, 0, 9, &all), 0);
	assert_int_equal(all->totals.current, 101);
	assert_int_equal(all->totals.allocations, 4);
	assert_true(all->time == 4);
	snapshot_release(all);
	chronicle_free(c);
}

/* Of those that a supervisor has started, in whatever order they are heard of. */
static void test_each_of_many_that_have_ended_is_found(void **state)
{
	enum { MANY = 2000, STRIDE = 777 };
	struct chronicle *c = chronicle_new(catalog, UINT64_C(64) << 20, 0);
	struct tick_list list = { 0 };

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t process = 1 + i * STRIDE % MANY;

		hand_in(c, process, process, i, HISTORY_FORK, process);
		hand_in(c, process, process, i + 0.5, HISTORY_END, 5);
		if (i % 100 == 0)
			chronicle_work(c);
	}
	chronicle_work(c);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t process = 1 + i * STRIDE % MANY;

		assert_int_equal(current_at(c, process, i + 0.2), process);
		assert_int_equal(current_at(c, process, 1e6), process + 5);
		assert_true(chronicle_ticks(c, process, &list));
		assert_int_equal(list.length, 2);
		assert_true(list.of[0].time == i);
	}
	assert_int_equal(current_at(c, MANY + 1, 1e6), UINT64_MAX);
	free(list.of);
	chronicle_free(c);
}

/* What is told of all together stays the same when some are counted with another one. */
static void test_those_that_are_counted_with_one_are_further_ends_of_it(void **state)
{
	struct chronicle *c = chronicle_new(catalog, LIMIT, 0);
	struct snapshot *all;
	struct tick_list list = { 0 };

	(void)state;
	hand_in(c, 1, 1, 1, 0, 100);
	for (uint32_t process = 2; process <= 4; process++) {
		hand_in(c, process, process, process, HISTORY_FORK, 20);
		hand_in(c, process, process, process + 0.5, HISTORY_END, process);
	}
	chronicle_work(c);
	chronicle_join(c, 4, 2);
	chronicle_join(c, 3, 2);
	assert_int_equal(current_at(c, 3, 9), UINT64_MAX);
	assert_int_equal(current_at(c, 4, 9), UINT64_MAX);
	assert_int_equal(current_at(c, 2, 2.5), 22);
	assert_int_equal(current_at(c, 2, 9), 3 * 20 + 2 + 3 + 4);
	assert_int_equal(current_at(c, 0, 9), 100);
	assert_int_equal(chronicle_at(c, 0, 9, &all), 0);
	assert_int_equal(all->totals.allocations, 7);
	assert_int_equal(all->totals.total, 100 + 3 * 20 + 2 + 3 + 4);
	snapshot_release(all);
	chronicle_work(c);
	assert_true(chronicle_ticks(c, 3, &list));
	assert_int_equal(list.length, 0);
	/* The place is another process's now, which has nothing of the old one. */
	hand_in(c, 3, 9, 10, HISTORY_FORK, 5);
	chronicle_work(c);
	assert_int_equal(current_at(c, 3, 10), 5);
	assert_int_equal(current_at(c, 3, 9), UINT64_MAX);
	assert_true(chronicle_ticks(c, 3, &list));
	assert_int_equal(list.length, 1);
	free(list.of);
	chronicle_free(c);
}

/* A supervisor's workers, a hundred a second: a tick is left of each second but the last. */
static void test_the_ends_of_many_take_no_more_room_than_those_of_a_few(void **state)
{
	struct chronicle *c = chronicle_new(catalog, LIMIT, 0);
	struct history_extent extent;

	(void)state;
	hand_in(c, 2, 2, 0, HISTORY_FORK, 1);
	hand_in(c, 2, 2, 0.1, HISTORY_END, 1);
	for (uint32_t i = 0; i < 3000; i++) {
		hand_in(c, 3, 3 + i, 1 + i / 100.0, HISTORY_FORK, 1);
		hand_in(c, 3, 3 + i, 1 + i / 100.0, HISTORY_END, 1);
		chronicle_join(c, 3, 2);
		chronicle_work(c);
	}
	for (unsigned i = 0; i < 100; i++)
		chronicle_work(c);
	chronicle_extent(c, 2, &extent);
	assert_in_range(extent.ticks, 30, 140);
	assert_int_equal(current_at(c, 2, 1e6), 2 * 3001);
	chronicle_free(c);
}

/* Their times and totals, as of the last work; of all together what each had then. */
static void test_ticks_are_shown_without_a_moment_being_asked_for(void **state)
{
	static const struct tick both[] = {
		{ 1, 100, 100, 1, 0 }, { 2, 120, 120, 2, 0 }, { 3, 100, 100, 1, 0 },
		{ 4, 1, 1, 1, 0 },
	};
	struct chronicle *c = chronicle_new(catalog, LIMIT, 0);
	struct tick_list list = { 0 };
	struct history_extent extent;

	(void)state;
	hand_in(c, 1, 1, 1, 0, 100);
	hand_in(c, 2, 2, 2, HISTORY_FORK, 20);
	hand_in(c, 2, 2, 3, HISTORY_END, 3);
	hand_in(c, 1, 1, 4, 0, 1);
	assert_true(chronicle_ticks(c, 1, &list) && list.length == 0);
	chronicle_extent(c, 1, &extent);
	assert_int_equal(extent.ticks, 0);
	chronicle_work(c);
	assert_true(chronicle_ticks(c, 1, &list) && list.length == 2);
	assert_true(list.of[0].time == 1 && list.of[0].current == 100 && list.of[0].peak == 200);
	assert_true(list.of[1].time == 4 && list.of[1].current == 1);
	chronicle_extent(c, 1, &extent);
	assert_true(extent.ticks == 2 && extent.begins == 1 && extent.ends == 4);
	/* After its end a process that is not the first holds nothing. */
	assert_true(chronicle_ticks(c, 2, &list) && list.length == 2);
	assert_true(list.of[1].time == 3 && list.of[1].current == 0 && list.of[1].blocks == 0);
	assert_true(chronicle_ticks(c, 3, &list) && list.length == 0);
	assert_true(chronicle_ticks(c, 0, &list) && list.length == 4);
	assert_memory_equal(list.of, both, sizeof(both));
	chronicle_extent(c, 0, &extent);
	assert_int_equal(extent.ticks, 2);
	/* A tick more replaces what was shown. */
	hand_in(c, 1, 1, 5, 0, 7);
	chronicle_work(c);
	assert_true(chronicle_ticks(c, 1, &list) && list.length == 3);
	free(list.of);
	chronicle_free(c);
}

static void *hand_in_all(void *user)
{
	for (unsigned i = 1; i <= TICKS; i++)
		hand_in(user, 1 + i % 2, 1 + i % 2, i, i % 100 ? 0 : HISTORY_MARK, 5);
	return NULL;
}

static void test_one_hands_in_while_others_ask_and_tidy(void **state)
{
	struct chronicle *c = chronicle_new(catalog, LIMIT, 0);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, hand_in_all, c), 0);
	for (unsigned i = 0; i < 500; i++) {
		uint64_t current = current_at(c, 1 + i % 2, i);

		assert_true(current == UINT64_MAX || current % 5 == 0);
		chronicle_work(c);
	}
	pthread_join(thread, NULL);
	chronicle_work(c);
	assert_int_equal(current_at(c, 1, TICKS), 5 * TICKS / 2);
	assert_int_equal(current_at(c, 0, TICKS), 5 * TICKS);
	chronicle_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_time_is_the_tick_before_it),
		cmocka_unit_test(test_after_an_exec_the_figures_begin_anew),
		cmocka_unit_test(test_ticks_are_shown_without_a_moment_being_asked_for),
		cmocka_unit_test(test_all_together_hold_what_the_living_hold),
		cmocka_unit_test(test_each_of_many_that_have_ended_is_found),
		cmocka_unit_test(test_those_that_are_counted_with_one_are_further_ends_of_it),
		cmocka_unit_test(test_the_ends_of_many_take_no_more_room_than_those_of_a_few),
		cmocka_unit_test(test_one_hands_in_while_others_ask_and_tidy),
	};

	catalog = catalog_new();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	catalog_release(catalog);
	return failed;
}
