/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large a heap may be whose verdicts come with it, by what the last freezes cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk/parts/asked.h"

static struct snapshot_growth curves;

/* The limit after three freezes of that many rows that cost so much. */
static uint32_t limit(struct asked *asked, size_t rows, double a, double b, double c)
{
	const struct snapshot last = {.rows_length = rows, .growth = &curves};
	const double costs[ASKED_COSTS] = {a, b, c};
	memcpy(asked->costs, costs, sizeof costs);
	return asked_grows(asked, &last);
}

static void the_least_of_three_freezes_decides(void **unused)
{
	(void)unused;
	struct asked asked = {0};
	assert_int_equal(asked_grows(&asked, NULL), 16384);
	assert_int_equal(limit(&asked, 16000, 0.9, 0.9, 0), 16384);
	assert_int_equal(limit(&asked, 16000, 0.9, 0.9, 0.04), 16384);
	assert_int_equal(limit(&asked, 16000, 0.04, 0.9, 0.9), 16384);
	assert_int_equal(limit(&asked, 16000, 0.06, 0.9, 0.9), 8000);
	/* What was too dear is not tried again, whatever smaller heaps cost. */
	assert_int_equal(limit(&asked, 2000, 0.01, 0.01, 0.01), 8000);
	assert_int_equal(limit(&asked, 3000, 0.9, 0.9, 0.9), 1500);
}

static void small_heaps_always_have_verdicts(void **unused)
{
	(void)unused;
	struct asked asked = {0};
	assert_int_equal(limit(&asked, 1024, 9, 9, 9), 16384);
	assert_int_equal(limit(&asked, 1100, 9, 9, 9), 1024);
	assert_int_equal(limit(&asked, 1000, 9, 9, 9), 1024);
}

/* A freeze without verdicts says nothing of what they cost. */
static void what_came_without_verdicts_does_not_count(void **unused)
{
	(void)unused;
	struct asked asked = {.costs = {9, 9, 9}};
	const struct snapshot bare = {.rows_length = 16000};
	assert_int_equal(asked_grows(&asked, NULL), 16384);
	assert_int_equal(asked_grows(&asked, &bare), 16384);
	assert_int_equal(limit(&asked, 16385, 9, 9, 9), 16384);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_of_three_freezes_decides),
		cmocka_unit_test(small_heaps_always_have_verdicts),
		cmocka_unit_test(what_came_without_verdicts_does_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
