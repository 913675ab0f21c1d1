/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves in a recording: as they were, none in an older file, and no damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/collect/recording/one_snapshot.h"

/* Of the fixture's five rows the second and the fifth have curves. */
static const uint32_t grown[] = { 1, 4 };

static struct growth_curve make_curve(unsigned n)
{
	struct growth_curve curve = { 0 };

	for (unsigned w = 0; w < GROWTH_WINDOWS; w++)
		for (unsigned i = 0; i < GROWTH_SLICES; i++) {
			curve.part[w].bytes[i] = (float)(n * 1000 + w * 100 + i);
			curve.part[w].held[i] = 3;
		}
	curve.births[GROWTH_BINS - 1] = (float)n;
	return curve;
}

static struct snapshot *make_snapshot(struct run *run)
{
	struct snapshot *s = run_snapshot(run, MOMENT_EXIT, 0, "exit", 50);
	struct snapshot_growth *growth = calloc(1, sizeof(*growth));

	growth->axis.now = 60;
	growth->axis.span[0] = (struct growth_span){ .from = 12, .events = 4000 };
	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		growth->axis.span[0].end[i] = 16 + 4.0 * i;
	growth->axis.span[0].end[GROWTH_SLICES - 1] = 60;
	growth->rows = calloc(2, sizeof(*growth->rows));
	for (unsigned i = 0; i < 2; i++)
		growth->rows[growth->length++] =
			(struct growth_row){ .row = grown[i], .curve = make_curve(i + 1) };
	s->growth = growth;
	return s;
}

static void record(struct run *run) { record_made(run, make_snapshot(run)); }

static void test_curves_come_back_with_their_rows(void **state)
{
	struct run run;
	struct error error;
	struct snapshot *s, *was;

	(void)state;
	run_begin(&run);
	record(&run);
	was = make_snapshot(&run);
	s = read_back(&run, "exit", &error);
	assert_non_null(s);
	assert_non_null(s->growth);
	assert_memory_equal(&s->growth->axis, &was->growth->axis, sizeof(was->growth->axis));
	assert_int_equal(s->growth->length, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct growth_row *row = &s->growth->rows[i];
		struct growth_curve wanted = make_curve(i + 1);

		assert_int_equal(s->rows[row->row].figures->now.size, 50 + grown[i]);
		assert_memory_equal(&row->curve, &wanted, sizeof(wanted));
	}
	snapshot_release(s);
	snapshot_release(was);
	run_end(&run);
}

/* A snapshot of n stacks, of which all but each seventh have curves. */
static struct snapshot *make_many(struct run *run, uint32_t n)
{
	struct snapshot *s = snapshot_new(run->catalog, n);
	struct snapshot_growth *growth = calloc(1, sizeof(*growth));
	struct trace_id parent;
	struct site_id site;

	assert_true(catalog_trace(run->catalog, (struct trace_id){ 10 }, &parent, &site));
	growth->axis.now = 60;
	growth->rows = calloc(n, sizeof(*growth->rows));
	for (uint32_t i = 0; i < n; i++) {
		catalog_put_trace(run->catalog, (struct trace_id){ 100 + i },
				  (struct trace_id){ 10 }, site);
		s->rows[i] = (struct snapshot_row){ .trace = { 100 + i }, .thread = 1 };
		rows_put(s, i, (struct row_figures){ .now = { i + 1, 1, 1, i + 1, 0 } });
		if (i % 7)
			growth->rows[growth->length++] =
				(struct growth_row){ .row = i, .curve = make_curve(i) };
	}
	s->kind = MOMENT_EXIT;
	s->process = 1;
	s->growth = growth;
	return s;
}

static void test_many_curves_come_back_each_with_its_row(void **state)
{
	/* Few, as many as share statements and none, one, or all but one left over. */
	static const uint32_t many[] = { 100, 672, 674, 690 };
	struct error error;

	(void)state;
	for (size_t n = 0; n < sizeof(many) / sizeof(many[0]); n++) {
		struct run run;

		run_begin(&run);
		struct snapshot *was = make_many(&run, many[n]);

		record_snapshot(&run, was);
		struct snapshot *s = read_back(&run, "exit", &error);

		assert_non_null(s);
		assert_int_equal(s->growth->length, was->growth->length);
		for (size_t i = 0; i < s->growth->length; i++) {
			const struct growth_row *row = &s->growth->rows[i];
			struct growth_curve wanted = make_curve(row->row);

			assert_true(row->row % 7);
			assert_int_equal(s->rows[row->row].figures->now.size, row->row + 1);
			assert_memory_equal(&row->curve, &wanted, sizeof(wanted));
		}
		snapshot_release(s);
		snapshot_release(was);
		run_end(&run);
	}
}

static void test_an_older_file_has_none(void **state)
{
	struct run run;
	struct error error;
	struct snapshot *s;

	(void)state;
	run_begin(&run);
	record(&run);
	change_file(&run, "DROP TABLE growth");
	s = read_back(&run, "exit", &error);
	assert_non_null(s);
	assert_null(s->growth);
	snapshot_release(s);
	run_end(&run);
}

static void test_what_is_no_curve_is_damage(void **state)
{
	static const char *const wrong[] = {
		"UPDATE growth SET curve = x'01'", "UPDATE growth SET curve = 'text'",
		"UPDATE growth_axis SET axis = zeroblob(16)",
		"INSERT INTO growth SELECT moment, trace, thread, 7, curve FROM growth LIMIT 1",
		"UPDATE growth SET domain = -1",
	};

	(void)state;
	each_is_damage(record, "exit", wrong, sizeof(wrong) / sizeof(wrong[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_curves_come_back_with_their_rows),
		cmocka_unit_test(test_many_curves_come_back_each_with_its_row),
		cmocka_unit_test(test_an_older_file_has_none),
		cmocka_unit_test(test_what_is_no_curve_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
