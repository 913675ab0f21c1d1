/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How near a ceiling is, in words. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>
#include "views/format/outlook.h"

static const char *when(double now, double earliest, double latest)
{
	static char text[OUTLOOK_MAX];
	const struct ceiling ceiling = { .earliest = earliest, .latest = latest };

	outlook_when(&ceiling, now, text);
	return text;
}

static void test_a_range_is_in_whole_units(void **state)
{
	(void)state;
	assert_string_equal(when(100, 0, 0), "");
	assert_string_equal(when(100, 100, 100), "full");
	assert_string_equal(when(100, 90, 99), "full");
	assert_string_equal(when(100, 90, 103.5), "full in 0 to 4 s");
	assert_string_equal(when(100, 130.9, 180.1), "full in 30 to 81 s");
	assert_string_equal(when(0, 60, 60), "full in 60 s");
	assert_string_equal(when(0, 118, 119.5), "full in 118 to 120 s");
	assert_string_equal(when(0, 119, 120), "full in 1 to 2 min");
	assert_string_equal(when(0, 2 * 3600 + 5, 4.2 * 3600), "full in 2 to 5 h");
	assert_string_equal(when(0, 100000, 1000000), "full in 1 to 12 d");
	assert_string_equal(when(0, 1, 1e300), "");
}

static void test_shares(void **state)
{
	const struct ceiling ceiling = { .kind = CEILING_MEMORY_MAX,
					 .bytes = UINT64_C(512) << 20,
					 .used = UINT64_C(128) << 20,
					 .most = (UINT64_C(512) << 20) - 1 };
	const struct ceiling over = { .bytes = 1000, .used = 1100 };
	char text[OUTLOOK_MAX];

	(void)state;
	outlook_share(&ceiling, false, text);
	assert_string_equal(text, "25.0 % of 512 MiB");
	outlook_share(&ceiling, true, text);
	assert_string_equal(text, "99.9 % of 512 MiB");
	outlook_share(&over, false, text);
	assert_string_equal(text, "110 % of 1000 B");
}

static void test_labels(void **state)
{
	(void)state;
	assert_string_equal(outlook_label(CEILING_MEMORY_MAX), "cgroup");
	assert_string_equal(outlook_label(CEILING_LIMIT_IN_BYTES), "cgroup");
	assert_string_equal(outlook_label(CEILING_MEMORY_HIGH), "cgroup high");
	assert_string_equal(outlook_label(CEILING_AS), "RLIMIT_AS");
	assert_string_equal(outlook_label(CEILING_MACHINE), "machine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_range_is_in_whole_units),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
