/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How old rows are: of groups and trees, in order, in filters, and where nobody knows. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "views/export/export.h"
#include "views/filter/filter.h"
#include "views/format/format.h"
#include "views/text/text.h"

/* Bytes times ages: main.c:20 is (100 * 40 + 300 * 80) / 400 old. */
static const char aged[] =
	"b\t0\t1\t100\t1\t2\t1\na\t40\t40\n"
	"b\t0\t2\t300\t1\t2\na\t80\t500\n"
	"b\t0\t1\t50\t2\t4\t1\na\t5\t6\n"
	"b\t0\t1\t10\t1\t5\t1\n"                /* nobody knows */
	"b\t0\t1\t0\t3\t8\t1\na\t7\t9\n"        /* blocks without bytes */
	"F\t0\t2\t9\t900\t4\t50\t6\n";

static struct snapshot *aged_now(void)
{
	struct snapshot *snapshot = take(aged, "now");

	snapshot->time = 1000.5;
	return snapshot;
}

/* "KEY AGE OLDEST" a row, as people read them. */
static void ages_are(const struct view *view, struct snapshot *now, const char *want)
{
	char problem[256], text[1024], age[64], oldest[64];
	struct table *table = table_build(view, now, NULL, problem);
	size_t at = 0;

	assert_non_null(table);
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = table_row(table, i);

		column_put(column_get(COLUMN_AGE), table, row, age, sizeof(age));
		column_put(column_get(COLUMN_OLDEST), table, row, oldest, sizeof(oldest));
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %s %s\n", row->key, age,
				       oldest);
	}
	text[at] = '\0';
	assert_string_equal(text, want);
	table_free(table);
}

static void test_rows_have_ages(void **state)
{
	struct snapshot *now = aged_now();

	(void)state;
	ages_are(&(struct view){.by = BY_LINENO, .sort = COLUMN_AGE}, now,
		 "/src/main.c:20 1m10s 8m20s\n/lib/libz.so!inflate 5s 6s\n"
		 "/lib/libz.so!deflate - -\n/lib/libq.so!+0x1a30 - 9s\n/src/util.h:9 - -\n");
	ages_are(&(struct view){.by = BY_LINENO, .sort = COLUMN_OLDEST, .limit = 3}, now,
		 "/src/main.c:20 1m10s 8m20s\n/lib/libq.so!+0x1a30 - 9s\n"
		 "/lib/libz.so!inflate 5s 6s\n");
	/* One row of a file is not known, so the file is not. */
	ages_are(&(struct view){.by = BY_FILENAME}, now,
		 "/src/main.c 1m10s 8m20s\n/lib/libz.so - -\n/lib/libq.so - 9s\n/src/util.h - -\n");
	ages_are(&(struct view){.by = BY_THREAD}, now, "101 pool 1m20s 8m20s\n100 main - -\n");
	now->time = 20;                 /* a clock that lies makes nobody younger than new */
	ages_are(&(struct view){.by = BY_LINENO, .limit = 1}, now, "/src/main.c:20 0s 0s\n");
	heap_text_drop(now);
}

static void kept_by(const char *filter, const char *want)
{
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse(filter, &error)}};
	struct snapshot *now = aged_now();

	if (!list.filters[0])
		fail_msg("%s: %s", filter, error.text);
	table_free(ask(&(struct view){.by = BY_LINENO, .filters = &list}, now, NULL, want));
	filter_free(list.filters[0]);
	heap_text_drop(now);
}

/* A test of what nobody knows neither holds nor does not. */
static void test_filters_of_ages(void **state)
{
	(void)state;
	kept_by("age > 1m and size > 100", "/src/main.c:20 400 2\n");
	kept_by("age > 1m10s", "");
	kept_by("age >= 1m10s", "/src/main.c:20 400 2\n");
	kept_by("age=70s", "/src/main.c:20 400 2\n");
	kept_by("oldest < 8.5s", "/lib/libz.so!inflate 100 2\n");
	kept_by("not age > 1m", "/lib/libz.so!inflate 100 2\n");
	kept_by("not not age != 1d", "/src/main.c:20 400 2\n/lib/libz.so!inflate 100 2\n");
	kept_by("age > 1m or size = 10", "/src/main.c:20 400 2\n/lib/libz.so!deflate 10 1\n");
	kept_by("not (age > 1m or size > 50)", "");
	kept_by("not (age > 1m and size > 50)",
		"/lib/libz.so!inflate 100 2\n/lib/libz.so!deflate 10 1\n/lib/libq.so!+0x1a30 0 3\n"
		"/src/util.h:9 0 0\n");
}

static void test_no_ages_at_all(void **state)
{
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse("oldest > 1m", &error)}};
	const struct view view = {.filters = &list};
	struct snapshot *now = aged_now();
	char problem[256];

	(void)state;
	now->ageless = true;
	assert_null(table_build(&view, now, NULL, problem));
	assert_string_equal(problem, "the filter asks for oldest, which this moment does not have: "
				     "an older memtop recorded it");
	ages_are(&(struct view){.by = BY_LINENO, .limit = 1}, now, "/src/main.c:20 - -\n");
	now->kind = MOMENT_TICK;
	assert_null(table_build(&view, now, NULL, problem));
	assert_string_equal(problem, "the filter asks for oldest, which a moment of the history "
				     "does not have; name a snapshot");
	filter_free(list.filters[0]);
	assert_null(filter_parse("age > 10", &error));
	assert_string_equal(error.text, "expected a time such as 90s, 10m or 1h30m");
	assert_int_equal(error.offset, 6);
	assert_null(filter_parse("age > 10m1h", &error));
	assert_null(filter_parse("age > -5m", &error));
	assert_null(filter_parse("age ~ 5m", &error));
	heap_text_drop(now);
}

/* Whoever sorts by a column sees it, and of when the oldest are if that is not now. */
static void test_text_shows_what_it_sorts_by(void **state)
{
	struct view view = {.by = BY_FUNCTION, .sort = COLUMN_OLDEST, .limit = 1};
	struct snapshot *now = aged_now();
	char problem[256];
	struct kept kept = {0};
	struct sink sink = {.write = kept_write, .user = &kept};
	struct table *table;

	(void)state;
	now->walked = 990;
	table = table_build(&view, now, NULL, problem);
	assert_int_equal(text_table(table, NULL, NULL, &sink), 0);
	assert_non_null(strstr(kept.text, "oldest blocks as they were at 00:16:30\n"));
	assert_non_null(strstr(kept.text, "peak  oldest  location\n"));
	assert_non_null(strstr(kept.text, " 8m20s  walk  worker\n"));
	table_free(table);
	free(kept.text);
	kept = (struct kept){0};
	view.sort = COLUMN_SIZE;
	table = table_build(&view, now, NULL, problem);
	assert_int_equal(text_table(table, NULL, NULL, &sink), 0);
	assert_null(strstr(kept.text, "oldest"));
	free(kept.text);
	table_free(table);
	heap_text_drop(now);
}

static void test_spans(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} vectors[] = {
		{0, "0s"}, {-1, "0s"}, {0.9, "0s"}, {59.9, "59s"}, {60, "1m"}, {61, "1m1s"},
		{3599, "59m59s"}, {3600, "1h"}, {3659, "1h"}, {7500, "2h5m"}, {86399, "23h59m"},
		{86400, "1d"}, {86400 + 3599, "1d"}, {100000, "1d3h"}, {365.25 * 86400, "365d6h"},
	};
	char text[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		format_span(vectors[i].seconds, text);
		assert_string_equal(text, vectors[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_have_ages),
		cmocka_unit_test(test_filters_of_ages),
		cmocka_unit_test(test_no_ages_at_all),
		cmocka_unit_test(test_text_shows_what_it_sorts_by),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
