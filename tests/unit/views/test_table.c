/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups, sums, diffs and drilling in, where tests/views/property.py cannot
 * ask tracemalloc: wrappers, names without lines, threads, columns, limits.
 * A table is compared as one line a row: KEY SIZE COUNT [SIZE_DIFF COUNT_DIFF].
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/table/cuts.h"
#include "views/table/table.h"

static const char frames[] =
	"f\t/src/main.c\t10\tmain\t/bin/worker\t1\t\n"                     /* 1 */
	"f\t/src/main.c\t20\twalk\t/bin/worker\t1\t\n"                     /* 2 */
	"f\t/c++/new\t5\toperator new\t/lib/libstdc++.so\t2\tw\n"          /* 3 */
	"f\t/lib/libz.so\t0\tinflate\t/lib/libz.so\t0\t\n"                 /* 4 */
	"f\t/lib/libz.so\t0\tdeflate\t/lib/libz.so\t0\t\n"                 /* 5 */
	"f\t/src/util.h\t9\tcopy<int>\t/bin/worker\t2\ti\n"                /* 6 */
	"f\t/src/util.h\t9\tcopy<char>\t/bin/worker\t2\ti\n"               /* 7 */
	"f\t/lib/libq.so\t0\t+0x1a30\t/lib/libq.so\t0\tu\n"                /* 8 */
	"t\t100\tmain\n"
	"t\t101\tpool\n"
	"t\t102\tpool\n";
static const char blocks[] =
	"b\t0\t1\t100\t1\t2\t2\t2\t1\n"         /* recursion in walk */
	"b\t0\t1\t40\t2\t3\t2\t1\n"             /* operator new < walk < main */
	"b\t0\t2\t7\t1\t4\t1\n"
	"b\t0\t3\t6\t1\t5\t1\n"
	"b\t16\t2\t5\t1\t6+1\n"
	"b\t0\t2\t3\t1\t7+1\n"
	"b\t0\t2\t2\t1\t8\t1\n"
	"b\t0\t2\t1\t1\t3\n"                    /* nothing but a wrapper */
	"F\t0\t2\t9\t900\t4\t50\t1\n"           /* all freed */
	"b\t0\t1\t1\t1\n";                      /* an empty stack */

static struct heap_text heap;

static struct snapshot *take(const char *text, const char *name)
{
	char whole[4096];

	snprintf(whole, sizeof(whole), "%s%s", frames, text);
	heap_text_begin(&heap, NULL);
	return heap_text_parse(&heap, whole, name);
}

static void drop(struct snapshot *snapshot)
{
	struct catalog *catalog = snapshot->catalog;

	snapshot_release(snapshot);
	catalog_release(catalog);
}

static void print(const struct table *table, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = table_row(table, i);

		at += (size_t)snprintf(text + at, size - at, "%s %d %d", row->key,
				       (int)row->now.size, (int)row->now.count);
		if (table->diff)
			at += (size_t)snprintf(text + at, size - at, " %+d %+d",
					       (int)row->size_diff, (int)row->count_diff);
		at += (size_t)snprintf(text + at, size - at, "\n");
	}
}

static struct table *ask(const struct view *view, struct snapshot *now, struct snapshot *old,
			 const char *want)
{
	char problem[256], text[4096];
	struct table *table = table_build(view, now, old, problem);

	assert_non_null(table);
	print(table, text, sizeof(text));
	assert_string_equal(text, want);
	return table;
}

static void expect(struct view view, const char *want)
{
	struct snapshot *snapshot = take(blocks, "now");

	table_free(ask(&view, snapshot, NULL, want));
	drop(snapshot);
}

static bool give_up(void *user)
{
	int *patience = user;

	return (*patience)-- == 0;
}

/* Whoever draws while a table is built shows the problem that there is. */
static bool sees_no_problem(void *user)
{
	assert_string_equal((const char *)user, "");
	return false;
}

/* Given up wherever it asks: no table, no problem, and the next one is whole. */
static void test_stop(void **state)
{
	struct snapshot *snapshot = take(blocks, "now");
	const enum view_key keys[] = {BY_LINENO, BY_TRACEBACK, BY_TREE};
	char shown[256] = "?";

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		int least = keys[i] == BY_TREE ? 2 : 5;

		for (int asked = 0;; asked++) {
			char problem[256] = "?";
			int patience = asked;
			struct view view = {.by = keys[i], .stop = give_up,
					    .stop_user = &patience};
			struct table *table = table_build(&view, snapshot, snapshot, problem);

			assert_string_equal(problem, "");
			assert_true(asked >= least || !table);
			if (!table)
				continue;
			assert_null(table->view.stop);
			table_free(table);
			break;
		}
	}
	expect((struct view){.by = BY_FILENAME, .limit = 1}, "/src/main.c 180 3\n");
	table_free(table_build(&(struct view){.stop = sees_no_problem, .stop_user = shown},
			       snapshot, NULL, shown));
	drop(snapshot);
}

/* Made once and then kept, in the caller's hands the same. */
static void test_rows(void **state)
{
	struct snapshot *snapshot = take(blocks, "now");
	struct table *table = table_build(&(struct view){.by = BY_LINENO}, snapshot, NULL,
					  (char[256]){0});
	const struct row *row = table_row(table, 2);
	struct row same;

	(void)state;
	table_read(table, 2, &same);
	assert_ptr_equal(table_row(table, 2), row);
	assert_ptr_equal(same.key, row->key);
	assert_true(same.index == 2 && row->index == 2);
	assert_int_equal(same.now.size, row->now.size);
	table_free(table);
	drop(snapshot);
}

static void test_keys(void **state)
{
	(void)state;
	expect((struct view){.by = BY_LINENO},
	       "/src/main.c:20 180 3\n/src/util.h:9 8 2\n/lib/libz.so!inflate 7 1\n"
	       "/lib/libz.so!deflate 6 1\n/lib/libq.so!+0x1a30 2 1\n<unknown>:0 1 1\n"
	       "/c++/new:5 1 1\n/src/main.c:10 0 0\n");
	expect((struct view){.by = BY_LINENO, .raw = true, .limit = 2},
	       "/src/main.c:20 100 1\n/c++/new:5 81 3\n");
	expect((struct view){.by = BY_FILENAME},
	       "/src/main.c 180 3\n/lib/libz.so 13 2\n/src/util.h 8 2\n/lib/libq.so 2 1\n"
	       "<unknown> 1 1\n/c++/new 1 1\n");
	expect((struct view){.by = BY_FUNCTION, .limit = 4},
	       "walk 180 3\ninflate 7 1\ndeflate 6 1\ncopy<int> 5 1\n");
	expect((struct view){.by = BY_MODULE},
	       "worker 188 5\nlibz.so 13 2\nlibq.so 2 1\nlibstdc++.so 1 1\n? 1 1\n");
	expect((struct view){.by = BY_THREAD}, "100 main 181 4\n101 pool 18 5\n102 pool 6 1\n");
	expect((struct view){.by = BY_DOMAIN}, "malloc 200 9\n16 5 1\n");
}

static void test_cumulative(void **state)
{
	(void)state;
	/* A recursive line counts a block once, but as tracemalloc does. */
	expect((struct view){.by = BY_FUNCTION, .cumulative = true, .limit = 3},
	       "main 203 8\nwalk 180 3\noperator new 81 3\n");
	expect((struct view){.by = BY_LINENO, .cumulative = true, .compat = true, .limit = 3},
	       "/src/main.c:20 380 5\n/src/main.c:10 203 8\n/c++/new:5 81 3\n");
	expect((struct view){.by = BY_FILENAME, .cumulative = true, .limit = 2},
	       "/src/main.c 203 8\n/c++/new 81 3\n");
}

static void test_traceback(void **state)
{
	struct view view = {.by = BY_TRACEBACK, .frames = 1, .limit = 2};
	struct row_frame stack[8];
	struct snapshot *snapshot = take(blocks, "now");
	struct table *table;
	enum cut cut;

	(void)state;
	/* The newest frame alone tells: operator new of walk and of nobody. */
	table = ask(&view, snapshot, NULL, "/src/main.c:20 100 1\n/c++/new:5 81 3\n");
	assert_int_equal(table->total_rows, 9);
	assert_int_equal(table_frames(table, table_row(table, 1), stack, 8), 1);
	assert_string_equal(stack[0].function, "operator new");
	assert_int_equal(table_stack(table, table_row(table, 1), stack, 8, &cut), 3);
	assert_string_equal(stack[2].function, "main");
	assert_int_equal(cut, CUT_NONE);
	table_free(table);
	view.frames = 0;
	/* A stack is named by its newest frame that is no wrapper. */
	table = ask(&view, snapshot, NULL, "/src/main.c:20 100 1\n/src/main.c:20 80 2\n");
	assert_int_equal(table_row(table, 0)->frames_length, 4);
	assert_int_equal(table_frames(table, table_row(table, 1), stack, 2), 2);
	assert_true(stack[0].wrapper);
	assert_string_equal(table_row(table, 1)->newest.function, "walk");
	table_free(table);
	drop(snapshot);
}

/* main; cut twice in the same way; cut in another; the newest frames unknown, of one stack
 * that is whole otherwise and of one of which nothing is known. */
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
	drop(snapshot);
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
		drop(snapshot);
	}
}

static void test_nframe(void **state)
{
	struct view view = {.by = BY_TRACEBACK, .limit = 1};
	struct row_frame stack[8];
	struct snapshot *snapshot = take("n\t2\nb\t0\t1\t5\t1\t2\t2\t1\nb\t0\t1\t5\t1\t2\t2\t8\n", "");
	struct table *table;
	enum cut cut;

	(void)state;
	/* Equal in the newest two frames: more are not shown. */
	table = ask(&view, snapshot, NULL, "/src/main.c:20 10 2\n");
	assert_int_equal(table_frames(table, table_row(table, 0), stack, 8), 2);
	assert_int_equal(table_stack(table, table_row(table, 0), stack, 8, &cut), 2);
	assert_int_equal(cut, CUT_NFRAME);
	assert_int_equal(table_unresolved(table, false), 1);
	table_free(table);
	drop(snapshot);
}

static void test_figures(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *snapshot = take(blocks, "now");
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);
	const struct row *freed = table_row(table, table->length - 1);

	(void)state;
	assert_int_equal(table->sum.size, 205);
	assert_int_equal(table->sum.allocations, 19);
	assert_int_equal(table->sum.total, 1105);
	assert_int_equal(table->sum.temporary, 4);
	assert_int_equal(freed->now.allocations, 9);
	assert_int_equal(freed->peak, 50);
	assert_string_equal(table_row(table, 0)->newest.function, "walk");
	/* Two functions at one line: both, the one that holds more first. */
	assert_string_equal(table_row(table, 1)->newest.function, "copy<int>, copy<char>");
	assert_int_equal(table_row(table, 1)->newest.lang, LANG_CXX);
	table_free(table);
	view.cumulative = true;
	view.by = BY_TRACEBACK;
	assert_null(table_build(&view, snapshot, NULL, problem));
	assert_string_equal(problem, "cumulative counts lines, files, functions or modules and "
				     "cannot be used by traceback");
	drop(snapshot);
}

/* The first row of a view over blocks of frames of its own. */
static void expect_first(const char *text, struct view view, bool diff, const char *function,
			 const char *file, const char *module, enum lang lang)
{
	char problem[256];
	heap_text_begin(&heap, NULL);
	struct snapshot *snapshot = heap_text_parse(&heap, text, "now"), *none;
	struct catalog *catalog = snapshot->catalog;
	none = snapshot_new(catalog, 0);
	struct table *table = table_build(&view, diff ? none : snapshot, diff ? snapshot : NULL,
					  problem);
	const struct row *row = table_row(table, 0);

	assert_int_equal(table->length, 1);
	assert_string_equal(row->newest.function, function);
	assert_string_equal(row->newest.file, file);
	assert_string_equal(row->newest.module, module);
	assert_int_equal(row->newest.lang, lang);
	table_free(table);
	snapshot_release(none);
	snapshot_release(snapshot);
	catalog_release(catalog);
}

/* What is true of some frames of a row does not stand for all of them. */
static void test_one_line_of_several_functions(void **state)
{
	static const char def[] = "f\t/s/a.py\t1\t<module>\tpython3\t4\t\n"
				  "f\t/s/a.py\t1\tf\tpython3\t4\t\n"
				  "f\t/s/a.py\t9\tmain\tpython3\t4\t\n"
				  "b\t1\t0\t150\t1\t1\nb\t1\t0\t400\t1\t2\t1\n";
	struct view view = {.by = BY_LINENO};
	char many[4096];
	size_t n = 0;

	(void)state;
	expect_first(def, view, false, "f, <module>", "/s/a.py", "python3", LANG_PYTHON);
	expect_first(def, view, true, "f, <module>", "/s/a.py", "python3", LANG_PYTHON);
	view.cumulative = true;
	expect_first(def, view, false, "f, <module>", "/s/a.py", "python3", LANG_PYTHON);
	view = (struct view){.by = BY_LINENO};
	for (int i = 0; i < 7; i++)
		n += (size_t)sprintf(many + n, "f\t/s/a.h\t1\tcopy%d\t/lib/lib%c.so\t%d\ti\n", i,
				     i < 3 ? 'a' : 'b', i < 6 ? LANG_CXX : LANG_C);
	for (int i = 0; i < 7; i++)
		n += (size_t)sprintf(many + n, "b\t0\t0\t%d\t1\t%d\n", i == 4 ? 99 : 7 - i, i + 1);
	expect_first(many, view, false, "copy4, copy0, copy1 and 4 more", "/s/a.h",
		     "libb.so, liba.so", LANG_NONE);
	/* A function of one name in two files of a module. */
	view.by = BY_FUNCTION;
	expect_first("f\t/s/a.c\t1\tinit\t/bin/w\t1\t\nf\t/s/b.c\t1\tinit\t/bin/w\t1\t\n"
		     "b\t0\t0\t5\t1\t1\nb\t0\t0\t6\t1\t2\n",
		     view, false, "init", "", "w", LANG_C);
	view.by = BY_FILENAME;
	expect_first(many, view, false, "", "/s/a.h", "libb.so, liba.so", LANG_NONE);
}

static void test_a_line_of_very_many_functions(void **state)
{
	char *text = malloc(1 << 16);
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		n += (size_t)sprintf(text + n, "f\t/s/a.h\t1\tc%03d\t/bin/w\t2\t\n", i);
	for (int i = 0; i < 200; i++)
		n += (size_t)sprintf(text + n, "b\t0\t0\t8\t1\t%d\n", i + 1);
	expect_first(text, (struct view){.by = BY_LINENO}, false, "c000, c001, c002 and many more",
		     "/s/a.h", "w", LANG_CXX);
	free(text);
}

static void test_sort(void **state)
{
	(void)state;
	expect((struct view){.by = BY_MODULE, .sort = COLUMN_COUNT, .limit = 2},
	       "worker 188 5\nlibz.so 13 2\n");
	expect((struct view){.by = BY_LINENO, .sort = COLUMN_ALLOCATIONS, .limit = 1},
	       "/src/main.c:10 0 0\n");
	expect((struct view){.by = BY_MODULE, .sort = COLUMN_LOCATION},
	       "? 1 1\nlibq.so 2 1\nlibstdc++.so 1 1\nlibz.so 13 2\nworker 188 5\n");
	expect((struct view){.by = BY_MODULE, .reverse = true},
	       "? 1 1\nlibstdc++.so 1 1\nlibq.so 2 1\nlibz.so 13 2\nworker 188 5\n");
	/* There is no difference to sort by. */
	expect((struct view){.by = BY_THREAD, .sort = COLUMN_SIZE_DIFF, .limit = 1},
	       "100 main 181 4\n");
}

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
	drop(now);
	drop(old);
}

static void test_zero_diff(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *now = take("b\t0\t1\t10\t1\t1\n", "now");

	(void)state;
	table_free(ask(&view, now, now, "/src/main.c:10 10 1 +0 +0\n"));
	drop(now);
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
	drop(snapshot);
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

static void test_row_filters(void **state)
{
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse("size>7 native", &error)}};
	struct view view = {.by = BY_LINENO, .filters = &list};
	struct snapshot *snapshot = take(blocks, "now");
	struct table *table = ask(&view, snapshot, NULL, "/src/main.c:20 180 3\n/src/util.h:9 8 2\n");
	char problem[256];

	(void)state;
	assert_int_equal(table->sum.size, 188);
	table_free(table);
	/* Cumulative: what is behind the rows that are left, each block once. */
	view.cumulative = true;
	view.by = BY_FUNCTION;
	table = table_build(&view, snapshot, NULL, problem);
	assert_int_equal(table->total_rows, 3);
	assert_int_equal(table->sum.size, 204);
	table_free(table);
	filter_free(list.filters[0]);
	drop(snapshot);
}

static void test_empty(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *snapshot = take("", "now");

	(void)state;
	for (int by = 0; by < VIEW_KEYS; by++) {
		view.by = (enum view_key)by;
		assert_int_equal(view_key_parse(view_key_name(view.by)), by);
		table_free(ask(&view, snapshot, NULL, ""));
	}
	assert_int_equal(view_key_parse("tree"), BY_TREE);
	assert_int_equal(view_key_parse("trees"), -1);
	drop(snapshot);
}

static void test_columns(void **state)
{
	(void)state;
	assert_null(column_get(COLUMN_DEFAULT));
	assert_null(column_get(COLUMNS));
	for (int id = COLUMN_DEFAULT + 1; id < COLUMNS; id++)
		assert_ptr_equal(column_find(column_get((enum column_id)id)->name),
				 column_get((enum column_id)id));
	assert_int_equal(column_find("SIZE")->id, COLUMN_SIZE);
	assert_int_equal(column_find("at peak")->id, COLUMN_PEAK);
	assert_int_equal(column_find("alloc")->id, COLUMN_ALLOCATIONS);
	assert_null(column_find("co"));
	assert_null(column_find(""));
	assert_null(column_find("colour"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_cumulative),
		cmocka_unit_test(test_traceback), cmocka_unit_test(test_nframe),
		cmocka_unit_test(test_cuts), cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_figures), cmocka_unit_test(test_one_line_of_several_functions),
		cmocka_unit_test(test_a_line_of_very_many_functions),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_diff), cmocka_unit_test(test_zero_diff),
		cmocka_unit_test(test_the_difference_of_huge_totals_stays_at_its_end),
		cmocka_unit_test(test_drill), cmocka_unit_test(test_row_filters),
		cmocka_unit_test(test_stop), cmocka_unit_test(test_empty), cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
