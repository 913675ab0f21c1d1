/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When rules fire, and which of the snapshots that they took stay. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>
#include "tracer/collect/ceiling/rule.h"

static bool at(struct rule *rule, double now)
{
	return rule_fires(rule, &(struct rule_sight){ .now = now });
}

static bool with(struct rule *rule, uint64_t current, uint64_t rss, uint64_t ceiling)
{
	return rule_fires(rule, &(struct rule_sight){ 1, current, rss, ceiling });
}

static void test_every_and_at(void **state)
{
	struct rule every = { .kind = RULE_EVERY, .seconds = 10 };
	struct rule once = { .kind = RULE_AT, .seconds = 10 };

	(void)state;
	rule_begin(&every);
	rule_begin(&once);
	assert_true(fabs(rule_due(&every, 9.9, 0.25) - 10) < 1e-9);
	assert_true(fabs(rule_due(&every, 5, 0.25) - 5.25) < 1e-9);
	assert_false(at(&every, 9.9) || at(&once, 9.9));
	assert_true(at(&every, 10) && at(&once, 10.2));
	assert_false(at(&every, 19.9) || at(&once, 30));
	/* What was missed is one, and the next one is where it was to be. */
	assert_true(at(&every, 57));
	assert_false(at(&every, 59.9));
	assert_true(at(&every, 60));
	assert_true(fabs(rule_due(&once, 60, 0.25) - 60.25) < 1e-9);
}

static void test_thresholds_are_passed_on_the_way_up(void **state)
{
	struct rule current = { .kind = RULE_CURRENT, .bytes = 500 };
	struct rule rss = { .kind = RULE_RSS, .percent = 90 };

	(void)state;
	rule_begin(&current);
	rule_begin(&rss);
	assert_false(with(&current, 500, 0, 0));
	assert_true(with(&current, 501, 0, 0));
	assert_false(with(&current, 900, 0, 0));
	assert_false(with(&current, 100, 0, 0));
	assert_true(with(&current, 600, 0, 0));
	/* Without a ceiling, or an RSS, there is nothing to compare. */
	assert_false(with(&rss, 0, 901, 0));
	assert_false(with(&rss, 0, 0, 1000));
	assert_false(with(&rss, 0, 900, 1000));
	assert_true(with(&rss, 0, 901, 1000));
	assert_false(with(&rss, 0, 902, 1000));
}

static void test_grown_counts_from_the_last_one(void **state)
{
	struct rule grown = { .kind = RULE_GROWN, .bytes = 100 };

	(void)state;
	rule_begin(&grown);
	assert_false(with(&grown, 100, 0, 0));
	assert_true(with(&grown, 130, 0, 0));
	assert_false(with(&grown, 230, 0, 0));
	assert_false(with(&grown, 5, 0, 0));
	assert_true(with(&grown, 231, 0, 0));
}

static void test_marks_and_signals_happen(void **state)
{
	struct rule mark = { .kind = RULE_MARK, .glob = "phase *" };
	struct rule signal = { .kind = RULE_SIGNAL, .signal = 10 };

	(void)state;
	assert_true(rule_takes_mark(&mark, "phase two"));
	assert_false(rule_takes_mark(&mark, "a phase"));
	assert_false(rule_takes_mark(&signal, "phase two"));
	assert_false(at(&mark, 5) || at(&signal, 5));
}

static struct rule_snapshots snapshots;

/* As a run does: so many of each rule in turn. */
static void take(uint32_t rule, uint32_t number, uint64_t bytes, uint64_t budget)
{
	uint32_t gone[RULE_SNAPSHOTS_MAX];

	while (rule_snapshots_full(&snapshots, budget) && rule_snapshots_thin(&snapshots, gone))
		;
	rule_snapshots_add(&snapshots, &(struct rule_snapshot){ rule, number, bytes });
}

static void test_a_thousand_stay_the_newest_densest(void **state)
{
	uint32_t counts[3] = { 0 };

	(void)state;
	memset(&snapshots, 0, sizeof(snapshots));
	for (uint32_t number = 1; number <= 100000; number++) {
		take(number % 1000 == 0, number, 1, UINT64_MAX);
		assert_in_range(snapshots.length, 1, RULE_SNAPSHOTS_MAX);
	}
	for (size_t i = 0; i < snapshots.length; i++) {
		counts[snapshots.of[i].rule]++;
		assert_true(!i || snapshots.of[i].number > snapshots.of[i - 1].number);
	}
	/* The rule that took few keeps them all; the other's first is there, its last ones too. */
	assert_int_equal(counts[1], 100);
	assert_in_range(counts[0], 600, 900);
	assert_int_equal(snapshots.of[0].number, 1);
	assert_int_equal(snapshots.bytes, snapshots.length);
	size_t n = snapshots.length;
	for (size_t i = n - 200; i < n; i++)
		assert_int_equal(snapshots.of[i].number, 100000 - (n - 1 - i));
}

static void test_a_budget_of_bytes(void **state)
{
	uint32_t gone[RULE_SNAPSHOTS_MAX];

	(void)state;
	memset(&snapshots, 0, sizeof(snapshots));
	for (uint32_t number = 1; number <= 100; number++)
		take(0, number, 100, 1000);
	assert_in_range(snapshots.length, 6, 11);
	assert_int_equal(snapshots.of[0].number, 1);
	/* Two large ones are not thinned: the newest is what was asked for. */
	memset(&snapshots, 0, sizeof(snapshots));
	take(0, 1, 5000, 1000);
	take(0, 2, 5000, 1000);
	assert_true(rule_snapshots_full(&snapshots, 1000));
	assert_int_equal(rule_snapshots_thin(&snapshots, gone), 0);
	assert_int_equal(snapshots.length, 2);
	take(0, 3, 5000, 1000);
	assert_int_equal(rule_snapshots_thin(&snapshots, gone), 1);
	assert_int_equal(gone[0], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_and_at),
		cmocka_unit_test(test_thresholds_are_passed_on_the_way_up),
		cmocka_unit_test(test_grown_counts_from_the_last_one),
		cmocka_unit_test(test_marks_and_signals_happen),
		cmocka_unit_test(test_a_thousand_stay_the_newest_densest),
		cmocka_unit_test(test_a_budget_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
