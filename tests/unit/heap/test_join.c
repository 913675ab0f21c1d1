/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts of one row in several processes: what their common one is. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/growth/join.h"

static struct growth_verdict verdict(enum growth_word word, double bytes, double since,
				     uint32_t process)
{
	struct growth_verdict made = {.word = word, .bytes = bytes, .blocks = bytes / 10,
				      .since = since, .last_grew = since};

	for (unsigned i = 0; i < GROWTH_RUN; i++)
		made.run[i] = (float)(i + 1);
	made.generations[0] = bytes;
	snprintf(made.reason, sizeof(made.reason), "as it grows by %.0f", bytes);
	growth_join_begin(&made, (struct growth_whose){process, 100 + (int32_t)process}, 60, 60);
	return made;
}

static void test_the_worst_word_wins(void **state)
{
	struct growth_verdict all = verdict(GROWTH_SETTLED, 10, -1, 1);
	const struct growth_verdict leak = verdict(GROWTH_LEAKING, 600, 30, 2);
	const struct growth_verdict steps = verdict(GROWTH_STEPS, 9000, 1, 3);

	(void)state;
	growth_join(&all, &leak);
	growth_join(&all, &steps);
	growth_join_end(&all);
	assert_int_equal(all.word, GROWTH_LEAKING);
	assert_true(all.bytes == 9610 && all.blocks == 961);
	/* Stairs are no leak, so when they began does not say since when it leaks. */
	assert_true(all.since == 30 && all.last_grew == 30);
	assert_true(all.generations[0] == 600 && all.run[23] == 3 * 24);
	assert_int_equal(all.process, 2);
	assert_int_equal(all.processes, 1);
	assert_string_equal(all.reason, "in process 102: as it grows by 600");
}

static void test_the_worst_is_named_and_the_first_says_since_when(void **state)
{
	struct growth_verdict all = verdict(GROWTH_LEAKING, 600, 30, 1);
	const struct growth_verdict early = verdict(GROWTH_LEAKING, 100, 10, 2);
	const struct growth_verdict most = verdict(GROWTH_LEAKING, 900, 40, 3);
	const struct growth_verdict late = verdict(GROWTH_LEAKING, 800, 50, 4);

	(void)state;
	growth_join(&all, &early);
	growth_join(&all, &most);
	growth_join(&all, &late);
	growth_join_end(&all);
	assert_true(all.since == 10 && all.last_grew == 50 && all.bytes == 2400);
	assert_int_equal(all.process, 3);
	assert_string_equal(all.reason, "in 4 processes, most in 103: as it grows by 900");
}

static void test_nobody_is_named_where_nothing_grows(void **state)
{
	struct growth_verdict all = verdict(GROWTH_SETTLED, 0, -1, 1);
	const struct growth_verdict other = verdict(GROWTH_SETTLED, 0, -1, 2);

	(void)state;
	growth_join(&all, &other);
	growth_join_end(&all);
	assert_true(all.since == -1);
	assert_string_equal(all.reason, "in 2 processes: as it grows by 0");
}

/* A process that ended at a third of the run has what it had then in the rest of it. */
static void test_a_run_that_ended_early_goes_on_flat(void **state)
{
	struct growth_verdict early = verdict(GROWTH_SETTLED, 0, -1, 1);

	(void)state;
	growth_join_begin(&early, (struct growth_whose){1, 101}, 20, 60);
	for (unsigned i = 0; i < GROWTH_RUN; i++)
		assert_true(early.run[i] == (i < 8 ? 3 * (float)(i + 1) : 24));
}

/* The longest reason there is stays whole but for its end. */
static void test_a_long_reason_is_cut_at_its_end(void **state)
{
	struct growth_verdict all = verdict(GROWTH_LEAKING, 600, 30, 1);

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(all.reason); i++)
		all.reason[i] = 'x';
	all.reason[sizeof(all.reason) - 1] = 0;
	growth_join_end(&all);
	assert_memory_equal(all.reason, "in process 101: xxx", 19);
	assert_true(strlen(all.reason) < sizeof(all.reason));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_worst_word_wins),
		cmocka_unit_test(test_the_worst_is_named_and_the_first_says_since_when),
		cmocka_unit_test(test_nobody_is_named_where_nothing_grows),
		cmocka_unit_test(test_a_run_that_ended_early_goes_on_flat),
		cmocka_unit_test(test_a_long_reason_is_cut_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
