/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pane of a row in any size, and the marks of verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "tui/detail/curves.h"
#include "tui/detail/detail.h"
#include "tui/detail/mark.h"
#include "tui/detail/sizes.h"
#include "tui/detail/source_lines.h"

static void read_line(const struct canvas *canvas, unsigned y, char text[512])
{
	text[0] = 0;
	for (unsigned x = 0; x < canvas->width; x++)
		strcat(text, canvas_cell(canvas, x, y)->text);
}

/* Whether some line of the canvas has a text. */
static bool shows(const struct canvas *canvas, const char *wanted)
{
	char text[4096];
	for (unsigned y = 0; y < canvas->height; y++) {
		read_line(canvas, y, text);
		if (strstr(text, wanted))
			return true;
	}
	return false;
}

static struct canvas *draw(const struct row *row, const struct table *table,
			   struct source_lines *source, unsigned width, unsigned height)
{
	struct canvas *canvas = canvas_new(width, height);
	struct detail detail = {.table = table, .row = row, .verdict = row->growth, .source = source,
				.ascii = true};
	assert_non_null(canvas);
	detail_draw(&detail, canvas, (struct area){0, 0, width, height});
	return canvas;
}

static void test_the_stack_begins_with_own_code(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *snapshot = take(blocks, "now");
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);
	size_t i = 0;

	(void)state;
	assert_non_null(table);
	/* The row's heaviest stack is main, walk, walk, without a wrapper. */
	while (i < table->length && strcmp(table_row(table, i)->key, "/src/main.c:20"))
		i++;
	assert_true(i < table->length);
	struct canvas *canvas = draw(table_row(table, i), table, NULL, 80, 12);
	assert_true(shows(canvas, "/src/main.c:20  walk"));
	assert_true(shows(canvas, "180 B in 3 blocks of 60 B on average"));
	assert_true(shows(canvas, " 0 walk"));
	assert_true(shows(canvas, " 3 main"));
	canvas_free(canvas);
	canvas = draw(table_row(table, i), table, NULL, 80, 4);
	assert_true(shows(canvas, "4 more: Enter shows them"));
	canvas_free(canvas);
	table_free(table);
	heap_text_drop(snapshot);
}

static void test_what_nothing_points_to_is_in_no_cache(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *snapshot = take(blocks, "now");
	struct growth_verdict verdict = {
		.word = GROWTH_LEAKING, .doubt = GROWTH_FILLS, .bytes = 60, .blocks = 1};
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);

	(void)state;
	assert_non_null(table);
	struct row row = *table_row(table, 0);
	row.growth = &verdict;
	struct canvas *canvas = draw(&row, table, NULL, 80, 12);
	assert_true(shows(canvas, "nothing freed so far"));
	canvas_free(canvas);
	row.look.indirect = row.now.size / 2 + 1;
	canvas = draw(&row, table, NULL, 80, 12);
	assert_true(shows(canvas, "nothing points to most of these blocks any more"));
	assert_false(shows(canvas, "nothing freed so far"));
	canvas_free(canvas);
	row.look.cycles = row.look.indirect;
	canvas = draw(&row, table, NULL, 80, 12);
	assert_true(shows(canvas, "a cycle: only blocks that hold each other hold most"));
	assert_true(shows(canvas, "not in a cache"));
	assert_false(shows(canvas, "nothing points to"));
	canvas_free(canvas);
	row.newest.lang = LANG_PYTHON;
	canvas = draw(&row, table, NULL, 80, 12);
	assert_true(shows(canvas, "when it next collects, unless gc is off"));
	canvas_free(canvas);
	table_free(table);
	heap_text_drop(snapshot);
}

/* The average of a pace that has fallen would promise growth that does not come. */
static void test_growth_that_slows_down_is_an_average(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *snapshot = take(blocks, "now");
	struct growth_verdict verdict = {.word = GROWTH_UNDECIDED, .bytes = 60, .blocks = 1};
	char problem[256], text[64];
	struct table *table = table_build(&view, snapshot, NULL, problem);

	(void)state;
	assert_non_null(table);
	struct row row = *table_row(table, 0);
	row.growth = &verdict;
	struct canvas *canvas = draw(&row, table, NULL, 100, 12);
	assert_true(shows(canvas, "undecided, +60 B and +1 blocks a minute on average since "
				  "00:00:00, and more slowly now"));
	canvas_free(canvas);
	column_get(COLUMN_GROWTH)->text(table, &row, text, sizeof text);
	assert_string_equal(text, "(+60 B)");
	verdict.word = GROWTH_LEAKING;
	canvas = draw(&row, table, NULL, 100, 12);
	assert_true(shows(canvas, "leaking, +60 B and +1 blocks a minute since 00:00:00"));
	assert_false(shows(canvas, "more slowly"));
	canvas_free(canvas);
	column_get(COLUMN_GROWTH)->text(table, &row, text, sizeof text);
	assert_string_equal(text, "+60 B");
	table_free(table);
	heap_text_drop(snapshot);
}

static void test_source_that_is_not_there_is_wanted(void **state)
{
	struct view view = {.by = BY_LINENO};
	struct snapshot *snapshot = take(blocks, "now");
	struct source_lines *source = source_lines_new();
	struct source_range wanted[4];
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);

	(void)state;
	canvas_free(draw(table_row(table, 0), table, source, 100, 14));
	assert_int_equal(source_lines_wanted(source, wanted, 4), 1);
	assert_string_equal(wanted[0].file, "/src/main.c");
	wanted[0].text[0] = strdup("\tgrow(list);");
	for (unsigned i = 1; i < wanted[0].length; i++)
		wanted[0].text[i] = strdup("\tgrow(list);");
	source_lines_put(source, &wanted[0]);
	struct canvas *canvas = draw(table_row(table, 0), table, source, 100, 14);
	assert_true(shows(canvas, "20 >     grow(list);"));
	canvas_free(canvas);
	source_lines_free(source);
	table_free(table);
	heap_text_drop(snapshot);
}

/* Whatever the size, nothing is drawn beside the area, and nothing fails. */
static void test_any_size_will_do(void **state)
{
	struct view view = {.by = BY_TRACEBACK};
	struct snapshot *snapshot = take(blocks, "now");
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);

	(void)state;
	for (unsigned width = 8; width < 140; width += 7)
		for (unsigned height = DETAIL_LEAST; height < 12; height++)
			for (size_t i = 0; i < table->length; i++)
				canvas_free(draw(table_row(table, i), table, NULL, width, height));
	table_free(table);
	heap_text_drop(snapshot);
}

/* A frame without a table may come when the table of the one before is gone. */
static void test_what_is_not_shown_any_more_is_not_looked_up(void **state)
{
	struct view view = {.by = BY_LINENO, .members = true};
	struct snapshot *snapshot = take(blocks, "now");
	struct curves *curves = curves_new();
	struct curves_wanted wanted;
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem);
	const struct row row = *table_row(table, 0);
	unsigned length;
	double until;

	(void)state;
	curves_show(curves, table, table, NULL, 0, 20);
	curves_get(curves, &row, &length, &until);
	assert_true(curves_wanted(curves, &wanted));
	assert_int_equal(wanted.length, 1);
	curves_let_go(&wanted);
	curves_show(curves, table, table, NULL, 0, 60);
	curves_get(curves, &row, &length, &until);
	curves_hide(curves);
	table_free(table);
	assert_null(curves_get(curves, &row, &length, &until));
	assert_null(curves_verdict(curves, &row));
	assert_false(curves_wanted(curves, &wanted));
	curves_free(curves);
	heap_text_drop(snapshot);
}

static void test_each_verdict_has_a_mark_of_its_own(void **state)
{
	(void)state;
	for (unsigned a = 0; a < GROWTH_WORDS; a++)
		for (unsigned b = 0; b < GROWTH_WORDS; b++)
			for (int ascii = 0; ascii < 2; ascii++) {
				const char *one = mark_text((enum growth_word)a, ascii);
				const char *other = mark_text((enum growth_word)b, ascii);
				assert_int_equal(canvas_width_of(one), 1);
				assert_int_equal(!strcmp(one, other), a == b);
			}
	assert_string_equal(mark_text(GROWTH_LEAKING, true), "!");
	assert_string_equal(mark_text(GROWTH_WORDS, false), " ");
}

/* Ages of a run of `until` seconds, a byte for each of its parts. */
static void ages_are(double until, const char *names, const char *bytes)
{
	struct canvas *canvas = canvas_new(110, 2);
	float births[GROWTH_BINS];
	char text[512];

	assert_non_null(canvas);
	for (unsigned i = 0; i < GROWTH_BINS; i++)
		births[i] = 1;
	ages_draw(births, until, true, canvas, (struct area){0, 0, 110, 2});
	read_line(canvas, 0, text);
	assert_non_null(strstr(text, names));
	read_line(canvas, 1, text);
	assert_non_null(strstr(text, bytes));
	canvas_free(canvas);
}

static void test_ages_are_told_by_whole_seconds(void **state)
{
	(void)state;
	ages_are(600, "    10s old    20s old    40s old  1m20s old  2m30s old     5m old    10m old ",
		 "      . 1 B      . 1 B      . 2 B      . 4 B ");
	ages_are(2.7, "bytes up to      1s old     2s old   ", "| 30 B     | 30 B ");
	/* 1.02 and 1.91 seconds are told as one. */
	ages_are(7.65, "bytes up to      1s old     3s old     7s old   ", "15 B ");
	ages_are(0.5, "   ", "   ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_stack_begins_with_own_code),
		cmocka_unit_test(test_what_nothing_points_to_is_in_no_cache),
		cmocka_unit_test(test_growth_that_slows_down_is_an_average),
		cmocka_unit_test(test_source_that_is_not_there_is_wanted),
		cmocka_unit_test(test_any_size_will_do),
		cmocka_unit_test(test_what_is_not_shown_any_more_is_not_looked_up),
		cmocka_unit_test(test_each_verdict_has_a_mark_of_its_own),
		cmocka_unit_test(test_ages_are_told_by_whole_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
