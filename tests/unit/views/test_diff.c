/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of the difference of two snapshots, and the stacks behind a row of one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"

/* The same program, another run: other ids, other threads, one thread more. */
static void test_diff(void **state)
{
	static const char other[] =
		"f\t/src/main.c\t10\tmain\t/bin/worker\t1\t\n"
		"f\t/lib/libz.so\t0\tinflate\t/lib/libz.so\t0\t\n"
		"f\t/src/gone.c\t1\tgone\t/bin/worker\t1\t\n"
		"t\t900\tpool\nt\t901\tpool\nt\t902\tpool\nt\t903\tmain\n"
		"b\t0\t1\t10\t1\t2\t1\nb\t0\t4\t4\t2\t3\t1\nb\t0\t2\t1\t1\t2\t1\n"
		"b\t0\t3\t7\t1\t1\n";
	struct view view = {.by = BY_LINENO, .limit = 5};
	struct snapshot *now = take(blocks, "now"), *old;
	struct table *table;

	(void)state;
	heap_text_begin(&heap, NULL);
	old = heap_text_parse(&heap, other, "old");
	table = ask(&view, now, old,
		    "/src/main.c:20 180 3 +180 +3\n/src/util.h:9 8 2 +8 +2\n"
		    "/src/gone.c:1 0 0 -8 -2\n/src/main.c:10 0 0 -7 -1\n"
		    "/lib/libz.so!deflate 6 1 +6 +1\n");
	assert_int_equal(table->total_rows, 9);
	assert_int_equal(table->old_sum, 26);
	assert_int_equal(table->old_count, 5);
	assert_true(table_row(table, 2)->from_old);
	assert_string_equal(table_row(table, 2)->newest.function, "gone");
	table_free(table);
	/* Threads of two runs match by name and place. */
	view.by = BY_THREAD;
	table_free(ask(&view, now, old, "100 main 181 4 +173 +2\n101 pool 18 5 +8 +4\n"
					"902 pool 0 0 -7 -1\n102 pool 6 1 +5 +0\n"));
	view.by = BY_TRACEBACK;
	view.limit = 1;
	view.reverse = true;
	table = ask(&view, now, old, "/c++/new:5 1 1 +1 +1\n");
	table_free(table);
	heap_text_drop(now);
	heap_text_drop(old);
}

static void test_zero_diff(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *now = take("b\t0\t1\t10\t1\t1\n", "now");

	(void)state;
	table_free(ask(&view, now, now, "/src/main.c:10 10 1 +0 +0\n"));
	heap_text_drop(now);
}

/* A damaged recording's sums may lie further apart than a signed number can say. */
static void test_the_difference_of_huge_totals_stays_at_its_end(void **state)
{
	(void)state;
	struct table table = {
		.sum = {.size = UINT64_MAX, .count = 1}, .old_sum = INT64_MAX, .old_count = 3};
	assert_int_equal(table_size_diff(&table), INT64_MAX);
	assert_int_equal(table_count_diff(&table), -2);
	table.sum.size = 0;
	table.old_sum = (uint64_t)INT64_MAX + 1;
	assert_int_equal(table_size_diff(&table), -INT64_MAX);
}

static void drill(struct view view, size_t number, const char *want)
{
	struct snapshot *snapshot = take(blocks, "now");
	char problem[256], text[4096];
	struct table *table = table_build(&view, snapshot, NULL, problem), *drilled;

	drilled = table_drill(table, table_row(table, number), problem);
	assert_non_null(drilled);
	assert_int_equal(drilled->view.by, BY_TRACEBACK);
	print(drilled, text, sizeof(text));
	assert_string_equal(text, want);
	/* Its texts live without the table that it came from. */
	table_free(table);
	for (size_t i = 0; i < drilled->length; i++) {
		struct row_frame stack[8];

		assert_true(table_frames(drilled, table_row(drilled, i), stack, 8) > 0);
		assert_non_null(strchr("/<", stack[0].file[0]));
	}
	table_free(drilled);
	heap_text_drop(snapshot);
}

static void test_drill(void **state)
{
	(void)state;
	drill((struct view){.by = BY_LINENO}, 0, "/src/main.c:20 100 1\n/src/main.c:20 80 2\n");
	drill((struct view){.by = BY_LINENO}, 5, "<unknown>:0 1 1\n");
	drill((struct view){.by = BY_FILENAME, .cumulative = true}, 1,
	      "/src/main.c:20 80 2\n/c++/new:5 1 1\n");
	drill((struct view){.by = BY_THREAD}, 2, "/lib/libz.so!deflate 6 1\n");
	drill((struct view){.by = BY_DOMAIN}, 1, "/src/util.h:9 5 1\n");
	drill((struct view){.by = BY_TRACEBACK, .frames = 1}, 1,
	      "/src/main.c:20 80 2\n/c++/new:5 1 1\n");
	drill((struct view){.by = BY_MODULE}, 1,
	      "/lib/libz.so!inflate 7 1\n/lib/libz.so!deflate 6 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_zero_diff),
		cmocka_unit_test(test_the_difference_of_huge_totals_stays_at_its_end),
		cmocka_unit_test(test_drill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
