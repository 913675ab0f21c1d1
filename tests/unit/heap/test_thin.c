/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes with age, or for want of room, and that the ticks which stay keep their
 * meaning. */
#include "tests/unit/heap/history_fixture.h"

static void test_what_survives_with_age_says_what_it_always_said(void **state)
{
	struct world w;
	double time = 0;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++) {
		tick(&w, time, i % 100 == 7 ? HISTORY_MARK : 0, KEYS, false);
		time += i < 700 ? 1 : i < 800 ? 60 : i < 900 ? 600 : 1;
		tidy(&w, GENEROUS);
	}
	double last = history_tick(w.history, history_ticks(w.history) - 1)->time;
	unsigned marks = 0, young = 0;

	for (size_t i = 0; i < history_ticks(w.history); i++) {
		same(&w, i);
		marks += history_tick(w.history, i)->why == HISTORY_MARK;
		young += last - history_tick(w.history, i)->time <= 300;
	}
	assert_int_equal(marks, TICKS / 100);
	assert_int_equal(young, 300);
	assert_in_range(history_ticks(w.history), 400, 700);
	assert_true(history_step(w.history, 0, 299) == 1);
	assert_true(history_step(w.history, 300, 1e9) >= 10);
	end(&w);
}

static void test_a_budget_makes_the_oldest_coarser_first(void **state)
{
	struct world w;
	const uint64_t limit = 1000000;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++) {
		tick(&w, i * 20.0, i == 50 ? HISTORY_SNAPSHOT : 0, KEYS, false);
		tidy(&w, limit);
		assert_true(history_bytes(w.history) <= limit);
	}
	bool kept = false;

	for (size_t i = 0; i < history_ticks(w.history); i++) {
		same(&w, i);
		kept |= history_tick(w.history, i)->why == HISTORY_SNAPSHOT;
	}
	assert_true(kept);
	assert_true(history_step(w.history, 0, 200) < history_step(w.history, 10000, 1e9));
	end(&w);
}

/* Marks are kept until there is room for nothing but a few ticks. */
static void test_a_budget_that_holds_few_ticks_keeps_the_newest(void **state)
{
	struct world w;
	const uint64_t limit = 50000;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 300; i++) {
		tick(&w, i, HISTORY_MARK, KEYS, false);
		tidy(&w, limit);
		assert_true(history_bytes(w.history) <= limit);
	}
	assert_true(history_ticks(w.history) >= 1);
	assert_true(history_tick(w.history, 0)->why & HISTORY_CUT);
	assert_int_equal(history_tick(w.history, history_ticks(w.history) - 1)->id, 300);
	for (size_t i = 0; i < history_ticks(w.history); i++)
		same(&w, i);
	end(&w);
}

static void test_a_budget_that_holds_nothing_ends_it(void **state)
{
	struct world w;
	struct history_news more = { .time = 1e6 };

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 10; i++)
		tick(&w, i, 0, KEYS, false);
	tidy(&w, 1000);
	assert_int_equal(history_ticks(w.history), 0);
	assert_int_equal(history_add(w.history, &more), -ENOSPC);
	assert_int_equal(history_bytes(w.history), 0);
	end(&w);
}

static void test_of_peaks_the_newest_is_kept(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 100; i++)
		tick(&w, i, i % 10 ? 0 : HISTORY_PEAK, KEYS, false);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(history_tick(w.history, i)->why, i == 90 ? HISTORY_PEAK : 0);
	end(&w);
}

/* The reader makes the tick of a second up to 20 ms early, and some late: two that lie in one
 * whole second are still the ticks of two seconds. */
static void test_ticks_a_little_early_or_late_are_one_a_second(void **state)
{
	struct world w;
	unsigned tens = 0;

	(void)state;
	begin(&w);
	for (unsigned i = 1; i <= TICKS; i++) {
		tick(&w, i + (i % 2 ? 0.004 : -0.018), 0, KEYS, false);
		tidy(&w, GENEROUS);
	}
	for (size_t i = 0; i < history_ticks(w.history); i++) {
		double time = history_tick(w.history, i)->time;

		same(&w, i);
		tens += time < TICKS - 620 && (unsigned)(time + 0.5) % 10 == 0;
	}
	assert_true(history_step(w.history, 0, 600) < 1.03);
	assert_true(history_step(w.history, 0, 1e9) < 10.03);
	assert_int_equal(tens, (TICKS - 620) / 10);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_survives_with_age_says_what_it_always_said),
		cmocka_unit_test(test_a_budget_makes_the_oldest_coarser_first),
		cmocka_unit_test(test_a_budget_that_holds_few_ticks_keeps_the_newest),
		cmocka_unit_test(test_a_budget_that_holds_nothing_ends_it),
		cmocka_unit_test(test_of_peaks_the_newest_is_kept),
		cmocka_unit_test(test_ticks_a_little_early_or_late_are_one_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
