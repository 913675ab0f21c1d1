/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stacks that are cut: where and why frames are missing, in tables and over all. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "views/table/cuts.h"

/* main; cut twice in the same way; cut in another; the newest frames unknown, of one
 * stack that is whole otherwise and of one of which nothing is known. */
static const char cuts[] =
	"b\t0\t1\t100\t1\t2\t1\n"
	"b\t0\t1\t10\t1\t2\t!jit\n"
	"b\t0\t1\t7\t1\t4\t2\t!jit\n"
	"b\t0\t1\t5\t1\t2\t!coroutine\n"
	"b\t0\t1\t3\t1\t!table-full\t2\t1\n"
	"b\t0\t1\t1\t1\t!table-full\n";

static void expect_cut(struct view view, const char *rows, uint64_t jit, uint64_t coroutine,
		       uint64_t full)
{
	struct snapshot *snapshot = take(cuts, "now");
	struct table *table = ask(&view, snapshot, NULL, rows);

	assert_int_equal(table->cut[CUT_JIT].size, jit);
	assert_int_equal(table->cut[CUT_COROUTINE].total, coroutine);
	assert_int_equal(table->cut[CUT_FULL].size, full);
	assert_int_equal(cuts_sum(table).size, jit + coroutine + full);
	table_free(table);
	heap_text_drop(snapshot);
}

/* A reason is no frame: rows are those of the frames that are there, and the bytes on cut
 * stacks are counted where their figures may be wrong. */
static void test_cuts(void **state)
{
	struct filter_error error;
	struct filter_list small = {.length = 1, .filters = {filter_parse("size < 100", &error)}};
	struct filter_list named = {.length = 1, .filters = {filter_parse("inflate", &error)}};

	(void)state;
	expect_cut((struct view){.by = BY_LINENO},
		   "/src/main.c:20 118 4\n/lib/libz.so!inflate 7 1\n<unknown>:0 1 1\n", 0, 0, 4);
	expect_cut((struct view){.by = BY_LINENO, .filters = &small},
		   "/lib/libz.so!inflate 7 1\n<unknown>:0 1 1\n", 0, 0, 1);
	expect_cut((struct view){.by = BY_LINENO, .cumulative = true},
		   "/src/main.c:20 125 5\n/src/main.c:10 103 2\n/lib/libz.so!inflate 7 1\n"
		   "<unknown>:0 1 1\n", 17, 5, 4);
	expect_cut((struct view){.by = BY_TRACEBACK},
		   "/src/main.c:20 103 2\n/src/main.c:20 15 2\n/lib/libz.so!inflate 7 1\n"
		   "<unknown>:0 1 1\n", 17, 5, 4);
	expect_cut((struct view){.by = BY_TRACEBACK, .filters = &small},
		   "/src/main.c:20 15 2\n/lib/libz.so!inflate 7 1\n<unknown>:0 1 1\n", 17, 5, 1);
	expect_cut((struct view){.by = BY_TRACEBACK, .filters = &named},
		   "/lib/libz.so!inflate 7 1\n", 7, 0, 0);
	expect_cut((struct view){.by = BY_THREAD}, "100 main 126 6\n", 0, 0, 0);
	filter_free(small.filters[0]);
	filter_free(named.filters[0]);
}

/* Why each row's stack is cut; a stack deeper than nframe is cut there. */
static void test_reasons(void **state)
{
	static const enum cut whole[] = {CUT_NONE, CUT_JIT, CUT_JIT, CUT_FULL};
	static const enum cut one[] = {CUT_NFRAME, CUT_NFRAME, CUT_FULL};
	struct view view = {.by = BY_TRACEBACK};
	char text[512], problem[256];

	(void)state;
	for (unsigned nframe = 0; nframe < 2; nframe++) {
		snprintf(text, sizeof(text), "n\t%u\n%s", nframe ? 1 : 64, cuts);
		struct snapshot *snapshot = take(text, "now");
		struct table *table = table_build(&view, snapshot, NULL, problem);

		assert_int_equal(table->length, nframe ? 3 : 4);
		for (size_t i = 0; i < table->length; i++)
			assert_int_equal(cuts_why(table, table_row(table, i)),
					 nframe ? one[i] : whole[i]);
		table_free(table);
		heap_text_drop(snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
