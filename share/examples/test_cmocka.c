/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A memory ceiling for each test, with cmocka: the fixture resets the peak before a test,
 * and compares it with the ceiling afterwards.
 *
 * 	cc -g test_cmocka.c -lcmocka && memtop check -- ./a.out
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "share/include/memtop.h"

static int reset(void **state)
{
	(void)state;
	memtop_reset_peak();
	return 0;
}

/* Without memtop the call returns -ENOSYS, and the test's own result stands. */
static int judge(void **state)
{
	const uint64_t *ceiling = *state;
	char message[1024];

	if (memtop_ceiling(*ceiling, message, sizeof(message)) != 1)
		return 0;
	print_error("%s\n", message);
	return -1;
}

#define TEST_WITH_CEILING(test, bytes) \
	cmocka_unit_test_prestate_setup_teardown(test, reset, judge, &(uint64_t){bytes})

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

static void report_stays_under_5mb(void **state)
{
	(void)state;
	build_report(2000);
}

static void ten_times_as_many(void **state)
{
	(void)state;
	build_report(20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH_CEILING(report_stays_under_5mb, 5u << 20),
		TEST_WITH_CEILING(ten_times_as_many, 5u << 20),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
