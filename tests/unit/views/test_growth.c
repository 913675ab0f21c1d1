/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts in tables: who has one, in which order rows stand, and how they are said. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "tracer/heap/catalog/reuse.h"
#include "views/export/export.h"
#include "views/filter/filter.h"
#include "views/members/judging.h"
#include "views/table/table_members.h"
#include "views/table/tree.h"
#include "views/text/text.h"

static struct heap_text heap;
static struct kept kept;
static struct program program = {.argc = 0, .pid = 7, .ended = true};

/* A minute in which so many bytes a second were born and stay. */
static struct growth_curve leak_curve(float pace)
{
	struct growth_curve curve = {0};

	for (unsigned w = 0; w < GROWTH_WINDOWS; w++)
		for (unsigned i = 0; i < GROWTH_SLICES; i++) {
			struct growth_part *part = &curve.part[w];

			part->bytes[i] = pace * (float)(8 + 4 * i);
			part->live[i] = part->bytes[i] + 4 * pace;
			part->blocks[i] = part->bytes[i] / 100;
			part->held[i] = part->live[i] / 100;
			part->born[i] = 4 * pace;
			part->oldest[0] = part->oldest[1] = 24 * pace;
		}
	for (unsigned i = 0; i < GROWTH_BINS; i++)
		curve.births[i] = pace;
	return curve;
}

static struct growth_curve flat_curve(float size)
{
	struct growth_curve curve = {0};

	for (unsigned w = 0; w < GROWTH_WINDOWS; w++)
		for (unsigned i = 0; i < GROWTH_SLICES; i++) {
			curve.part[w].bytes[i] = curve.part[w].live[i] = size;
			curve.part[w].blocks[i] = curve.part[w].held[i] = 100;
		}
	curve.births[0] = size;
	return curve;
}

/* a.c:1 is big and flat, a.c:2 leaks by two stacks, a.c:3 has no curve. */
static struct snapshot *take(void)
{
	static char text[] = "t\t1\tmain\n"
			     "f\t/s/a.c\t1\tbig\t/bin/w\t1\t\n"
			     "f\t/s/a.c\t2\tleak\t/bin/w\t1\t\n"
			     "f\t/s/a.c\t3\ttiny\t/bin/w\t1\t\n"
			     "f\t/s/a.c\t4\tmain\t/bin/w\t1\t\n"
			     "b\t0\t1\t1000000\t100\t1\n"
			     "b\t0\t1\t100\t2000\t2\n"
			     "b\t0\t1\t100\t1000\t2\t4\n"
			     "b\t0\t1\t10\t1\t3\n";
	char copy[sizeof(text)];
	struct snapshot *s;

	memcpy(copy, text, sizeof(text));
	heap_text_begin(&heap, NULL);
	s = heap_text_parse(&heap, copy, "exit");
	s->growth = calloc(1, sizeof(*s->growth));
	s->growth->axis.now = 60;
	for (unsigned w = 0; w < GROWTH_WINDOWS; w++) {
		struct growth_span *span = &s->growth->axis.span[w];

		*span = (struct growth_span){.from = 12, .events = 4000};
		for (unsigned i = 0; i < GROWTH_SLICES; i++)
			span->end[i] = 16 + 4.0 * i;
	}
	s->growth->rows = calloc(4, sizeof(*s->growth->rows));
	s->growth->length = 3;
	s->growth->rows[0] = (struct growth_row){.row = 0, .curve = flat_curve(1e8f)};
	s->growth->rows[1] = (struct growth_row){.row = 1, .curve = leak_curve(3000)};
	s->growth->rows[2] = (struct growth_row){.row = 2, .curve = leak_curve(2000)};
	return s;
}

static void drop(struct snapshot *snapshot)
{
	struct catalog *catalog = snapshot->catalog;

	snapshot_release(snapshot);
	catalog_release(catalog);
}

static struct table *build(const struct view *view, struct snapshot *now, struct snapshot *old)
{
	char problem[256];
	struct table *table = table_build(view, now, old, problem);

	assert_non_null(table);
	return table;
}

static void test_leaks_stand_first(void **state)
{
	struct view view = {.by = BY_LINENO, .sort = COLUMN_GROWTH};
	struct snapshot *s = take();
	struct table *table = build(&view, s, NULL);
	const struct row *row = table_row(table, 0);

	(void)state;
	assert_int_equal(table->length, 3);
	assert_string_equal(row->key, "/s/a.c:2");
	assert_int_equal(row->growth->word, GROWTH_LEAKING);
	/* Both stacks are its growth. */
	assert_int_equal((long)row->growth->bytes, 5000 * 60);
	assert_int_equal((long)row->growth->blocks, 50 * 60);
	assert_string_equal(table_row(table, 1)->key, "/s/a.c:1");
	assert_int_equal(table_row(table, 1)->growth->word, GROWTH_SETTLED);
	assert_null(table_row(table, 2)->growth);
	table_free(table);
	view.by = BY_TRACEBACK;
	table = build(&view, s, NULL);
	assert_int_equal((long)table_row(table, 0)->growth->bytes, 3000 * 60);
	assert_int_equal((long)table_row(table, 1)->growth->bytes, 2000 * 60);
	table_free(table);
	drop(s);
}

/* A slow leak comes before what is settled, however little it is; and while no window is long
 * enough, rows are ordered by what grew since half-way, and no growth is shown. */
static void test_what_rises_comes_before_what_is_settled(void **state)
{
	struct view view = {.by = BY_LINENO, .sort = COLUMN_GROWTH};
	struct snapshot *s = take();
	char text[64];

	(void)state;
	s->growth->rows[1].curve = leak_curve(600);
	s->growth->rows[2].curve = leak_curve(200);
	struct table *table = build(&view, s, NULL);
	assert_string_equal(table_row(table, 0)->key, "/s/a.c:2");
	assert_int_equal(table_row(table, 0)->growth->word, GROWTH_TOO_SHORT);
	assert_non_null(strstr(table_row(table, 0)->growth->reason, "as it takes 64 KiB"));
	table_free(table);

	for (unsigned w = 0; w < GROWTH_WINDOWS; w++)
		s->growth->axis.span[w].events = 0;
	s->growth->rows[1].curve.run[GROWTH_RUN - 1] = 2000;
	table = build(&view, s, NULL);
	assert_string_equal(table_row(table, 0)->key, "/s/a.c:2");
	assert_string_equal(table_row(table, 0)->growth->reason, "a verdict takes 12 seconds with "
			    "events, and 200 events, after the warm-up");
	column_get(COLUMN_GROWTH)->text(table, table_row(table, 0), text, sizeof(text));
	assert_string_equal(text, "-");
	table_free(table);
	s->growth->axis.wait = 6.5;
	table = build(&view, s, NULL);
	assert_non_null(strstr(table_row(table, 0)->growth->reason,
			       "a verdict in 7 s, as it takes 12 seconds with events"));
	table_free(table);
	drop(s);
}

static bool every_row(void *user, const struct row *row)
{
	(void)user;
	(void)row;
	return true;
}

/* The verdicts of a table's rows, looked up, as "KEY WORD GROWTH, ..."; - where there is
 * none. */
static void look_up(struct view view, struct snapshot *now, struct snapshot *old,
		    const struct snapshot *judge, char *text, size_t size)
{
	struct table *table = build(&view, now, old);
	struct growth_verdict verdicts[16];
	struct member_sets sets;
	uint32_t numbers[16];
	bool judged[16];
	size_t at = 0;

	if (view.by == BY_TREE)
		assert_true(tree_flatten(table, tree_walk(table, every_row, NULL), 16));
	assert_in_range(table->length, 1, 16);
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = table_row(table, i);

		numbers[i] = table_member(table, row);
	}
	struct members *members = table_members(table, numbers, table->length);

	assert_true(members_sets(members, numbers, table->length, &sets));
	assert_true(members_judge(members, &sets, judge, table->length, verdicts, judged));
	for (size_t i = 0; i < table->length; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s %s %d", i ? ", " : "",
				       table_row(table, i)->key,
				       judged[i] ? growth_word(verdicts[i].word) : "-",
				       judged[i] ? (int)verdicts[i].bytes / 60 : 0);
	member_sets_free(&sets);
	members_release(members);
	table_free(table);
}

/* Rows that share what they count, and both trees, are judged by all that counts in them. */
static void test_any_table_can_be_judged(void **state)
{
	struct snapshot *s = take();
	struct view lines = {.by = BY_LINENO, .members = true};
	struct view tree = {.by = BY_TREE, .members = true};
	char text[1024], want[1024];
	struct table *table = build(&lines, s, NULL);

	(void)state;
	for (size_t i = 0, at = 0; i < table->length; i++) {
		const struct growth_verdict *verdict = table_row(table, i)->growth;

		at += (size_t)snprintf(want + at, sizeof(want) - at, "%s%s %s %d", i ? ", " : "",
				       table_row(table, i)->key,
				       verdict ? growth_word(verdict->word) : "-",
				       verdict ? (int)verdict->bytes / 60 : 0);
	}
	table_free(table);
	look_up(lines, s, NULL, s, text, sizeof(text));
	assert_string_equal(text, want);
	look_up(lines, s, s, s, text, sizeof(text));
	assert_string_equal(text, want);
	lines.cumulative = true;
	look_up(lines, s, NULL, s, text, sizeof(text));
	assert_string_equal(text, "/s/a.c:1 settled 0, /s/a.c:2 leaking 5000, "
				  "/s/a.c:4 leaking 2000, /s/a.c:3 - 0");
	look_up(tree, s, NULL, s, text, sizeof(text));
	assert_string_equal(text, "/s/a.c:1 settled 0, /s/a.c:2 leaking 3000, "
				  "/s/a.c:4 leaking 2000, /s/a.c:2 leaking 2000, /s/a.c:3 - 0");
	tree.inverted = true;
	look_up(tree, s, NULL, s, text, sizeof(text));
	assert_string_equal(text, "/s/a.c:1 settled 0, /s/a.c:2 leaking 5000, "
				  "/s/a.c:4 leaking 2000, /s/a.c:3 - 0");
	drop(s);
}

/* A moment of the history has rows of its own; what they are called later is found by stack,
 * thread and domain. */
static void test_an_earlier_moment_is_judged_by_a_later_one(void **state)
{
	struct snapshot *s = take(), *tick = snapshot_new(s->catalog, 3);
	char text[1024];

	(void)state;
	tick->rows[0] = s->rows[2];
	tick->rows[1] = s->rows[3];
	tick->rows[2] = s->rows[0];
	look_up((struct view){.by = BY_LINENO, .members = true}, tick, NULL, s, text,
		sizeof(text));
	assert_string_equal(text, "/s/a.c:1 settled 0, /s/a.c:2 leaking 2000, /s/a.c:3 - 0");
	tick->rows[0].thread++;
	look_up((struct view){.by = BY_LINENO, .members = true}, tick, NULL, s, text,
		sizeof(text));
	assert_string_equal(text, "/s/a.c:1 settled 0, /s/a.c:2 - 0, /s/a.c:3 - 0");
	snapshot_release(tick);
	drop(s);
}

static void note_part(struct snapshot *s, uint32_t row, const char *type, uint64_t count)
{
	struct look_types *types = s->look->types;
	struct look_part *part = look_types_part(types, row, look_types_name(types, type));

	part->count = count;
	part->size = count * 100;
}

static void test_types_are_judged_by_their_stacks(void **state)
{
	struct snapshot *s = take();
	char text[1024];

	(void)state;
	s->look = snapshot_look_new(s->rows_length);
	s->look->types = look_types_new();
	note_part(s, 0, "page", 100);
	note_part(s, 1, "node", 1999);
	note_part(s, 1, "page", 1);
	note_part(s, 2, "node", 1000);
	look_up((struct view){.by = BY_TYPE, .members = true}, s, NULL, s, text, sizeof(text));
	assert_string_equal(text, "node leaking 5000, page settled 0");
	snapshot_look_free(s->look);
	s->look = NULL;
	drop(s);
}

static void test_some_tables_have_no_verdicts(void **state)
{
	const struct column *growth = column_get(COLUMN_GROWTH);
	struct snapshot *s = take();
	const struct view views[] = {{.by = BY_TREE, .sort = COLUMN_GROWTH},
				     {.by = BY_FILENAME, .cumulative = true}};
	struct table *table;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		table = build(&views[i], s, NULL);
		assert_false(column_shown(growth, table));
		table_free(table);
	}
	table = build(&(struct view){.by = BY_LINENO, .sort = COLUMN_GROWTH}, s, s);
	assert_false(column_shown(growth, table));
	assert_null(table_row(table, 0)->growth);
	table_free(table);
	snapshot_growth_release(s->growth);
	s->growth = NULL;
	table = build(&(struct view){.by = BY_LINENO, .sort = COLUMN_GROWTH}, s, NULL);
	assert_false(column_shown(growth, table));
	assert_int_equal(table->view.sort, COLUMN_DEFAULT);
	table_free(table);
	drop(s);
}

/* "KEY, ..." of the rows that the filter keeps; what is refused, behind a !. */
static void kept_rows(struct view view, const char *filter, struct snapshot *now,
		      struct snapshot *old, char text[512])
{
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse(filter, &error)}};
	struct table *table;
	char problem[256];
	size_t at = 0;

	assert_non_null(list.filters[0]);
	view.filters = &list;
	table = table_build(&view, now, old, problem);
	*text = '\0';
	for (size_t i = 0; table && i < table->length; i++)
		at += (size_t)snprintf(text + at, 512 - at, "%s%s", i ? ", " : "",
				       table_row(table, i)->key);
	if (!table)
		snprintf(text, 512, "!%s", problem);
	table_free(table);
	filter_free(list.filters[0]);
}

static void test_rows_are_kept_by_their_growth(void **state)
{
	const struct view lines = {.by = BY_LINENO};
	struct snapshot *s = take();
	char text[512];

	(void)state;
	kept_rows(lines, "growth > 292K", s, NULL, text);
	assert_string_equal(text, "/s/a.c:2");
	kept_rows(lines, "growth > 293K", s, NULL, text);
	assert_string_equal(text, "");
	kept_rows(lines, "not growth > 1 and size > 100", s, NULL, text);
	assert_string_equal(text, "/s/a.c:1");
	kept_rows(lines, "growth > -1", s, NULL, text);
	assert_string_equal(text, "/s/a.c:1, /s/a.c:2, /s/a.c:3");
	kept_rows((struct view){.by = BY_TREE}, "growth > 0", s, NULL, text);
	assert_string_equal(text, "!the filter asks for growth, which cumulative tables and "
				  "trees do not have");
	kept_rows((struct view){.by = BY_FILENAME, .cumulative = true}, "growth > 0", s, NULL, text);
	assert_string_equal(text, "!the filter asks for growth, which cumulative tables and "
				  "trees do not have");
	kept_rows(lines, "growth > 0", s, s, text);
	assert_string_equal(text, "!the filter asks for growth, which only single moments have: "
				  "live, snapshots and the end");
	snapshot_growth_release(s->growth);
	s->growth = NULL;
	kept_rows(lines, "growth > 0", s, NULL, text);
	assert_string_equal(text, "!the filter asks for growth, which only single moments have: "
				  "live, snapshots and the end");
	drop(s);
}

/* CPython before 3.13 tells nobody of objects that another line uses again: where most of
 * what a leaking line of Python's made was freed, its verdict says so. */
static void test_what_another_line_may_keep_is_said(void **state)
{
	static const char words[] = "Python before 3.13 hands freed";
	struct view view = {.by = BY_LINENO, .sort = COLUMN_GROWTH};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		bool python = i & 1, freed = i & 2, old = i & 4;
		struct snapshot *s = take();

		for (unsigned row = 1; row <= 2; row++) {
			s->rows[row].domain = python ? 1 : 0;
			struct row_figures figures = *s->rows[row].figures;

			figures.now.allocations = figures.now.count * (freed ? 4 : 1);
			rows_put(s, row, figures);
		}
		reuse_met(s->catalog, old ? 12 : 13);
		struct table *table = build(&view, s, NULL);
		const struct row *row = table_row(table, 0);

		assert_string_equal(row->key, "/s/a.c:2");
		assert_int_equal(!!strstr(row->growth->reason, words), python && freed && old);
		assert_int_equal(!strstr(row->growth->reason, "nothing freed yet"), freed);
		table_free(table);
		drop(s);
	}
}

static void says(const char *text)
{
	if (!strstr(kept.text, text))
		fail_msg("no '%s' in:\n%s", text, kept.text);
}

static void test_verdicts_are_said(void **state)
{
	struct view view = {.by = BY_LINENO, .sort = COLUMN_GROWTH};
	struct sink sink = {.write = kept_write, .user = &kept};
	struct provenance origin = {.file = "w.memtop", .program = &program};
	struct snapshot *s = take();
	struct table *table = build(&view, s, NULL);

	(void)state;
	free(kept.text);
	kept = (struct kept){0};
	assert_int_equal(text_table(table, NULL, NULL, &sink), 0);
	says("sorted by growth\nverdicts as of the census at 00:01:00\n");
	says("    leaking, +293 KiB and +3000 blocks a minute since 00:00:00: 11 of 11 slices rise");
	says("nothing freed yet: a cache that still fills looks the same");
	says("    settled: what survives does not rise");
	says("    too short: it held nothing at any census");
	free(kept.text);
	kept = (struct kept){0};
	assert_int_equal(export_json(table, &origin, NULL, &sink), 0);
	says("\"census\": 60.0");
	says("\"growth\": 300000.0, \"age\": null, \"oldest\": null, \"growth_blocks\": 3000.0, "
	     "\"verdict\": \"leaking\"");
	says("\"since\": 0.0, \"last_grew\": 60.0, \"freed\": 0.0, \"generations\": [20000, 20000,");
	says("\"verdict\": \"settled\"");
	says("\"since\": null, \"last_grew\": null");
	free(kept.text);
	kept = (struct kept){0};
	assert_int_equal(export_csv(table, &sink), 0);
	says(",growth,age,oldest,growth_blocks,verdict,reason,since,last_grew,freed,generations,run,cut,");
	says(",300000.0,,,3000.0,leaking,");
	says(",0.0,60.0,0.0,20000 20000 ");
	free(kept.text);
	kept = (struct kept){0};
	table_free(table);
	drop(s);
}

/* Two processes more leak in a.c:2 and one also in a.c:1; the moment is of all three. */
static struct snapshot *take_three(void)
{
	struct snapshot *s = take();
	struct snapshot_growth *of = s->growth;

	of->process = 2;
	of->pid = 102;
	of->rows[1].count = of->rows[1].allocations = 100;
	for (unsigned i = 0; i < 2; i++) {
		struct snapshot_growth *more = calloc(1, sizeof(*more));

		*more = *s->growth;
		more->process = 3 + i;
		more->pid = 103 + (int32_t)i;
		more->axis.now = i ? 30 : 60;
		more->length = 0;
		more->next = NULL;
		more->rows = calloc(2, sizeof(*more->rows));
		more->rows[more->length++] = (struct growth_row){
			.row = 1, .curve = leak_curve(i ? 7000 : 2000), .count = i ? 30 : 10,
			.allocations = 40,
		};
		if (i)
			more->rows[more->length++] =
				(struct growth_row){.row = 0, .curve = leak_curve(4000)};
		of = of->next = more;
	}
	return s;
}

static void test_processes_are_judged_one_by_one(void **state)
{
	struct view view = {.by = BY_LINENO, .sort = COLUMN_GROWTH};
	struct sink sink = {.write = kept_write, .user = &kept};
	struct snapshot *s = take_three();
	struct table *table = build(&view, s, NULL);
	const struct growth_verdict *growth = table_row(table, 0)->growth;

	(void)state;
	assert_string_equal(table_row(table, 0)->key, "/s/a.c:2");
	assert_int_equal(growth->word, GROWTH_LEAKING);
	/* 5,000 bytes a second in the first process, which has both stacks. */
	assert_int_equal((long)growth->bytes, (5000 + 2000 + 7000) * 60);
	assert_int_equal(growth->processes, 3);
	assert_int_equal(growth->process, 4);
	/* The one that leaks most has freed 10 of its 40 blocks. */
	assert_non_null(strstr(growth->reason, "in 3 processes, most in 104: 11 of 11"));
	assert_null(strstr(growth->reason, "nothing freed yet"));
	/* One leak makes the line one that leaks, though it is flat elsewhere. */
	growth = table_row(table, 1)->growth;
	assert_string_equal(table_row(table, 1)->key, "/s/a.c:1");
	assert_int_equal(growth->word, GROWTH_LEAKING);
	assert_int_equal(growth->processes, 1);
	assert_non_null(strstr(growth->reason, "in process 104: 11 of 11"));
	/* Births of the process that ended at 30 s are in the first half of the bins. */
	assert_true(table->births_at == 60);
	assert_true(table->births[0] > 2 * (7000 + 4000) && table->births[40] <= 7000);
	assert_int_equal(text_table(table, NULL, NULL, &sink), 0);
	says("verdicts of 3 processes as of the last census of each, at 00:01:00 at the latest\n");
	free(kept.text);
	kept = (struct kept){0};
	table_free(table);
	drop(s);
}

static void test_curves_without_room_are_told(void **state)
{
	struct view view = {.by = BY_LINENO, .sort = COLUMN_GROWTH};
	struct sink sink = {.write = kept_write, .user = &kept};
	struct snapshot *s = take_three();
	struct table *table;

	(void)state;
	s->growth->lost = true;
	s->growth->length = 0;
	table = build(&view, s, NULL);
	assert_int_equal(table_row(table, 0)->growth->processes, 2);
	assert_true(table->births_at == 0);
	assert_int_equal(text_table(table, NULL, NULL, &sink), 0);
	says("1 of them has none here, as there are too many rows or processes: --process=PID has "
	     "its own, if it is listed\n");
	free(kept.text);
	kept = (struct kept){0};
	table_free(table);
	drop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_another_line_may_keep_is_said),
		cmocka_unit_test(test_leaks_stand_first),
		cmocka_unit_test(test_what_rises_comes_before_what_is_settled),
		cmocka_unit_test(test_any_table_can_be_judged),
		cmocka_unit_test(test_an_earlier_moment_is_judged_by_a_later_one),
		cmocka_unit_test(test_types_are_judged_by_their_stacks),
		cmocka_unit_test(test_some_tables_have_no_verdicts),
		cmocka_unit_test(test_rows_are_kept_by_their_growth),
		cmocka_unit_test(test_verdicts_are_said),
		cmocka_unit_test(test_processes_are_judged_one_by_one),
		cmocka_unit_test(test_curves_without_room_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
