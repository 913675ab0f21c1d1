/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How old the blocks of a row are: their births summed up, and the oldest of them. */
#include "tests/unit/heap/births_fixture.h"
#include "tests/unit/heap/rows.h"
#include "tracer/ground/threads/worker.h"

/* Births are summed up as blocks come and go; the oldest is looked up when it is asked
 * for, among few blocks, and known no more once it is of a peak that has gone by. */
static void test_ages_of_rows(void **state)
{
	struct world w;
	struct row_figures row;
	uint64_t first, last;
	double walked;

	(void)state;
	begin(&w);
	second(&w, 3);
	first = allocate(&w, 1000, 1);
	second(&w, 10);
	last = allocate(&w, 500, 1);
	allocate(&w, 7, 2);
	row = row_of(w.model, 1, MOMENT_LIVE, &walked);
	assert_int_equal(row.born, 3 * 1000 + 10 * 500);
	assert_int_equal(row.oldest, 3);
	assert_true(walked == 10);
	second(&w, 20);
	release(&w, first);
	row = row_of(w.model, 1, MOMENT_EXIT, &walked);
	assert_int_equal(row.born, 10 * 500);
	assert_int_equal(row.oldest, 10);
	assert_true(walked == 20);
	row = row_of(w.model, 1, MOMENT_PEAK, &walked);
	assert_int_equal(row.now.size, 1500);
	assert_int_equal(row.born, AGE_UNKNOWN);
	assert_int_equal(row.oldest, AGE_UNKNOWN);
	row = row_of(w.model, 2, MOMENT_PEAK, &walked);
	assert_int_equal(row.born, 70);
	assert_int_equal(row.oldest, 10);
	release(&w, last);
	row = row_of(w.model, 1, MOMENT_EXIT, &walked);
	assert_int_equal(row.born, 0);
	assert_int_equal(row.oldest, 0);
	model_clear(w.model);
	row = row_of(w.model, 2, MOMENT_EXIT, &walked);
	assert_int_equal(row.born, 0);
	end(&w);
}

/* The oldest block of each stack, at second 7, whether its sums tell it or the table. */
static void assert_oldest(struct world *w, const uint32_t *expected, unsigned n)
{
	double walked;

	second(w, 7);
	for (uint32_t trace = 1; trace <= n; trace++)
		assert_int_equal(row_of(w->model, trace, MOMENT_EXIT, &walked).oldest,
				 expected[trace - 1]);
	assert_true(walked == 7);
}

static void test_the_oldest_by_sums(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	allocate(&w, 100, 1);
	second(&w, 1);
	allocate(&w, 99, 1);            /* 0.497 on average */
	second(&w, 7);
	allocate(&w, 50, 2);
	allocate(&w, 60, 2);
	assert_oldest(&w, (const uint32_t[]){ 0, 7 }, 2);
	/* 1 on average, which is of 0 and 2, as it might be of 1 alone. */
	second(&w, 2);
	allocate(&w, 0, 3);
	allocate(&w, 1, 1);
	assert_oldest(&w, (const uint32_t[]){ 0, 7, 2 }, 3);
	end(&w);
	begin(&w);
	allocate(&w, 10, 1);
	second(&w, 2);
	allocate(&w, 10, 1);
	second(&w, 1);
	allocate(&w, 30, 2);
	assert_oldest(&w, (const uint32_t[]){ 0, 1 }, 2);
	/* A block without a byte is in no sum. */
	second(&w, 3);
	allocate(&w, 0, 3);
	second(&w, 7);
	allocate(&w, 4000, 3);
	assert_oldest(&w, (const uint32_t[]){ 0, 1, 3 }, 3);
	end(&w);
}

/* Among many blocks the oldest is as of the last walk, and what came since is not known: */
static void test_the_oldest_of_many(void **state)
{
	struct world w;
	struct row_figures row;
	uint64_t first;
	double walked;

	(void)state;
	begin(&w);
	second(&w, 1);
	first = allocate(&w, 1, 1);
	second(&w, 2);
	for (unsigned i = 0; i < 300000; i++)
		allocate(&w, 1, 1);
	row = row_of(w.model, 1, MOMENT_NAMED, &walked);
	assert_int_equal(row.oldest, AGE_UNKNOWN);
	assert_true(walked < 0);
	tick(w.model, 3);
	release(&w, first);
	second(&w, 4);
	allocate(&w, 1, 2);
	row = row_of(w.model, 1, MOMENT_NAMED, &walked);
	assert_int_equal(row.oldest, 1);
	assert_int_equal(row.born, 2 * 300000);
	assert_true(walked == 3);
	row = row_of(w.model, 2, MOMENT_NAMED, &walked);
	assert_int_equal(row.oldest, AGE_UNKNOWN);
	/* nobody waits for the last moment */
	row = row_of(w.model, 1, MOMENT_EXIT, &walked);
	assert_int_equal(row.oldest, 2);
	row = row_of(w.model, 2, MOMENT_EXIT, &walked);
	assert_int_equal(row.oldest, 4);
	assert_true(walked == 4);
	end(&w);
}

/* Long runs have few censuses; the oldest are looked up every ten seconds all the same,
 * and a snapshot in the middle of a walk does not spoil it. */
static void test_walks_between_censuses(void **state)
{
	struct world w;
	struct row_figures row;
	double walked;

	(void)state;
	begin(&w);
	for (uint32_t t = 1; t <= 400; t++) {
		allocate(&w, 1, 1);
		tick(w.model, t);
		if (t < 12)
			continue;
		if (t % 7 == 0) {
			row = row_of(w.model, 1, MOMENT_NAMED, &walked);
			assert_int_equal(row.oldest, 0);
		}
	}
	for (uint32_t t = 401; t <= 425; t++) {
		second(&w, t);
		allocate(&w, 1, 2);
		for (unsigned step = 0; step < 100; step++)
			model_census(w.model);
		row = row_of(w.model, 2, MOMENT_NAMED, &walked);
		assert_int_equal(row.oldest, 401);
		assert_true(walked == t);
		while (model_census(w.model))
			;
		row = row_of(w.model, 2, MOMENT_NAMED, &walked);
		assert_int_equal(row.oldest, 401);
	}
	end(&w);
}

/* A child that is forked has its parent's ages; the sum of both has those of all. */
static void test_ages_of_families(void **state)
{
	struct world w;
	struct model *child;
	struct row_figures row;
	struct snapshot *s;
	struct sum *sum;
	double walked;

	(void)state;
	begin(&w);
	second(&w, 5);
	allocate(&w, 100, 1);
	child = model_new(w.catalog, (struct heap_memory){ 0 });
	assert_int_equal(model_inherit(child, w.model, 0), 0);
	model_birth_tick(child, 9);
	event_in(&w, child, WIRE_ACQUIRE, 0x99000, 50, 1);
	row = row_of(child, 1, MOMENT_EXIT, &walked);
	assert_int_equal(row.born, 5 * 100 + 9 * 50);
	assert_int_equal(row.oldest, 5);
	sum = sum_new(w.catalog);
	s = model_freeze(child, MOMENT_EXIT);
	assert_true(sum_add(sum, s, true));
	snapshot_release(s);
	s = model_freeze(w.model, MOMENT_EXIT);
	assert_true(sum_add(sum, s, true));
	snapshot_release(s);
	s = sum_snapshot(sum);
	assert_int_equal(s->rows[0].figures->born, 10 * 100 + 9 * 50);
	assert_int_equal(s->rows[0].figures->oldest, 5);
	assert_true(s->walked == 5);
	snapshot_release(s);
	sum_free(sum);
	model_free(child);
	end(&w);
}

static void assert_same(struct snapshot *a, struct snapshot *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_memory_equal(&a->totals, &b->totals, sizeof(a->totals));
	assert_true(a->walked == b->walked);
	assert_int_equal(a->rows_length, b->rows_length);
	for (size_t i = 0; i < a->rows_length; i++)
		assert_true(rows_same(&a->rows[i], &b->rows[i]));
	snapshot_release(a);
	snapshot_release(b);
}

/* Exit and peak at once are what each is by itself, whoever freezes them. */
static void ends_of(struct worker *worker, uint32_t rows)
{
	struct world w;
	struct snapshot_room room = { 0 };
	struct snapshot *exit, *peak;

	begin(&w);
	model_free(w.model);
	w.model = model_new(w.catalog, (struct heap_memory){ .prefault = worker });
	for (uint32_t i = 1; i <= rows; i++) {
		second(&w, i / 100);
		allocate(&w, 16 + i % 50, i);
	}
	for (uint32_t i = 0; i < rows; i += 3)
		release(&w, w.next - i * UINT64_C(4096));
	exit = model_freeze_in(w.model, MOMENT_EXIT, &room, &peak);
	snapshot_room_free(&room);
	assert_same(exit, model_freeze(w.model, MOMENT_EXIT));
	assert_same(peak, model_freeze(w.model, MOMENT_PEAK));
	end(&w);
}

static void test_exit_and_peak_at_once(void **state)
{
	struct worker *worker = worker_new("pages");

	(void)state;
	ends_of(NULL, 5000);
	ends_of(worker, 100);
	ends_of(worker, 5000);
	worker_stop(worker);
	ends_of(worker, 5000);          /* it takes no job any more */
	worker_free(worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ages_of_rows),
		cmocka_unit_test(test_the_oldest_by_sums),
		cmocka_unit_test(test_the_oldest_of_many),
		cmocka_unit_test(test_walks_between_censuses),
		cmocka_unit_test(test_ages_of_families),
		cmocka_unit_test(test_exit_and_peak_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
