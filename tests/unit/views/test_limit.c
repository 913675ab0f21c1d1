/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits: what is read, what is refused and where, and which side equal is on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "views/filter/limit.h"

static void bounds(void **state)
{
	struct filter_error error;
	uint64_t bound;

	(void)state;
	assert_int_equal(limit_parse_bound(LIMIT_PEAK, "5M", &bound, &error), 0);
	assert_int_equal(bound, 5 << 20);
	assert_int_equal(limit_parse_bound(LIMIT_ALLOCS, "20K", &bound, &error), 0);
	assert_int_equal(bound, 20000);
	assert_int_equal(limit_parse_bound(LIMIT_EXIT_BLOCKS, "1.5M", &bound, &error), 0);
	assert_int_equal(bound, 1500000);
	assert_int_equal(limit_parse_bound(LIMIT_ALLOCS, "x", &bound, &error), -1);
	assert_non_null(strstr(error.text, "not a number of blocks"));
	assert_int_equal(limit_parse_bound(LIMIT_TOTAL, "5 M", &bound, &error), -1);
	assert_non_null(strstr(error.text, "not a size"));
}

static void last_of_a_figure_wins(void **state)
{
	struct limit_list list = { 0 };
	struct filter_error error;

	(void)state;
	assert_int_equal(limits_set(&list, LIMIT_PEAK, "1M", &error), 0);
	assert_int_equal(limits_add_ceiling(&list, "x: peak < 2M", &error), 0);
	assert_int_equal(limits_set(&list, LIMIT_PEAK, "3M", &error), 0);
	assert_int_equal(list.length, 2);
	assert_int_equal(list.limits[0].bound, 3 << 20);
	assert_false(limit_broken(&list.limits[0], 3 << 20));
	assert_true(limit_broken(&list.limits[0], (3 << 20) + 1));
	assert_true(limit_broken(&list.limits[1], 2 << 20));
	assert_false(limit_broken(&list.limits[1], (2 << 20) - 1));
	limits_free(&list);
}

static void ceilings(void **state)
{
	struct limit_list list = { 0 };
	struct filter_error error;

	(void)state;
	assert_int_equal(limits_add_ceiling(&list, "+*/a.c:12 -*b*:  exit-blocks<=7 ", &error), 0);
	assert_string_equal(filter_text(list.limits[0].filter), "+*/a.c:12 -*b*");
	assert_int_equal(list.limits[0].figure, LIMIT_EXIT_BLOCKS);
	assert_int_equal(list.limits[0].bound, 7);
	assert_false(list.limits[0].below);
	for (unsigned i = 1; i < LIMITS_MAX; i++)
		assert_int_equal(limits_add_ceiling(&list, "x: total < 2", &error), 0);
	assert_int_equal(limits_add_ceiling(&list, "x: total < 2", &error), -1);
	assert_non_null(strstr(error.text, "more than 32 limits"));
	limits_free(&list);
}

static void refused(const char *text, size_t offset, const char *part)
{
	struct limit_list list = { 0 };
	struct filter_error error = { 0 };

	assert_int_equal(limits_add_ceiling(&list, text, &error), -1);
	if (!strstr(error.text, part) || error.offset != offset)
		fail_msg("'%s' said '%s' at %zu", text, error.text, error.offset);
	assert_int_equal(list.length, 0);
}

static void refusals(void **state)
{
	char text[2000];

	(void)state;
	refused("peak < 5M", 9, "expected EXPR: FIGURE < VALUE");
	refused("x: size < 5M", 3, "expected a figure: one of peak, exit");
	refused("x: peak > 5M", 8, "expected < or <=");
	refused("x: peak < 5Q", 10, "not a size");
	refused("x: allocs < 5M!", 12, "not a number of blocks");
	refused("x: peak < 0", 10, "nothing is less than 0");
	refused("size > 3: peak < 5", 0, "tests of figures");
	refused("any.type = list: peak < 5", 0, "only single moments know");
	refused("file = : peak < 5", 7, "");
	memset(text, 'x', sizeof(text));
	strcpy(text + sizeof(text) - 12, ": peak < 5M");
	refused(text, 0, "longer than");
}

/* A filter is optional and may test figures of rows, since it is rows that leak. */
static void leaking(void **state)
{
	struct limit_list list = { 0 };
	struct filter_error error;

	(void)state;
	assert_int_equal(limits_add_leaking(&list, NULL, &error), 0);
	assert_int_equal(limits_add_leaking(&list, "", &error), 0);
	assert_int_equal(limits_add_leaking(&list, "file = a.c size > 1M", &error), 0);
	assert_int_equal(list.length, 3);
	assert_null(list.limits[0].filter);
	assert_string_equal(list.limits[0].text, "");
	assert_null(list.limits[1].filter);
	assert_string_equal(filter_text(list.limits[2].filter), "file = a.c size > 1M");
	assert_string_equal(limit_figure_name(list.limits[2].figure), "leaking");
	assert_true(limit_broken(&list.limits[2], 1));
	assert_false(limit_broken(&list.limits[2], 0));
	assert_int_equal(limits_add_leaking(&list, "count_diff > 1", &error), -1);
	assert_non_null(strstr(error.text, "count_diff is a figure of diffs"));
	assert_int_equal(limits_add_leaking(&list, "line >", &error), -1);
	assert_int_equal(limits_add_ceiling(&list, "x: leaking < 2", &error), -1);
	for (unsigned i = 3; i < LIMITS_MAX; i++)
		assert_int_equal(limits_add_leaking(&list, NULL, &error), 0);
	assert_int_equal(limits_add_leaking(&list, "x", &error), -1);
	limits_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds),
		cmocka_unit_test(last_of_a_figure_wins),
		cmocka_unit_test(ceilings),
		cmocka_unit_test(refusals),
		cmocka_unit_test(leaking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
