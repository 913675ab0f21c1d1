/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a look found: in rows, trees and sums of several processes, as text, by filters,
 * and where no look was taken. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "tracer/heap/sum.h"
#include "tracer/heap/tally/look_arenas.h"
#include "views/export/formats.h"
#include "views/filter/filter.h"
#include "views/held/arenas.h"
#include "views/table/table_members.h"

static const char looked[] =
	"b\t0\t1\t100\t10\t2\t1\n"
	"b\t0\t2\t300\t3\t2\n"
	"b\t0\t1\t50\t2\t4\t1\n";

static const struct look_figures found[] = {
	{ 30, 3, 20, 2, 12, 0, 0, 4096, 100 }, { 100, 1, 0, 0, 0, 200, 2, 8192, 600 },
	{ 0, 0, 0, 0, 0, 0, 0, 0, 0 },
};

static struct snapshot *looked_now(void)
{
	struct snapshot *snapshot = take(looked, "now");

	assert_int_equal(snapshot->rows_length, 3);
	snapshot->look = snapshot_look_new(3);
	memcpy(snapshot->look->rows, found, sizeof(found));
	return snapshot;
}

static struct table *build(const struct view *view, struct snapshot *now, struct snapshot *old)
{
	char problem[256];
	struct table *table = table_build(view, now, old, problem);

	assert_non_null(table);
	return table;
}

/* The seven figures of a row, as programs read them. */
static void row_is(const struct table *table, size_t at, const char *key, const char *want)
{
	static const enum column_id ids[] = {
		COLUMN_UNREACHABLE, COLUMN_UNREACHABLE_BLOCKS, COLUMN_GARBAGE,
		COLUMN_GARBAGE_BLOCKS, COLUMN_INSIDE, COLUMN_INSIDE_BLOCKS, COLUMN_CYCLES,
	};
	char text[256] = "", figure[40];

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		column_get(ids[i])->data(table_row(table, at), figure, sizeof(figure));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), i ? " %s" : "%s",
			 figure);
	}
	assert_string_equal(table_row(table, at)->key, key);
	assert_string_equal(text, want);
}

static void test_rows_have_what_was_found_of_their_blocks(void **state)
{
	struct snapshot *now = looked_now();
	struct table *table;

	(void)state;
	table = build(&(struct view){ .by = BY_LINENO, .sort = COLUMN_UNREACHABLE }, now, NULL);
	assert_int_equal(table->length, 2);
	row_is(table, 0, "/src/main.c:20", "150 6 130 4 200 2 12");
	row_is(table, 1, "/lib/libz.so!inflate", "0 0 0 0 0 0 0");
	assert_int_equal(table->look.garbage, 130);
	assert_int_equal(table->look.indirect_blocks, 2);
	table_free(table);
	table = build(&(struct view){ .by = BY_TRACEBACK, .sort = COLUMN_GARBAGE }, now, NULL);
	row_is(table, 0, "/src/main.c:20", "100 1 100 1 200 2 0");
	table_free(table);
	/* Once for each line on the stack. */
	table = build(&(struct view){ .by = BY_LINENO, .cumulative = true,
				      .sort = COLUMN_UNREACHABLE }, now, NULL);
	row_is(table, 0, "/src/main.c:20", "150 6 130 4 200 2 12");
	row_is(table, 1, "/src/main.c:10", "50 5 30 3 0 0 12");
	table_free(table);
	heap_text_drop(now);
}

static void note_part(struct snapshot *now, uint32_t row, const char *type, uint64_t size,
		      uint64_t count)
{
	struct look_types *types = now->look->types;
	struct look_part *part = look_types_part(types, row, look_types_name(types, type));

	part->size = size;
	part->count = count;
	part->look.garbage = size / 2;
}

static void test_rows_by_type_are_parts_of_rows(void **state)
{
	struct snapshot *now = looked_now(), *old = looked_now();
	const struct view view = { .by = BY_TYPE, .members = true };
	struct filter_error wrong;
	struct filter *filter = filter_parse("total > 1", &wrong);
	struct filter_list list = { .length = 1, .filters = { filter } };
	char problem[256];
	struct table *table, *drilled;

	(void)state;
	assert_null(table_build(&view, now, NULL, problem));
	assert_non_null(strstr(problem, "types are known only at moments"));
	now->look->types = look_types_new();
	old->look->types = look_types_new();
	note_part(now, 0, "list", 60, 4);
	note_part(now, 0, "-", 40, 6);
	note_part(now, 1, "list", 300, 3);
	note_part(now, 2, "str", 50, 2);
	note_part(old, 1, "list", 200, 2);
	table = build(&view, now, NULL);
	assert_int_equal(table->length, 3);
	/* The history tells stacks: that of the str has nothing else. */
	assert_true(table_has_members(table));
	assert_false(table_member_told(table, table_row(table, 0)));
	assert_true(table_member_told(table, table_row(table, 1)));
	assert_false(table_member_told(table, table_row(table, 2)));
	assert_string_equal(table_row(table, 0)->key, "list");
	assert_int_equal(table_row(table, 0)->now.size, 360);
	assert_int_equal(table_row(table, 0)->now.count, 7);
	assert_int_equal(table_row(table, 0)->look.garbage, 180);
	assert_string_equal(table_row(table, 1)->key, "str");
	assert_string_equal(table_row(table, 2)->key, "-");
	assert_true(column_shown(column_get(COLUMN_UNREACHABLE), table));
	assert_false(column_shown(column_get(COLUMN_TOTAL), table));
	assert_false(column_shown(column_get(COLUMN_PINS), table));
	/* Stacks behind a type have its blocks alone. */
	drilled = table_drill(table, table_row(table, 0), problem);
	assert_int_equal(drilled->length, 2);
	assert_int_equal(table_row(drilled, 0)->now.size, 300);
	assert_int_equal(table_row(drilled, 1)->now.size, 60);
	table_free(drilled);
	table_free(table);
	table = build(&view, now, old);
	assert_string_equal(table_row(table, 0)->key, "list");
	assert_int_equal(table_row(table, 0)->size_diff, 160);
	assert_int_equal(table_row(table, 0)->count_diff, 5);
	table_free(table);
	assert_null(table_build(&(struct view){ .by = BY_TYPE, .filters = &list }, now, NULL,
				problem));
	assert_string_equal(problem, "the filter asks for total, which is not known by type");
	filter_free(filter);
	heap_text_drop(now);
	heap_text_drop(old);
}

static void note_arena_part(struct snapshot *now, uint32_t row, uint32_t arena, uint64_t size)
{
	struct look_part *part = look_types_part(now->look->arenas->blocks, row, arena);

	part->size = size;
	part->count = 1;
}

static struct snapshot *arenas_now(void)
{
	struct snapshot *now = looked_now();

	now->look->arenas = look_arenas_new();
	*look_arenas_add(now->look->arenas, "main arena") = (struct look_arena){
		.mapped = 10240, .resident = 8192, .live = 2048, .large = 1024,
		.free = 4096, .top = 2048, .trim = 4096, .whole = true };
	*look_arenas_add(now->look->arenas, "arena 0x7f0000000030") = (struct look_arena){
		.mapped = 4096, .top = 3072, .free = 512 };
	assert_null(look_arenas_add(now->look->arenas, "main arena"));
	note_arena_part(now, 0, 1, 60);
	note_arena_part(now, 0, LOOK_NO_ARENA, 40);
	note_arena_part(now, 1, 1, 300);
	note_arena_part(now, 2, 2, 50);
	return now;
}

static void test_rows_by_arena(void **state)
{
	struct snapshot *bare = looked_now(), *now = arenas_now();
	const struct view view = { .by = BY_ARENA };
	char problem[256];
	struct table *table, *drilled;

	(void)state;
	assert_null(table_build(&view, bare, NULL, problem));
	assert_non_null(strstr(problem, "arenas are known only for processes"));
	table = build(&view, now, NULL);
	assert_int_equal(table->length, 3);
	assert_string_equal(table_row(table, 0)->key, "main arena");
	assert_int_equal(table_row(table, 0)->now.size, 360);
	assert_string_equal(table_row(table, 1)->key, "arena 0x7f0000000030");
	assert_string_equal(table_row(table, 2)->key, "no arena");
	assert_int_equal(arena_of_row(table, table_row(table, 0))->trim, 4096);
	assert_false(arena_of_row(table, table_row(table, 1))->whole);
	assert_null(arena_of_row(table, table_row(table, 2)));
	assert_false(column_shown(column_get(COLUMN_UNREACHABLE), table));
	assert_false(column_shown(column_get(COLUMN_PINS), table));
	assert_false(column_shown(column_get(COLUMN_TOTAL), table));
	drilled = table_drill(table, table_row(table, 0), problem);
	assert_int_equal(drilled->length, 2);
	assert_int_equal(table_row(drilled, 0)->now.size, 300);
	table_free(drilled);
	table_free(table);
	heap_text_drop(bare);
	heap_text_drop(now);
}

static void test_arenas_as_sentences(void **state)
{
	struct snapshot *now = arenas_now();
	struct look_arenas *arenas = now->look->arenas;
	char text[512];

	(void)state;
	arena_text(&arenas->of[1], text, sizeof(text));
	assert_string_equal(text, "10.0 KiB mapped, 8192 B resident, 2048 B live, 4096 B free "
		"inside (fragmentation 50 %), 2048 B free at the top; malloc_trim would give back "
		"4096 B");
	arena_text(&arenas->of[2], text, sizeof(text));
	assert_non_null(strstr(text, "give back at least 0 B"));
	assert_int_equal(arena_text(&arenas->of[1], text, 10), 9);
	assert_true(arenas_max_text(arenas, text, sizeof(text)));
	assert_string_equal(text, "1 arena beside the main one holds 3584 B free: with "
		"M_ARENA_MAX=1 all threads would share one arena, and at most that would be saved");
	assert_true(arenas_threshold_text(arenas, text, sizeof(text)));
	assert_non_null(strstr(text, "1024 B of live blocks of 128 KiB or more"));
	arenas->of[1].large = arenas->of[2].free = arenas->of[2].top = 0;
	assert_int_equal(arenas_max_text(arenas, text, sizeof(text)), 0);
	assert_int_equal(arenas_threshold_text(arenas, text, sizeof(text)), 0);
	assert_true(arena_fragmentation(&(struct look_arena){ .mapped = 8, .top = 8 }) == 0);
	heap_text_drop(now);
}

static struct snapshot *typed_now(void)
{
	struct snapshot *now = looked_now();

	now->look->types = look_types_new();
	note_part(now, 0, "list", 60, 4);
	note_part(now, 0, "-", 40, 6);
	note_part(now, 1, "a\033[1m", 300, 3);
	note_part(now, 2, "str", 50, 2);
	return now;
}

static void type_is(const struct table *table, size_t at, const char *name, const char *text)
{
	const struct column *column = column_get(COLUMN_TYPE);
	char cell[256];

	assert_true(column_shown(column, table));
	column_put(column, table, table_row(table, at), cell, sizeof(cell));
	assert_string_equal(cell, text);
	if (name)
		assert_string_equal(row_type_name(&table_row(table, at)->type), name);
	else
		assert_null(row_type_name(&table_row(table, at)->type));
}

static void test_rows_say_what_most_of_their_bytes_are(void **state)
{
	struct snapshot *now = typed_now(), *bare = looked_now();
	const struct column *column = column_get(COLUMN_TYPE);
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now, NULL);

	(void)state;
	type_is(table, 0, "a\033[1m", "a\\x1b[1m +2");
	type_is(table, 1, "str", "str");
	table_free(table);
	table = build(&(struct view){ .by = BY_TRACEBACK, .sort = COLUMN_TYPE }, now, NULL);
	type_is(table, 0, "a\033[1m", "a\\x1b[1m");
	type_is(table, 1, "list", "list +1");
	type_is(table, 2, "str", "str");
	table_free(table);
	now->look->types->parts[0].size = 39;
	table = build(&(struct view){ .by = BY_TRACEBACK, .sort = COLUMN_TYPE }, now, bare);
	type_is(table, 2, NULL, "- +1");
	table_free(table);
	table = build(&(struct view){ .by = BY_LINENO, .cumulative = true }, now, NULL);
	assert_false(column_shown(column, table));
	table_free(table);
	table = build(&(struct view){ .by = BY_TYPE }, now, NULL);
	assert_false(column_shown(column, table));
	table_free(table);
	table = build(&(struct view){ .by = BY_LINENO }, bare, NULL);
	assert_false(column_shown(column, table));
	table_free(table);
	heap_text_drop(now);
	heap_text_drop(bare);
}

/* The rows that a filter leaves by stacks: "SIZE*COUNT ..." or why there are none. */
static void filtered_is(struct snapshot *now, struct snapshot *old, const char *text,
			const char *want)
{
	struct filter_error error;
	struct filter *filter = filter_parse(text, &error);
	struct filter_list list = { .length = 1, .filters = { filter } };
	const struct view view = { .by = BY_TRACEBACK, .filters = &list };
	char problem[256], rows[256] = "";
	struct table *table = table_build(&view, now, old, problem);

	for (size_t i = 0; table && i < table->length; i++)
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "%d*%d ",
			 (int)table_row(table, i)->now.size, (int)table_row(table, i)->now.count);
	if (table)
		assert_string_equal(rows, want);
	else
		assert_non_null(strstr(problem, want));
	table_free(table);
	filter_free(filter);
}

static void test_filters_keep_blocks_of_a_type_or_stacks_that_have_one(void **state)
{
	struct snapshot *now = typed_now(), *bare = looked_now();

	(void)state;
	filtered_is(now, NULL, "type = list", "60*4 ");
	filtered_is(now, NULL, "type = -", "40*6 ");
	filtered_is(now, NULL, "not type = list", "300*3 50*2 40*6 ");
	filtered_is(now, NULL, "type ~ ^.", "300*3 100*10 50*2 ");
	filtered_is(now, NULL, "type = str or type = list", "60*4 50*2 ");
	filtered_is(now, NULL, "any.type = list", "1000*10 ");
	filtered_is(now, NULL, "any.type = list and total > 1", "1000*10 ");
	filtered_is(now, NULL, "any.type != list", "900*3 100*2 ");
	/* Of what stood in one row with a list. */
	filtered_is(now, NULL, "type = - and any.type = list", "40*6 ");
	filtered_is(now, NULL, "type = str and any.type = list", "");
	filtered_is(now, now, "type = list", "60*4 ");
	filtered_is(now, NULL, "type = list and total > 1",
		    "asks for total, which is not known for the blocks of one type");
	filtered_is(bare, NULL, "type = list", "types are known only at moments");
	filtered_is(now, bare, "any.type = list", "types are known only at moments");
	snapshot_look_free(bare->look);
	bare->look = NULL;
	filtered_is(bare, NULL, "any.type = list",
		    "any.type, which only a look at the heap finds");
	heap_text_drop(now);
	heap_text_drop(bare);
}

/* What is exported of a table that a filter left blocks of one type, which it is asked
 * again. */
static void test_stacks_behind_a_filtered_table_are_filtered(void **state)
{
	struct snapshot *now = typed_now();
	struct filter_error error;
	struct filter *filter = filter_parse("type = list", &error);
	struct filter_list list = { .length = 1, .filters = { filter } };
	struct view view = { .by = BY_LINENO, .filters = &list };
	struct table *table = build(&view, now, NULL), *again, *drilled;
	char problem[256];

	(void)state;
	assert_int_equal(table->length, 1);
	assert_int_equal(table->sum.size, 60);
	assert_false(column_shown(column_get(COLUMN_TOTAL), table));
	assert_false(column_known(column_get(COLUMN_TOTAL), table));
	drilled = table_drill(table, table_row(table, 0), problem);
	assert_int_equal(drilled->sum.size, 60);
	table_free(drilled);
	view.by = BY_TRACEBACK;
	again = build(&view, table->now, NULL);
	assert_int_equal(again->sum.size, 60);
	table_free(again);
	table_free(table);
	filter_free(filter);
	heap_text_drop(now);
}

static void test_without_a_look_there_is_nothing_to_say(void **state)
{
	struct filter_error error;
	struct filter *filter = filter_parse("unreachable > 0", &error);
	struct filter_list list = { .length = 1, .filters = { filter } };
	const struct view view = { .by = BY_LINENO, .filters = &list };
	struct snapshot *now = looked_now(), *bare = take(looked, "bare");
	const struct column *column = column_get(COLUMN_UNREACHABLE);
	char problem[256], text[64];
	struct table *table;

	(void)state;
	assert_non_null(filter);
	assert_null(table_build(&view, bare, NULL, problem));
	assert_non_null(strstr(problem, "unreachable, which only a look at the heap finds"));
	table = build(&view, now, NULL);
	assert_int_equal(table->length, 1);
	assert_true(column_shown(column, table));
	table_free(table);
	table = build(&(struct view){ .by = BY_LINENO }, bare, NULL);
	assert_false(column_shown(column, table));
	table_free(table);
	/* A diff has the columns if one side has a look, and says nothing for the other. */
	table = build(&(struct view){ .by = BY_LINENO }, bare, now);
	assert_true(column_shown(column, table));
	assert_false(column_known(column, table));
	column_put(column, table, table_row(table, 0), text, sizeof(text));
	assert_string_equal(text, "-");
	table_free(table);
	filter_free(filter);
	heap_text_drop(now);
	heap_text_drop(bare);
}

static void test_processes_together(void **state)
{
	struct snapshot *now = looked_now(), *bare = take(looked, "bare"), *whole;
	struct sum *sum = sum_new(now->catalog);

	(void)state;
	now->totals.blocks = bare->totals.blocks = 15;
	assert_true(sum_add(sum, now, true));
	assert_true(sum_add(sum, now, true));
	whole = sum_snapshot(sum);
	assert_non_null(whole->look);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(whole->look->rows[i].garbage, 2 * found[i].garbage);
	snapshot_release(whole);
	/* One that held nothing changes nothing; of one that did it is not known. */
	bare->totals.blocks = 0;
	assert_true(sum_add(sum, bare, true));
	whole = sum_snapshot(sum);
	assert_non_null(whole->look);
	snapshot_release(whole);
	bare->totals.blocks = 15;
	assert_true(sum_add(sum, bare, true));
	whole = sum_snapshot(sum);
	assert_null(whole->look);
	snapshot_release(whole);
	sum_free(sum);
	heap_text_drop(now);
	heap_text_drop(bare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_have_what_was_found_of_their_blocks),
		cmocka_unit_test(test_rows_by_type_are_parts_of_rows),
		cmocka_unit_test(test_rows_by_arena),
		cmocka_unit_test(test_arenas_as_sentences),
		cmocka_unit_test(test_rows_say_what_most_of_their_bytes_are),
		cmocka_unit_test(test_filters_keep_blocks_of_a_type_or_stacks_that_have_one),
		cmocka_unit_test(test_stacks_behind_a_filtered_table_are_filtered),
		cmocka_unit_test(test_without_a_look_there_is_nothing_to_say),
		cmocka_unit_test(test_processes_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
