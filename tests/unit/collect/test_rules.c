/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of a live run (run/state/rules.h): which fire, when to look, and what goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/collect/run/state/rules.h"

static const struct rule given[] = {
	{ .kind = RULE_EVERY, .seconds = 10, .name = "every-10s" },
	{ .kind = RULE_CURRENT, .bytes = 1000, .name = "current-1000" },
	{ .kind = RULE_MARK, .glob = "phase*", .name = "mark-phase" },
	{ .kind = RULE_GROWN, .bytes = 500, .name = "grown-500" },
	{ .kind = RULE_SIGNAL, .signal = 10, .name = "signal-USR1" },
	{ .kind = RULE_CURRENT, .percent = 50, .name = "current-50" },
	{ .kind = RULE_MARK, .glob = "*two", .name = "mark-two" },
};
#define GIVEN (sizeof(given) / sizeof(given[0]))

/* Compares what fired with a list of indexes that -1 ends. */
static void fired_are(const uint32_t *fired, size_t length, const int *wanted)
{
	size_t n = 0;

	for (; wanted[n] >= 0; n++) {
		assert_true(n < length);
		assert_int_equal(fired[n], wanted[n]);
	}
	assert_int_equal(length, n);
}

#define LOOK(NOW, CURRENT, CEILING, ...)                                                  \
	fired_are(fired, rules_look(rules, &(struct rule_sight){ NOW, CURRENT, 0, CEILING },  \
				    fired), (int[]){ __VA_ARGS__, -1 })

static void what_is_so_fires_rules_in_their_order(void **state)
{
	struct rules *rules = rules_new(given, GIVEN, UINT64_MAX);
	uint32_t fired[RULES_MAX];

	(void)state;
	assert_int_equal(rules_look(rules, &(struct rule_sight){ 1, 400, 0, 0 }, fired), 0);
	LOOK(2, 1001, 0, 1, 3);
	assert_int_equal(rules_look(rules, &(struct rule_sight){ 3, 1200, 0, 0 }, fired), 0);
	LOOK(10, 1600, 3000, 0, 3, 5);
	assert_int_equal(rules_look(rules, &(struct rule_sight){ 11, 900, 0, 3000 }, fired), 0);
	LOOK(12, 1100, 3000, 1);
	assert_string_equal(rules_name(rules, 1), "current-1000");
	rules_free(rules);
}

static void a_last_look_is_for_thresholds_that_nobody_saw_passed(void **state)
{
	struct rules *rules = rules_new(given, GIVEN, UINT64_MAX);
	uint32_t fired[RULES_MAX];

	(void)state;
	assert_int_equal(rules_look_last(rules, 400, fired), 0);
	fired_are(fired, rules_look_last(rules, 2000, fired), (int[]){ 1, 3, -1 });
	/* They have fired; a share of a ceiling is none without one. */
	assert_int_equal(rules_look_last(rules, 2000, fired), 0);
	rules_free(rules);
}

static void what_happens_fires_those_it_is_for(void **state)
{
	struct rules *rules = rules_new(given, GIVEN, UINT64_MAX);
	uint32_t fired[RULES_MAX];

	(void)state;
	fired_are(fired, rules_happened(rules, "phase two", 0, fired), (int[]){ 2, 6, -1 });
	fired_are(fired, rules_happened(rules, "number two", 0, fired), (int[]){ 6, -1 });
	fired_are(fired, rules_happened(rules, NULL, 10, fired), (int[]){ 4, -1 });
	assert_int_equal(rules_happened(rules, NULL, 12, fired), 0);
	rules_free(rules);
}

/* Thresholds are looked at each `most`, times when they are due. */
static void the_next_look_is_when_the_first_rule_wants_it(void **state)
{
	struct rules *rules = rules_new(given, 1, UINT64_MAX);

	(void)state;
	assert_true(rules_due(rules, 3, 1) == 4);
	assert_true(rules_due(rules, 9.5, 1) == 10);
	rules_free(rules);
	rules = rules_new(given, GIVEN, UINT64_MAX);
	assert_true(rules_due(rules, 9.875, 0.25) == 10);
	assert_true(rules_due(rules, 9.5, 0.25) == 9.75);
	rules_free(rules);
}

static void alarms_are_a_rule_behind_the_users(void **state)
{
	struct rules *rules = rules_new(NULL, 0, UINT64_MAX);
	uint32_t fired[RULES_MAX];

	(void)state;
	assert_int_equal(rules_alarm(rules), 0);
	LOOK(1e9, UINT64_MAX, 1, -1);
	assert_int_equal(rules_happened(rules, "", 10, fired), 0);
	rules_free(rules);
	rules = rules_new(given, GIVEN, UINT64_MAX);
	assert_int_equal(rules_alarm(rules), GIVEN);
	rules_free(rules);
}

/* Two rules, one of which takes all the time: of its snapshots some go, of the other's none. */
static void too_many_snapshots_or_bytes_make_older_ones_go(void **state)
{
	struct rules *rules = rules_new(given, GIVEN, 5000);
	static uint32_t gone[RULE_SNAPSHOTS_MAX];
	size_t there = 0;

	(void)state;
	for (uint32_t number = 1; number <= 200; number++) {
		size_t n = rules_took(rules, number % 50 == 0, number, 100, gone);

		there += 1;
		assert_true(n <= there);
		there -= n;
		for (size_t i = 0; i < n; i++)
			assert_true(gone[i] % 50 != 0 && gone[i] > 1 && gone[i] < number);
		assert_in_range(there, 1, 51);
	}
	rules_free(rules);
	rules_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_so_fires_rules_in_their_order),
		cmocka_unit_test(a_last_look_is_for_thresholds_that_nobody_saw_passed),
		cmocka_unit_test(what_happens_fires_those_it_is_for),
		cmocka_unit_test(the_next_look_is_when_the_first_rule_wants_it),
		cmocka_unit_test(alarms_are_a_rule_behind_the_users),
		cmocka_unit_test(too_many_snapshots_or_bytes_make_older_ones_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
