/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A memory ceiling for each test, with Check: the checked fixture resets the peak before
 * a test, and compares it with the ceiling afterwards.
 *
 * 	cc -g test_check.c $(pkg-config --libs check) && memtop check -- ./a.out
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "share/include/memtop.h"

#define CEILING (5u << 20)

static void reset(void)
{
	memtop_reset_peak();
}

/* Without memtop the call returns -ENOSYS, and the test's own result stands. */
static void judge(void)
{
	char message[1024];

	if (memtop_ceiling(CEILING, message, sizeof(message)) == 1)
		ck_abort_msg("%s", message);
}

static void build_report(unsigned rows)
{
	char **report = calloc(rows, sizeof(*report));

	for (unsigned i = 0; report && i < rows; i++) {
		report[i] = malloc(1024);
		memset(report[i], 'x', 1024);
	}
	for (unsigned i = 0; report && i < rows; i++)
		free(report[i]);
	free(report);
}

START_TEST(report_stays_under_5mb)
{
	build_report(2000);
}
END_TEST

START_TEST(ten_times_as_many)
{
	build_report(20000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tests = tcase_create("ceiling");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, reset, judge);
	tcase_add_test(tests, report_stays_under_5mb);
	tcase_add_test(tests, ten_times_as_many);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
