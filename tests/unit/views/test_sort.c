/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows enough that they are sorted by digits and not compared: the order must
 * be the one that comparing gives, for each column, both ways, in diffs, and
 * for figures of all sizes, which together need more bits than a number has.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/table/table.h"
#include "tests/random.h"

#define LINES 300u

static struct heap_text heap;
/* Few values, or any: so that some are equal and some are not. */
static uint64_t figure(unsigned bits)
{
	uint64_t value = bits ? next_random() >> (64 - bits) : 0;

	return next_random() % 3 ? value : value & 3;
}

/* A block of each line; rows of the second half are as those of the first but for
 * what the order asks last. */
static struct snapshot *take(unsigned bits)
{
	static char text[LINES * 80 * 2];
	size_t at = (size_t)sprintf(text, "t\t1\tmain\n");
	struct snapshot *snapshot;

	for (unsigned i = 0; i < LINES; i++)
		at += (size_t)sprintf(text + at, "f\t/src/%c.c\t%u\tf%u\t/bin/w\t1\t\n",
				      'a' + (char)(i % 7), i / 2, i % 2);
	for (unsigned i = 1; i <= LINES; i++)
		at += (size_t)sprintf(text + at, "b\t0\t1\t1\t1\t%u\t%u\n", i, 1 + i % 5);
	heap_text_begin(&heap, NULL);
	snapshot = heap_text_parse(&heap, text, "now");
	for (size_t i = 0; i < snapshot->rows_length; i++) {
		struct row_figures figures = *snapshot->rows[i].figures;

		figures.now = (struct figures){figure(bits), 1 + figure(bits / 2), 0, figure(bits),
					       figure(3)};
		figures.now.allocations = figures.now.count + figure(bits);
		figures.peak = figure(bits);
		if (i >= LINES / 2)
			figures.now = snapshot->rows[i - LINES / 2].figures->now;
		rows_put(snapshot, i, figures);
	}
	catalog_release(heap.catalog);
	return snapshot;
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static int descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* tracemalloc's order but for the traceback: <0 if a goes first. */
static int by_figures(const struct table *table, const struct row *a, const struct row *b)
{
	int order = table->diff ? descending(magnitude(a->size_diff), magnitude(b->size_diff)) : 0;

	if (!order)
		order = descending(a->now.size, b->now.size);
	if (!order && table->diff)
		order = descending(magnitude(a->count_diff), magnitude(b->count_diff));
	return order ? order : descending(a->now.count, b->now.count);
}

static int by_stack(const struct table *table, const struct row *a, const struct row *b)
{
	struct row_frame x[2], y[2];
	size_t n = table_frames(table, a, x, 2), m = table_frames(table, b, y, 2);
	int order = 0;

	while (!order && n && m) {
		n--;
		m--;
		order = -strcmp(x[n].file, y[m].file);
		if (!order)
			order = descending(x[n].line, y[m].line);
		if (!order)
			order = -strcmp(x[n].function, y[m].function);
	}
	return order ? order : descending(n, m);
}

static int wanted(const struct table *table, const struct row *a, const struct row *b)
{
	const struct column *column = column_get(table->view.sort);
	int order = 0;

	if (column && column->key)
		order = descending(column->key(a), column->key(b));
	else if (column)
		order = strcmp(a->key, b->key);
	if (!order)
		order = by_figures(table, a, b);
	return order ? order : by_stack(table, a, b);
}

static void check(struct view view, struct snapshot *now, struct snapshot *old)
{
	char problem[256];
	struct table *table = table_build(&view, now, old, problem);
	uint64_t blocks = 0, all = 0;

	assert_non_null(table);
	assert_true(table->length > 64);
	for (size_t i = 0; i < table->length; i++) {
		blocks += table_row(table, i)->now.count;
		if (!i)
			continue;
		int order = wanted(table, table_row(table, i - 1), table_row(table, i));

		if (view.reverse ? order < 0 : order > 0)
			fail_msg("by %d, column %d: row %zu %s before %s", view.by,
				 (int)view.sort, i, table_row(table, i - 1)->key,
				 table_row(table, i)->key);
	}
	for (size_t i = 0; i < now->rows_length; i++)
		all += now->rows[i].figures->now.count;
	assert_int_equal(blocks, all);
	table_free(table);
}

static void test_orders(void **state)
{
	static const unsigned bits[] = {0, 4, 20, 31, 50, 61};
	static const enum view_key keys[] = {BY_LINENO, BY_TRACEBACK};

	(void)state;
	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		struct snapshot *now = take(bits[i]), *old = take(bits[i]);

		for (unsigned how = 0; how < 8; how++)
			for (unsigned column = COLUMN_DEFAULT; column < COLUMNS; column++)
				check((struct view){.by = keys[how & 1], .reverse = how & 2,
						    .sort = (enum column_id)column},
				      now, how & 4 ? old : NULL);
		snapshot_release(now);
		snapshot_release(old);
	}
}

/* What no heap holds, but a recording may say. */
static void test_too_large(void **state)
{
	static const char text[] = "f\t/a.c\t1\tf\t/w\t1\t\nf\t/b.c\t2\tg\t/w\t1\t\nt\t1\tmain\n"
				   "b\t0\t1\t1\t1\t1\nb\t0\t1\t1\t1\t2\nb\t0\t1\t1\t1\t2\t1\n";
	struct view view = {.by = BY_LINENO}, tree = {.by = BY_TREE};
	char problem[256];
	struct table *table;
	struct snapshot *now, *old;

	(void)state;
	heap_text_begin(&heap, NULL);
	now = heap_text_parse(&heap, text, "now");
	catalog_release(heap.catalog);
	heap_text_begin(&heap, NULL);
	old = heap_text_parse(&heap, text, "old");
	catalog_release(heap.catalog);
	for (size_t i = 0; i < now->rows_length; i++) {
		struct row_figures figures = *now->rows[i].figures;

		figures.now.size = figures.peak = UINT64_MAX / 4 * 3;
		rows_put(now, i, figures);
	}
	table = table_build(&view, now, old, problem);
	assert_string_equal(table_row(table, 0)->key, "/b.c:2");
	assert_true(table_row(table, 0)->now.size == UINT64_MAX && table_row(table, 0)->peak == UINT64_MAX);
	assert_true(table_row(table, 0)->size_diff == INT64_MAX && table->sum.size == UINT64_MAX);
	table_free(table);
	table = table_build(&view, old, now, problem);
	assert_true(table_row(table, 0)->size_diff == -INT64_MAX && table->old_sum == UINT64_MAX);
	table_free(table);
	table = table_build(&tree, now, NULL, problem);
	assert_true(table->sum.size == UINT64_MAX);
	table_free(table);
	snapshot_release(now);
	snapshot_release(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_orders),
					   cmocka_unit_test(test_too_large)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
