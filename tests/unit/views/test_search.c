/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are searched for a text as if each were read, whatever names them. */
#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"

static bool has(const struct row *row, const char *needle)
{
	const char *texts[] = { row->key, row->frames_length ? row->newest.function : "",
				row->frames_length ? row->newest.file : "" };
	bool exact = false;

	for (const char *c = needle; *c; c++)
		exact |= isupper((unsigned char)*c) != 0;
	for (size_t i = 0; i < 3; i++)
		if (exact ? strstr(texts[i], needle) : strcasestr(texts[i], needle))
			return true;
	return false;
}

static size_t slowly(const struct table *table, const struct row_search *search)
{
	for (size_t i = search->here ? 0 : 1; i < table->length + !search->here; i++) {
		size_t away = search->before ? table->length * i - i : i;
		size_t index = (search->from + away) % table->length;

		if (has(table_row(table, index), search->text))
			return index;
	}
	return SIZE_MAX;
}

/* The same with a search of so many steps at a time. */
static size_t by_slices(const struct table *table, struct row_search *search, size_t most)
{
	size_t found, slices = 0;

	do {
		size_t names = search->compared, rows = search->rows;

		found = table_search(table, search, most);
		assert_true(most == SIZE_MAX ||
			    search->compared - names + search->rows - rows <= most);
		slices++;
	} while (found == SIZE_MAX && !search->over);
	assert_true(slices == 1 || most < SIZE_MAX);
	table_search_end(search);
	assert_null(search->names);
	return found;
}

static void rows_of_are_found(const char *text, const struct view *view)
{
	static const char *const texts[] = { "main", "MAIN", "Walk", "walk", ".c:", "inflate", "libz",
					     "worker", "no such row", "u" };
	struct snapshot *now = take(text, "now");
	char problem[256];
	struct table *table = table_build(view, now, NULL, problem);

	assert_non_null(table);
	assert_true(table->length > 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		for (unsigned how = 0; how < 8; how++)
			for (size_t from = 0; from < table->length; from++) {
				struct row_search search = {
					.text = texts[i], .from = from, .before = how & 1, .here = how & 2 };

				assert_true(by_slices(table, &search, how & 4 ? 2 : SIZE_MAX) ==
					    slowly(table, &search));
			}
	table_free(table);
	heap_text_drop(now);
}

static void rows_are_found(const struct view *view) { rows_of_are_found(blocks, view); }

/* Then what no frame has is in no row, and none is looked at. */
static void test_far_more_rows_than_frames_are_found(void **state)
{
	char text[8192] = "";
	size_t at = 0;

	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		at += (size_t)sprintf(text + at, "b\t0\t1\t1\t1");
		for (unsigned k = 0; k < i; k++)
			at += (size_t)sprintf(text + at, "\t2");
		at += (size_t)sprintf(text + at, "\t1\n");
	}
	rows_of_are_found(text, &(struct view){ .by = BY_TRACEBACK });
}

static void test_rows_of_each_key_are_found(void **state)
{
	(void)state;
	for (unsigned by = 0; by < VIEW_KEYS; by++)
		if (by != BY_TREE && by != BY_TYPE && by != BY_HOLDER && by != BY_ARENA)
			rows_are_found(&(struct view){ .by = (enum view_key)by });
	rows_are_found(&(struct view){ .by = BY_FUNCTION, .cumulative = true });
}

static void test_an_empty_table_has_no_row(void **state)
{
	struct snapshot *now = take("", "now");
	char problem[256];
	struct table *table = table_build(&(struct view){ .by = BY_LINENO }, now, NULL, problem);

	(void)state;
	assert_non_null(table);
	assert_true(by_slices(table, &(struct row_search){ .text = "a", .here = true }, 1) ==
		    SIZE_MAX);
	table_free(table);
	heap_text_drop(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_each_key_are_found),
		cmocka_unit_test(test_far_more_rows_than_frames_are_found),
		cmocka_unit_test(test_an_empty_table_has_no_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
