/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments that are named by a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "tracer/collect/recording/when.h"

static struct mark marks[] = { { 3, "warm" }, { 5, "warm" }, { 7, "" } };

static double seconds(const char *text)
{
	struct when when;

	return when_parse(text, &when) ? when_seconds(&when, 0.02, 1000, marks, 3) : -100;
}

static void test_times_are_numbers_with_units_the_largest_first(void **state)
{
	(void)state;
	assert_true(seconds("90s") == 90);
	assert_true(seconds("0.02s") == 0.02);
	assert_true(seconds("0.032s") == 0.032);
	assert_true(seconds("1h30m") == 5400);
	assert_true(seconds("5min") == 300);
	assert_true(seconds("1h30min15s") == 5415);
	assert_true(seconds("2d4h") == 2 * 86400 + 4 * 3600);
	assert_true(seconds("1d2h3m4.5s") == 86400 + 2 * 3600 + 3 * 60 + 4.5);
	assert_true(seconds("-5m") == 700);
	assert_true(seconds("-0s") == 1000);
	assert_true(seconds("-1h") < 0);
}

/* What a user calls the start is the first tick, except where the history begins late. */
static void test_the_start_is_the_first_tick(void **state)
{
	struct when when;

	(void)state;
	assert_true(seconds("0s") == 0.02);
	assert_true(seconds("-1000s") == 0.02);
	/* Before it is not the start, of which a later heap would be shown. */
	assert_true(seconds("0.01s") == 0.01);
	assert_true(seconds("0.000001s") < 0.02);
	assert_true(seconds("-999.99s") < 0.02);
	assert_true(when_parse("0s", &when));
	assert_true(when_seconds(&when, 1, 1000, marks, 3) == 0);
	assert_true(when_seconds(&when, 0, 1000, marks, 3) == 0);
}

static void test_a_mark_is_the_newest_of_its_text(void **state)
{
	(void)state;
	assert_true(seconds("mark:warm") == 5);
	assert_true(seconds("mark:") == 7);
	assert_true(seconds("mark:cold") == -1);
}

static void test_what_is_no_time_is_left_to_others(void **state)
{
	static const char *const others[] = {
		"", "-", "90", "s", "-s", "1m1h", "1m1m", "1m1min", "1mi", "1x", "1.2.3s", "1s ", "1e3s", "+5s",
		"--5s", "0x10s", "exit", "peak", "mark", "marks:x", "infs", "nans",
		"1111111111111111111111111s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_true(seconds(others[i]) == -100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_are_numbers_with_units_the_largest_first),
		cmocka_unit_test(test_the_start_is_the_first_tick),
		cmocka_unit_test(test_a_mark_is_the_newest_of_its_text),
		cmocka_unit_test(test_what_is_no_time_is_left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
