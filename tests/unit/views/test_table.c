/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups, sums, order and limits, where tests/views/property.py cannot ask tracemalloc:
 * wrappers, names without lines, threads, columns.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "views/table/by_type.h"
#include "views/table/table_members.h"
#include "views/table/tree.h"

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
	heap_text_drop(snapshot);
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
	heap_text_drop(snapshot);
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

/* All keys that need no look at the heap. */
static void test_each_key_names_its_rows_and_finds_their_stacks(void **state)
{
	struct snapshot *snapshot = take(blocks, "now");

	(void)state;
	for (int by = 0; by < VIEW_KEYS; by++) {
		struct view view = {.by = (enum view_key)by};
		struct table *table, *drilled;
		char problem[256];

		if (by_type_splits(view.by))
			continue;
		table = table_build(&view, snapshot, NULL, problem);
		for (size_t i = 0; i < table->length; i++) {
			assert_string_not_equal(table_row(table, i)->key, "");
			drilled = table_drill(table, table_row(table, i), problem);
			assert_int_equal(drilled->sum.total, table_row(table, i)->now.total);
			table_free(drilled);
		}
		assert_true(table->length > 1 || by == BY_TREE);
		table_free(table);
	}
	heap_text_drop(snapshot);
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
	heap_text_drop(snapshot);
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
	heap_text_drop(snapshot);
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
	view.by = BY_TREE;
	assert_null(table_build(&view, snapshot, NULL, problem));
	assert_string_equal(problem, "a tree is cumulative as it is, since each row holds what "
				     "was allocated in all that it called: leave --cumulative out");
	heap_text_drop(snapshot);
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
	heap_text_drop(snapshot);
}

static bool every_row(void *user, const struct row *row)
{
	(void)user;
	(void)row;
	return true;
}

/* What the members of each row hold, each of them once. */
static void add_members(const struct members *members, const uint32_t *numbers, size_t n,
			uint64_t *sums)
{
	const struct snapshot *now = members_snapshot(members);
	struct member_sets sets;

	assert_true(members_sets(members, numbers, n, &sets));
	for (size_t i = 0; i < now->rows_length; i++)
		for (uint32_t at = sets.of[i]; at; at = sets.sets[at].parent)
			sums[sets.sets[at].place] += now->rows[i].figures->now.size;
	member_sets_free(&sets);
}

/* It is what the row holds, after the table has gone. */
static void test_members_of(struct view view, uint32_t nframe, bool diff)
{
	struct snapshot *snapshot = take(blocks, "now"), *old = take(blocks, "old");
	char problem[256];
	uint32_t numbers[64];
	uint64_t sizes[64], sums[64] = {0};
	size_t n;

	snapshot->nframe = nframe;
	struct table *table = table_build(&view, snapshot, diff ? old : NULL, problem);

	assert_non_null(table);
	assert_true(table_has_members(table));
	if (view.by == BY_TREE)
		assert_true(tree_flatten(table, tree_walk(table, every_row, NULL), SIZE_MAX));
	n = table->length;
	assert_in_range(n, 1, 64);
	for (size_t i = 0; i < n; i++) {
		numbers[i] = table_member(table, table_row(table, i));
		sizes[i] = table_row(table, i)->now.size;
	}
	struct members *members = table_members(table, numbers, n);

	assert_non_null(members);
	table_free(table);
	add_members(members, numbers, n, sums);
	assert_memory_equal(sums, sizes, n * sizeof(*sums));
	members_release(members);
	heap_text_drop(snapshot);
	heap_text_drop(old);
}

static void test_members(void **state)
{
	struct filter_error error;
	struct filter_list list = {.filters = {filter_parse("size > 4", &error)}, .length = 1};

	(void)state;
	/* By type rows are parts of traces: test_looks.c. */
	for (int by = 0; by < VIEW_KEYS; by++)
		for (uint32_t nframe = 0; nframe < 4 && !by_type_splits((enum view_key)by); nframe++) {
			struct view view = {.by = (enum view_key)by, .members = true};

			test_members_of(view, nframe, false);
			test_members_of(view, nframe, true);
			view.cumulative = view_key_get(view.by)->of == OF_FRAME;
			view.inverted = view.by == BY_TREE;
			test_members_of(view, nframe, false);
			test_members_of(view, nframe, true);
			view.filters = &list;
			test_members_of(view, nframe, false);
		}
	test_members_of((struct view){.by = BY_LINENO, .members = true, .filters = &list}, 0,
			false);
	filter_free(list.filters[0]);
	/* Who did not ask has none. */
	struct snapshot *snapshot = take(blocks, "now");
	const struct view views[] = {{.by = BY_LINENO}, {.by = BY_TREE, .inverted = true}};
	for (size_t i = 0; i < 2; i++) {
		char problem[256];
		struct table *table = table_build(&views[i], snapshot, NULL, problem);

		assert_false(table_has_members(table));
		assert_null(table_members(table, NULL, 0));
		table_free(table);
	}
	heap_text_drop(snapshot);
}

static void test_empty(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *snapshot = take("", "now");

	(void)state;
	for (int by = 0; by < VIEW_KEYS; by++) {
		view.by = (enum view_key)by;
		assert_int_equal(view_key_parse(view_key_name(view.by)), by);
		if (!by_type_splits((enum view_key)by))
			table_free(ask(&view, snapshot, NULL, ""));
	}
	assert_int_equal(view_key_parse("tree"), BY_TREE);
	assert_int_equal(view_key_parse("trees"), -1);
	heap_text_drop(snapshot);
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
	assert_int_equal(column_find("rate/s")->id, COLUMN_RATE);
	assert_int_equal(column_find("alloc")->id, COLUMN_ALLOCATIONS);
	assert_null(column_find("co"));
	assert_null(column_find(""));
	assert_null(column_find("colour"));
}

/* In tables of a layout each place has one figure, and up to
 * the last of them no place has none. */
static void places_are_whole(enum column_layout layout, bool screen)
{
	unsigned taken[COLUMNS + 1] = {0}, last = 0;

	for (int id = COLUMN_DEFAULT + 1; id < COLUMNS; id++) {
		const struct column_place *place = &column_get((enum column_id)id)->place[layout];
		unsigned at = screen ? place->screen : place->text;

		assert_true(at < COLUMNS);
		taken[at]++;
		last = at > last ? at : last;
	}
	for (unsigned at = 1; at <= last; at++) {
		if (taken[at] != 1)
			print_error("layout %d, %s: place %u is taken %u times\n", (int)layout,
				    screen ? "screens" : "text", at, taken[at]);
		assert_int_equal(taken[at], 1);
	}
}

/* Of a program that was sampled all is an estimate but mappings (domain 2). */
static void test_mappings_are_no_estimates(void **state)
{
	struct snapshot *snapshot = take("b\t0\t1\t100\t4\t1\nb\t2\t1\t100\t2\t2\n", "now");
	const struct view view = {.by = BY_LINENO};

	(void)state;
	snapshot->sample = 4096;
	struct table *table = ask(&view, snapshot, NULL,
				  "/src/main.c:10 400 4\n/src/main.c:20 200 2\n");

	assert_true(table_row(table, 0)->error > 0);
	assert_true(table_row(table, 1)->error == 0);
	table_free(table);
	heap_text_drop(snapshot);
}

static void test_each_place_has_one_figure(void **state)
{
	(void)state;
	for (int layout = 0; layout < LAYOUTS; layout++) {
		places_are_whole((enum column_layout)layout, false);
		places_are_whole((enum column_layout)layout, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_each_place_has_one_figure),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_mappings_are_no_estimates),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_each_key_names_its_rows_and_finds_their_stacks),
		cmocka_unit_test(test_cumulative),
		cmocka_unit_test(test_traceback),
		cmocka_unit_test(test_nframe),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_row_filters),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
