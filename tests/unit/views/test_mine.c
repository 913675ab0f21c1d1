/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Own code: which that is, and the rows that it names. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "views/row/mine.h"
#include "views/table/tree.h"

/* A program of its own sources, a library beside them and one elsewhere, libstdc++'s
 * headers, libc; a script, json, an installed package. */
static const char code[] =
	"f\t/home/ann/app/src/main.c\t10\tmain\t/home/ann/app/worker\t1\t\n"              /* 1 */
	"f\t/home/ann/app/src/net/read.c\t20\tread_all\t/home/ann/app/worker\t1\t\n"      /* 2 */
	"f\t/home/ann/app/src/x.c\t5\txmalloc\t/home/ann/app/worker\t1\tw\n"              /* 3 */
	"f\t/usr/include/c++/12/vector\t7\tstd::push\t/home/ann/app/worker\t2\t\n"        /* 4 */
	"f\t/home/ann/app/lib/list.c\t8\tlist_add\t/home/ann/app/liblist.so\t1\t\n"       /* 5 */
	"f\t/home/ann/zlib/zip.c\t9\tdeflate\t/home/ann/zlib/libz.so\t1\t\n"              /* 6 */
	"f\t/lib/libc.so\t0\tqsort\t/lib/libc.so\t0\t\n"                                  /* 7 */
	"f\t/home/bob/tool.py\t3\t<module>\t\t4\t\n"                                      /* 8 */
	"f\t/usr/lib/python3.11/json/encoder.py\t258\tencode\t\t4\t\n"                    /* 9 */
	"f\t/home/bob/.venv/lib/python3.11/site-packages/six.py\t4\tnew\t\t4\t\n"         /* 10 */
	"f\t<string>\t2\t__init__\t\t4\t\n"                                               /* 11 */
	"f\t<frozen importlib._bootstrap>\t5\tload\t\t4\t\n"                              /* 12 */
	"t\t100\tmain\n";

static const char held[] =
	"b\t0\t1\t100\t1\t3\t2\t1\n"            /* a wrapper of one's own */
	"b\t0\t1\t90\t1\t4\t2\t1\n"
	"b\t0\t1\t80\t1\t7\t5\t1\n"
	"b\t0\t1\t70\t1\t6\t2\t1\n"
	"b\t0\t1\t60\t1\t7\n"                   /* nothing of one's own */
	"b\t1\t1\t50\t1\t9\t8\n"
	"b\t1\t1\t40\t1\t10\t8\n"
	"b\t1\t1\t30\t1\t11\t8\n"
	"b\t1\t1\t20\t1\t12\n";

static void expect_mine(const struct mine *mine, struct view view, const char *want)
{
	struct snapshot *snapshot = heap_text_whole(&heap, code, held, "now");

	view.mine = mine;
	table_free(ask(&view, snapshot, NULL, want));
	heap_text_drop(snapshot);
}

static void test_rows_are_named_by_the_newest_line_of_own_code(void **state)
{
	const struct mine mine = {.on = true};

	(void)state;
	expect_mine(&mine, (struct view){.by = BY_LINENO},
		    "/home/ann/app/src/net/read.c:20 260 3\n"
		    "/home/bob/tool.py:3 120 3\n"
		    "/home/ann/app/lib/list.c:8 80 1\n"
		    "/lib/libc.so!qsort 60 1\n"
		    "<frozen importlib._bootstrap>:5 20 1\n");
	expect_mine(&mine, (struct view){.by = BY_LINENO, .raw = true, .limit = 2},
		    "/home/ann/app/src/net/read.c:20 160 2\n"
		    "/home/bob/tool.py:3 120 3\n");
}

static void test_without_it_they_are_named_as_ever(void **state)
{
	const struct mine off = {.on = false};

	(void)state;
	expect_mine(&off, (struct view){.by = BY_LINENO, .limit = 3},
		    "/lib/libc.so!qsort 140 2\n"
		    "/home/ann/app/src/net/read.c:20 100 1\n"
		    "/usr/include/c++/12/vector:7 90 1\n");
}

static void test_given_folders_hold_own_code_and_nothing_else(void **state)
{
	struct mine mine = {.on = true};

	(void)state;
	assert_true(mine_add(&mine, "/home/ann/app", "../zlib/./"));
	assert_true(mine_add(&mine, "/", "/home/bob"));
	expect_mine(&mine, (struct view){.by = BY_LINENO},
		    "/lib/libc.so!qsort 140 2\n"
		    "/home/bob/tool.py:3 120 3\n"
		    "/home/ann/app/src/net/read.c:20 100 1\n"
		    "/usr/include/c++/12/vector:7 90 1\n"
		    "/home/ann/zlib/zip.c:9 70 1\n"
		    "<frozen importlib._bootstrap>:5 20 1\n");
}

static void test_the_folder_of_an_installed_package_can_be_asked_for(void **state)
{
	struct mine mine = {.on = true};

	(void)state;
	assert_true(mine_add(&mine, "/", "/home/bob/.venv/lib/python3.11/site-packages"));
	expect_mine(&mine, (struct view){.by = BY_FUNCTION},
		    "qsort 140 2\n"
		    "read_all 100 1\n"
		    "std::push 90 1\n"
		    "deflate 70 1\n"
		    "encode 50 1\n"
		    "new 40 1\n"
		    "__init__ 30 1\n"
		    "load 20 1\n");
}

static void test_callees_first_begins_with_own_code(void **state)
{
	const struct mine mine = {.on = true};
	const struct view view = {.by = BY_TREE, .inverted = true, .mine = &mine};
	struct snapshot *snapshot = heap_text_whole(&heap, code, held, "now");
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);

	(void)state;
	assert_non_null(table);
	assert_true(tree_flatten(table, tree_walk(table, NULL, NULL), 2));
	assert_string_equal(table_row(table, 0)->key, "/home/ann/app/src/net/read.c:20");
	assert_int_equal(table_row(table, 0)->now.size, 260);
	assert_string_equal(table_row(table, 1)->key, "/home/ann/app/src/main.c:10");
	table_free(table);
	heap_text_drop(snapshot);
}

static void test_filters_look_at_own_code_unless_they_are_told_not_to(void **state)
{
	const struct mine mine = {.on = true};
	struct filter_error error;
	struct filter_list list = {.length = 1};

	(void)state;
	list.filters[0] = filter_parse("file = encoder.py", &error);
	assert_non_null(list.filters[0]);
	expect_mine(&mine, (struct view){.by = BY_LINENO, .filters = &list}, "");
	expect_mine(&mine, (struct view){.by = BY_LINENO, .filters = &list, .any_filters = true},
		    "/home/bob/tool.py:3 50 1\n");
	filter_free(list.filters[0]);
}

static void test_a_table_says_whose_code_that_is(void **state)
{
	const struct mine mine = {.on = true};
	const struct view view = {.by = BY_LINENO, .mine = &mine};
	struct snapshot *snapshot = heap_text_whole(&heap, code, held, "now");
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);
	const struct mine *found = table_mine(table, false);
	const char *folder = mine_next(found, NULL);

	(void)state;
	assert_string_equal(folder, "/home/ann/app");
	folder = mine_next(found, folder);
	assert_string_equal(folder, "/home/bob");
	assert_null(mine_next(found, folder));
	table_free(table);
	heap_text_drop(snapshot);
}

static void test_folders_have_one_way_of_writing(void **state)
{
	struct mine mine = {0};
	const char *folder = NULL;
	static const char *const want[] = {"/a/c", "/", "/home/ann", "/home/x"};

	(void)state;
	assert_true(mine_add(&mine, "/a/b", "../c//"));
	assert_true(mine_add(&mine, "/a", "../../.."));
	assert_true(mine_add(&mine, "/home/ann", "."));
	assert_true(mine_add(&mine, "/nowhere", "/home/./y/../x"));
	for (unsigned i = 0; i < 4; i++) {
		folder = mine_next(&mine, folder);
		assert_string_equal(folder, want[i]);
	}
	assert_null(mine_next(&mine, folder));
}

static void test_too_many_folders_are_refused(void **state)
{
	struct mine mine = {0};
	char name[1000];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	for (unsigned i = 0; i < 4; i++)
		assert_true(mine_add(&mine, "/", name));
	assert_false(mine_add(&mine, "/", name));
	assert_int_equal(mine.length, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_named_by_the_newest_line_of_own_code),
		cmocka_unit_test(test_without_it_they_are_named_as_ever),
		cmocka_unit_test(test_given_folders_hold_own_code_and_nothing_else),
		cmocka_unit_test(test_the_folder_of_an_installed_package_can_be_asked_for),
		cmocka_unit_test(test_callees_first_begins_with_own_code),
		cmocka_unit_test(test_filters_look_at_own_code_unless_they_are_told_not_to),
		cmocka_unit_test(test_a_table_says_whose_code_that_is),
		cmocka_unit_test(test_folders_have_one_way_of_writing),
		cmocka_unit_test(test_too_many_folders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
