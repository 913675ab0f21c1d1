/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The call tree: shares, order, limits, row tests, diffs, both directions, its
 * text and JSON, and the rate of bytes a second.  A tree is compared as one
 * line a row: PREFIX KEY SIZE/PARENT COUNT [SIZE_DIFF] [+HIDDEN].
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/export/export.h"
#include "views/text/text.h"
#include "views/table/tree.h"

static const char frames[] =
	"f\t/s/main.c\t10\tmain\t/bin/w\t1\t\n"           /* 1 */
	"f\t/s/main.c\t20\tload\t/bin/w\t1\t\n"           /* 2 */
	"f\t/s/main.c\t30\tserve\t/bin/w\t1\t\n"          /* 3 */
	"f\t/c++/new\t5\toperator new\t/lib/c++.so\t2\tw\n" /* 4 */
	"f\t/s/put.c\t7\tput\t/bin/w\t1\t\n"              /* 5 */
	"f\t/s/get.c\t8\tget\t/bin/w\t1\t\n"              /* 6 */
	"t\t100\tmain\n";
static const char blocks[] =
	"b\t0\t1\t100\t1\t2\t1\n"               /* load */
	"b\t0\t1\t10\t3\t4\t5\t3\t1\n"          /* new < put < serve */
	"b\t0\t1\t7\t1\t4\t6\t3\t1\n"           /* new < get < serve */
	"b\t0\t1\t5\t1\t3\t1\n"                 /* serve itself */
	"b\t0\t1\t1\t1\n";                      /* no stack */

static struct heap_text heap;
static struct kept kept;

static struct snapshot *take(const char *text, const char *name)
{
	return heap_text_whole(&heap, frames, text, name);
}

static void expect_rows(struct table *table, const char *want)
{
	struct tree_walk walk = tree_walk(table, NULL, NULL);
	char text[4096] = "", prefix[64];
	struct row row;
	size_t at = 0;

	while (tree_walk_next(&walk, &row)) {
		tree_prefix(&row, 8, true, prefix, sizeof(prefix));
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %d/%d %d", prefix,
				       row.key, (int)row.now.size, (int)row.parent_size,
				       (int)row.now.count);
		if (table->diff)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %+d",
					       (int)row.size_diff);
		if (row.hidden)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " +%u", row.hidden);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\n");
	}
	assert_string_equal(text, want);
}

static struct table *build(struct view view, struct snapshot *now, struct snapshot *old)
{
	char problem[256];
	struct table *table;

	view.by = BY_TREE;
	table = table_build(&view, now, old, problem);
	assert_non_null(table);
	return table;
}

static void expect(struct view view, const char *want)
{
	struct snapshot *now = take(blocks, "now");
	struct table *table = build(view, now, NULL);

	expect_rows(table, want);
	table_free(table);
	heap_text_drop(now);
}

static void test_shape(void **state)
{
	(void)state;
	expect((struct view){0},
	       "|- /s/main.c:10 142/143 6\n"
	       "|  |- /s/main.c:20 100/142 1\n"
	       "|  `- /s/main.c:30 42/142 5\n"
	       "|     |- /s/put.c:7 30/42 3\n"
	       "|     |  /c++/new:5 30/30 3\n"
	       "|     `- /s/get.c:8 7/42 1\n"
	       "|        /c++/new:5 7/7 1\n"
	       "`- <unknown>:0 1/143 1\n");
	expect((struct view){.frames = 1, .limit = 1}, "`- /s/main.c:20 100/143 1\n");
	expect((struct view){.sort = COLUMN_LOCATION, .limit = 3},
	       "`- /s/main.c:10 142/143 6\n   |- /s/main.c:20 100/142 1\n"
	       "   `- /s/main.c:30 42/142 5 +2\n");
	expect((struct view){.reverse = true, .limit = 2},
	       "|- <unknown>:0 1/143 1\n`- /s/main.c:10 142/143 6 +2\n");
}

static void test_inverted(void **state)
{
	(void)state;
	expect((struct view){.inverted = true},
	       "|- /s/main.c:20 100/143 1\n|  /s/main.c:10 100/100 1\n"
	       "|- /s/put.c:7 30/143 3\n|  /s/main.c:30 30/30 3\n|  /s/main.c:10 30/30 3\n"
	       "|- /s/get.c:8 7/143 1\n|  /s/main.c:30 7/7 1\n|  /s/main.c:10 7/7 1\n"
	       "|- /s/main.c:30 5/143 1\n|  /s/main.c:10 5/5 1\n`- <unknown>:0 1/143 1\n");
	expect((struct view){.inverted = true, .raw = true, .limit = 4},
	       "|- /s/main.c:20 100/143 1\n|  /s/main.c:10 100/100 1\n"
	       "`- /c++/new:5 37/143 4 +1\n   `- /s/put.c:7 30/37 3 +1\n");
}

static bool first_levels(void *user, const struct row *row)
{
	return row->depth < *(unsigned *)user;
}

/* Nodes come as they are opened; a row knows before whether there are any, and
 * which stacks are behind it. */
static void test_lazy(void **state)
{
	struct snapshot *now = take(blocks, "now");
	struct table *table = build((struct view){.inverted = true, .raw = true}, now, NULL);
	struct table *drilled;
	unsigned levels = 1;
	char problem[256];

	(void)state;
	assert_true(table->total_rows == TABLE_MANY);
	assert_true(tree_flatten(table, tree_walk(table, first_levels, &levels), SIZE_MAX));
	assert_int_equal(table->length, 4);
	assert_string_equal(table_row(table, 1)->key, "/c++/new:5");
	assert_true(table_row(table, 1)->children && !table_row(table, 1)->open);
	assert_int_equal(table_row(table, 3)->children, 0);
	drilled = table_drill(table, table_row(table, 1), problem);
	assert_int_equal(drilled->length, 2);
	assert_int_equal(drilled->sum.size, 37);
	table_free(drilled);
	levels = 2;
	assert_true(tree_flatten(table, tree_walk(table, first_levels, &levels), SIZE_MAX));
	assert_int_equal(table_row(table, 2)->children, 2);
	assert_string_equal(table_row(table, 4)->key, "/s/get.c:8");
	drilled = table_drill(table, table_row(table, 4), problem);
	assert_int_equal(drilled->length, 1);
	assert_int_equal(drilled->sum.size, 7);
	table_free(drilled);
	table_free(table);
	heap_text_drop(now);
}

/* The ends of a limited tree are those that come first of all. */
static void test_limit(void **state)
{
	(void)state;
	expect((struct view){.limit = 4},
	       "`- /s/main.c:10 142/143 6\n   |- /s/main.c:20 100/142 1\n"
	       "   `- /s/main.c:30 42/142 5 +1\n      `- /s/put.c:7 30/42 3 +1\n");
}

static void test_filters(void **state)
{
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse("size < 10", &error)}};
	struct snapshot *now = take(blocks, "now");
	struct table *table = build((struct view){.filters = &list}, now, NULL);

	(void)state;
	/* What leads to a row stays, with what it holds. */
	expect_rows(table, "|- /s/main.c:10 142/143 6\n|  /s/main.c:30 42/142 5\n"
			   "|  /s/get.c:8 7/42 1\n|  /c++/new:5 7/7 1\n`- <unknown>:0 1/143 1\n");
	table_free(table);
	filter_free(list.filters[0]);
	list.filters[0] = filter_parse("any.function=put", &error);
	table = build((struct view){.filters = &list}, now, NULL);
	expect_rows(table, "/s/main.c:10 30/30 3\n/s/main.c:30 30/30 3\n"
			   "/s/put.c:7 30/30 3\n/c++/new:5 30/30 3\n");
	table_free(table);
	filter_free(list.filters[0]);
	heap_text_drop(now);
}

static void test_diff(void **state)
{
	struct snapshot *now = take(blocks, "now");
	struct snapshot *old = take("b\t0\t1\t100\t1\t2\t1\nb\t0\t1\t50\t1\t6\t1\n", "old");
	struct table *table = build((struct view){0}, now, old);

	(void)state;
	expect_rows(table, "|- /s/main.c:10 142/143 6 -8\n"
			   "|  |- /s/get.c:8 0/142 0 -50\n"
			   "|  |- /s/main.c:30 42/142 5 +42\n"
			   "|  |  |- /s/put.c:7 30/42 3 +30\n"
			   "|  |  |  /c++/new:5 30/30 3 +30\n"
			   "|  |  `- /s/get.c:8 7/42 1 +7\n"
			   "|  |     /c++/new:5 7/7 1 +7\n"
			   "|  `- /s/main.c:20 100/142 1 +0\n"
			   "`- <unknown>:0 1/143 1 +1\n");
	table_free(table);
	heap_text_drop(now);
	heap_text_drop(old);
}

/* Rows of a closed row, drilling in, and paths that outlive their table. */
static void test_rows(void **state)
{
	struct snapshot *now = take(blocks, "now");
	struct table *table = build((struct view){0}, now, NULL), *drilled;
	unsigned levels = 2;
	char problem[256];
	uint64_t path;

	(void)state;
	assert_int_equal(table->total_rows, 8);
	assert_int_equal(table->length, 0);
	assert_true(tree_flatten(table, tree_walk(table, first_levels, &levels), SIZE_MAX));
	assert_int_equal(table->length, 4);
	assert_string_equal(table_row(table, 2)->key, "/s/main.c:30");
	assert_int_equal(table_row(table, 2)->hidden, 2);
	assert_false(table_row(table, 2)->open);
	path = table_row(table, 2)->path;
	drilled = table_drill(table, table_row(table, 2), problem);
	assert_non_null(drilled);
	assert_int_equal(drilled->length, 3);
	assert_int_equal(drilled->sum.size, 42);
	table_free(drilled);
	assert_true(tree_flatten(table, tree_walk(table, NULL, NULL), 3));
	assert_int_equal(table->length, 3);
	table_free(table);
	table = build((struct view){.sort = COLUMN_LOCATION}, now, NULL);
	assert_true(tree_flatten(table, tree_walk(table, NULL, NULL), SIZE_MAX));
	assert_int_equal(table_row(table, 2)->path, path);
	assert_int_not_equal(table_row(table, 1)->path, path);
	table_free(table);
	heap_text_drop(now);
}

static bool give_up(void *user)
{
	int *patience = user;

	return (*patience)-- == 0;
}

/* Row tests, sorting and laying out ask too; what was given up is asked for anew. */
static void test_stop(void **state)
{
	struct snapshot *now = take(blocks, "now");
	struct filter_error error;
	struct filter_list tests = {.filters = {filter_parse("size > 1", &error)}, .length = 1};
	int asked = 0, patience = 0;
	struct view view = {.by = BY_TREE, .inverted = true, .filters = &tests,
			    .stop = give_up, .stop_user = &patience};
	struct table *table;
	char problem[256];

	(void)state;
	while (!(table = table_build(&view, now, NULL, problem))) {
		assert_string_equal(problem, "");
		patience = ++asked;
	}
	assert_true(asked >= 2);
	table->view.stop = give_up;
	table->view.stop_user = &patience;
	for (asked = patience = 0; !tree_flatten(table, tree_walk(table, NULL, NULL), SIZE_MAX);)
		patience = ++asked;
	assert_true(asked >= 2);
	assert_int_equal(table->length, table->total_rows);
	table_free(table);
	filter_free(tests.filters[0]);
	heap_text_drop(now);
}

static void test_empty(void **state)
{
	struct snapshot *now = take("", "now");
	struct table *table = build((struct view){0}, now, NULL);

	(void)state;
	expect_rows(table, "");
	assert_true(tree_flatten(table, tree_walk(table, NULL, NULL), SIZE_MAX));
	assert_int_equal(table->length, 0);
	table_free(table);
	heap_text_drop(now);
}

static const char *printed(const struct table *table, int (*print)(const struct table *,
							   struct sink *))
{
	struct sink sink = {.write = kept_write, .user = &kept};

	free(kept.text);
	kept = (struct kept){0};
	assert_int_equal(print(table, &sink), 0);
	return kept.text;
}

static int print_text(const struct table *table, struct sink *sink)
{
	return text_table(table, NULL, NULL, sink);
}

static int print_json(const struct table *table, struct sink *sink)
{
	static struct program program;
	struct provenance origin = {.file = "", .program = &program};

	return export_json(table, &origin, NULL, sink);
}

static void test_formats(void **state)
{
	struct snapshot *now = take(blocks, "now");
	struct table *table = build((struct view){.limit = 4}, now, NULL);

	(void)state;
	assert_string_equal(
		printed(table, print_text),
		"memory by tree, at now (00:00:00), 4 of 8 rows\n"
		"callers first: a row holds all that was allocated there and in what it called\n\n"
		" size     %  share  count  allocations   peak  location\n"
		"142 B  99.3   99.3      6            6  142 B  └─ /s/main.c:10  main\n"
		"100 B  69.9   70.4      1            1  100 B     ├─ /s/main.c:20  load\n"
		" 42 B  29.4   29.6      5            5   42 B     └─ /s/main.c:30  serve"
		"  (1 more beneath)\n"
		" 30 B  21.0   71.4      3            3   30 B        └─ /s/put.c:7  put"
		"  (1 more beneath)\n\n"
		"total: 143 B in 7 blocks; ever 143 B in 7 allocations, 0 temporary\n");
	assert_string_equal(printed(table, export_csv),
			    "key,size,count,average,total,allocations,temporary,peak,age,oldest,depth,cut,file,"
			    "line,function,module\n"
			    "/s/main.c:10,142,6,23.666666666666668,142,6,0,142,,,1,,/s/main.c,10,main,w\n"
			    "/s/main.c:20,100,1,100.0,100,1,0,100,,,2,,/s/main.c,20,load,w\n"
			    "/s/main.c:30,42,5,8.4,42,5,0,42,,,2,,/s/main.c,30,serve,w\n"
			    "/s/put.c:7,30,3,10.0,30,3,0,30,,,3,,/s/put.c,7,put,w\n");
	table_free(table);
	table = build((struct view){.frames = 1, .limit = 1}, now, NULL);
	assert_non_null(strstr(printed(table, print_json),
			       "\"by\": \"tree\", \"cumulative\": true, \"filter\": [],\n"
			       " \"tree\": [\n  {\"key\": \"/s/main.c:20\", \"size\": 100, "));
	assert_non_null(strstr(kept.text, "\"line\": 20, \"function\": \"load\", \"module\": \"w\", "
					  "\"lang\": \"c\"}], \"cut\": null, \"children\": []}]}\n"));
	table_free(table);
	table = build((struct view){.inverted = true, .limit = 4}, now, NULL);
	assert_non_null(strstr(printed(table, print_text), " (00:00:00), the first 4 rows\n"));
	table_free(table);
	table = build((struct view){.inverted = true, .limit = 11}, now, NULL);
	assert_non_null(strstr(printed(table, print_text), "now (00:00:00)\n"));
	assert_int_equal(table->total_rows, 11);
	free(kept.text);
	table_free(table);
	heap_text_drop(now);
}

/* The same heap twice, with more in it and rows that were not there. */
static void test_rate(void **state)
{
	static const char more[] = "b\t0\t1\t30\t1\t2\t1\nb\t0\t1\t80\t1\t5\t1\n"
				   "b\t0\t1\t20\t1\t3\t1\n";
	struct snapshot *before = take("b\t0\t1\t100\t1\t2\t1\nb\t0\t1\t60\t1\t3\t1\n", "");
	struct snapshot *now = heap_text_parse(&heap, more, "now");
	struct view view = {.by = BY_LINENO, .before = before, .sort = COLUMN_RATE};
	char problem[256], text[64];
	struct table *table;

	(void)state;
	before->time = 10;
	now->time = 12;
	table = table_build(&view, now, NULL, problem);
	assert_true(table->seconds == 2);
	assert_string_equal(table_row(table, 0)->key, "/s/put.c:7");
	assert_true(table_row(table, 0)->rate == 40);
	column_get(COLUMN_RATE)->text(table, table_row(table, 0), text, sizeof(text));
	assert_string_equal(text, "+40 B");
	assert_true(table_row(table, 1)->rate == -20 && table_row(table, 2)->rate == -35);
	table_free(table);
	/* A moment of the history has its rows in another order. */
	struct snapshot_row first = before->rows[0];
	before->rows[0] = before->rows[1];
	before->rows[1] = first;
	before->kind = MOMENT_TICK;
	table = table_build(&view, now, NULL, problem);
	assert_true(table->seconds == 2 && table_row(table, 0)->rate == 40);
	assert_true(table_row(table, 1)->rate == -20 && table_row(table, 2)->rate == -35);
	table_free(table);
	/* Of two runs, or of none: no rate. */
	now->time = 9;
	table = table_build(&view, now, NULL, problem);
	assert_true(table->seconds == 0);
	assert_false(column_shown(column_get(COLUMN_RATE), table));
	table_free(table);
	now->time = 12;
	view.before = NULL;
	table = table_build(&view, now, before, problem);
	assert_true(table->seconds == 2 && table_row(table, 0)->rate == 40);
	table_free(table);
	snapshot_release(before);
	heap_text_drop(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),    cmocka_unit_test(test_inverted),
		cmocka_unit_test(test_limit),    cmocka_unit_test(test_filters),
		cmocka_unit_test(test_lazy),
		cmocka_unit_test(test_diff),     cmocka_unit_test(test_rows),
		cmocka_unit_test(test_stop),     cmocka_unit_test(test_empty),
		cmocka_unit_test(test_formats),  cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
