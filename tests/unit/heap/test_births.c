/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Births in a model, the censuses over it, and what growth is judged by. */
#include "tests/unit/heap/births_fixture.h"

#define SECONDS 60u

/* Bytes that were born in all seconds together. */
static double born_in_all(struct model *model, uint32_t trace)
{
	bool found;
	struct growth_curve curve = curve_of(model, trace, &found);
	double sum = 0;

	assert_true(found);
	for (unsigned i = 0; i < GROWTH_BINS; i++)
		sum += curve.births[i];
	return sum;
}

static struct growth_verdict verdict_of(struct model *model, uint32_t trace)
{
	struct growth_verdict verdict;
	bool found;
	struct growth_curve curve = curve_of(model, trace, &found);
	struct snapshot *s = model_freeze(model, MOMENT_EXIT);
	const struct growth_facts facts = { .axis = &s->growth->axis, .curve = &curve };

	assert_true(found);
	growth_judge(&facts, &verdict);
	snapshot_release(s);
	return verdict;
}

/* Bytes that were born in a second, of a run of SECONDS: a bin is one. */
static float born_in(struct model *model, uint32_t trace, unsigned second)
{
	bool found;

	_Static_assert(GROWTH_BINS == SECONDS, "a bin is a second");
	return curve_of(model, trace, &found).births[second];
}

static void test_a_leak_is_told_from_a_queue(void **state)
{
	struct world w;
	uint64_t queue[SECONDS] = { 0 };
	struct growth_verdict leak, other;

	(void)state;
	begin(&w);
	for (uint32_t t = 0; t < SECONDS; t++) {
		for (unsigned i = 0; i < 30; i++)
			allocate(&w, 100, 1);
		queue[t] = allocate(&w, 3000, 2);
		if (t >= 10)
			release(&w, queue[t - 10]);
		tick(w.model, t + 1);
	}
	leak = verdict_of(w.model, 1);
	other = verdict_of(w.model, 2);
	assert_int_equal(leak.word, GROWTH_LEAKING);
	assert_int_equal((long)leak.bytes, 3000 * 60);
	assert_int_equal((long)leak.blocks, 30 * 60);
	assert_true(leak.since == 0 && leak.last_grew == SECONDS);
	assert_int_equal(other.word, GROWTH_TURNOVER);
	end(&w);
}

/* By realloc a block is born anew, unless it fails; in another stack's name it is too. */
static void test_a_realloc_is_born_anew(void **state)
{
	struct world w;
	uint64_t grown = 0, failed = 0, renamed = 0;

	(void)state;
	begin(&w);
	for (uint32_t t = 0; t < SECONDS; t++) {
		if (t == 5) {
			grown = allocate(&w, 1000, 1);
			failed = allocate(&w, 500, 1);
			renamed = allocate(&w, 200, 1);
		}
		if (t == 40) {
			event_in(&w, w.model, WIRE_REALLOC_RELEASE, grown, 0, 0);
			allocate(&w, 2000, 1);
			event_in(&w, w.model, WIRE_REALLOC_RELEASE, failed, 0, 0);
			event_in(&w, w.model, WIRE_REALLOC_RESTORE, failed, 0, 0);
			event_in(&w, w.model, WIRE_AGAIN, renamed, 0, 1);
		}
		allocate(&w, 1, 9);
		tick(w.model, t + 1);
	}
	assert_int_equal((long)born_in(w.model, 1, 5), 500);
	assert_int_equal((long)born_in(w.model, 1, 40), 2200);
	end(&w);
}

/* A block that is born anew each second, just before the census looks, is there all the
 * time: one container. */
static void test_a_container_is_never_gone(void **state)
{
	struct world w;
	uint64_t array = 0;

	(void)state;
	begin(&w);
	for (uint32_t t = 0; t < SECONDS; t++) {
		model_birth_tick(w.model, t);
		for (unsigned i = 0; i < 20; i++)
			allocate(&w, 1, 9);
		if (array)
			event_in(&w, w.model, WIRE_REALLOC_RELEASE, array, 0, 0);
		array = allocate(&w, 10000 * (t + 1), 1);
		while (model_census(w.model))
			;
	}
	assert_int_equal(verdict_of(w.model, 1).word, GROWTH_CONTAINER);
	end(&w);
}

/* A forked child has its parent's blocks with their births, however it comes by them. */
static void test_a_forked_child_keeps_the_births(void **state)
{
	struct world w;
	struct model *child;
	uint64_t first = 0;

	(void)state;
	begin(&w);
	child = model_new(w.catalog, (struct heap_memory){ 0 });
	for (uint32_t t = 0; t < SECONDS; t++) {
		if (t == 10)
			first = allocate(&w, 700, 1);
		if (t == 20)
			event_in(&w, w.model, WIRE_FORK, 1, 0, 0);
		if (t == 30) {
			release(&w, first);
			assert_int_equal(model_inherit(child, w.model, 1), 0);
		}
		model_birth_tick(w.model, t + 1);
		if (t < 30)
			continue;
		event_in(&w, child, WIRE_ACQUIRE, w.next += 4096, 1, 9);
		tick(child, t + 1);
	}
	/* All before the child's first census, after 31 seconds, is one column. */
	bool found;
	struct growth_curve curve = curve_of(child, 1, &found);
	double sum = 0;

	for (unsigned i = 0; i < 31; i++)
		sum += curve.births[i];
	assert_true(found && sum > 699.9 && sum < 700.1);
	assert_true(curve.births[31] == 0);
	model_free(child);
	end(&w);
}

/* Blocks of the program's own domains are counted as malloc's are. */
static void test_own_domains_have_births(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	for (uint32_t t = 0; t < 5; t++) {
		struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_USER, w.ticks += 100000,
						      64 + 8 * t, 10, 4);

		assert_int_equal(model_track(w.model, &w.ring, 16, &e), 0);
		tick(w.model, t + 1);
	}
	double sum = born_in_all(w.model, 4);

	assert_true(sum > 49.9 && sum < 50.1);
	end(&w);
}

/* Of a program that is sampled, mappings are counted as they are. */
static void test_mappings_are_not_sampled(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	model_sample(w.model, 1 << 20);
	for (uint32_t t = 0; t < 5; t++) {
		struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_MMAP, w.ticks += 100000,
						      0x100000 + 0x10000 * t, 4096, 4);

		assert_int_equal(model_map(w.model, &w.ring, &e), 0);
		tick(w.model, t + 1);
	}
	double sum = born_in_all(w.model, 4);

	assert_true(sum > 5 * 4096 - 1 && sum < 5 * 4096 + 1);
	end(&w);
}

/* A peak that has gone by has no curve, a live moment only if somebody asked; all begins
 * anew when figures are cleared; the sum of two that grow has none. */
static void test_who_has_curves(void **state)
{
	struct world w;
	struct snapshot *a, *b;
	struct sum *sum;
	bool found;

	(void)state;
	begin(&w);
	allocate(&w, 100, 1);
	tick(w.model, 1);
	a = model_freeze(w.model, MOMENT_PEAK);
	b = model_freeze(w.model, MOMENT_LIVE);
	assert_null(a->growth);
	assert_null(b->growth);
	snapshot_release(a);
	snapshot_release(b);
	model_grows(w.model, UINT32_MAX);
	a = model_freeze(w.model, MOMENT_LIVE);
	assert_non_null(a->growth);
	a->process = 3;
	a->pid = 33;
	sum = sum_new(w.catalog);
	assert_true(sum_add(sum, a, true));
	b = sum_snapshot(sum);
	assert_non_null(b->growth);
	assert_int_equal(b->growth->length, 1);
	assert_int_equal(b->rows[b->growth->rows[0].row].figures->now.size, 100);
	snapshot_release(b);
	/* Another process has curves of its own beside it, also by way of a sum. */
	a->process = 4;
	a->pid = 44;
	assert_true(sum_add(sum, a, true));
	b = sum_snapshot(sum);
	sum_free(sum);
	sum = sum_new(w.catalog);
	assert_true(sum_add(sum, b, true));
	snapshot_release(b);
	b = sum_snapshot(sum);
	assert_int_equal(b->rows[0].figures->now.size, 200);
	assert_int_equal(b->growth->length, 1);
	assert_non_null(b->growth->next);
	assert_int_equal(b->growth->process + b->growth->next->process, 3 + 4);
	assert_int_equal(b->growth->pid + b->growth->next->pid, 33 + 44);
	assert_int_equal(b->growth->rows[0].size, 100);
	assert_int_equal(b->growth->rows[0].allocations, 1);
	assert_null(b->growth->next->next);
	assert_true(snapshot_census(b) == a->growth->axis.now);
	snapshot_release(b);
	sum_free(sum);
	snapshot_release(a);
	model_clear(w.model);
	curve_of(w.model, 1, &found);
	assert_false(found);
	end(&w);
}

/* What a row held at the ends of 24 parts of the run, from its censuses. */
static void test_the_run_of_a_row(void **state)
{
	struct world w;
	uint64_t block = 0;
	bool found;

	(void)state;
	begin(&w);
	for (uint32_t t = 0; t < 48; t++) {
		if (t == 11)
			block = allocate(&w, 1000, 1);
		if (t == 36)
			release(&w, block);
		allocate(&w, 1, 9);
		tick(w.model, t + 1);
	}
	const struct growth_curve curve = curve_of(w.model, 1, &found);
	const struct growth_curve other = curve_of(w.model, 9, &found);

	for (unsigned i = 0; i < GROWTH_RUN; i++) {
		assert_int_equal((int)curve.run[i], i >= 5 && i < 18 ? 1000 : 0);
		assert_int_equal((int)other.run[i], 2 * (i + 1));
	}
	end(&w);
}

/* Mappings have births, and curves, as other blocks have; a part of one that is unmapped
 * takes its part along. */
static void test_mappings_have_births(void **state)
{
	struct world w;
	struct row_figures row;
	struct wire_event e;
	double walked;
	bool found;

	(void)state;
	begin(&w);
	second(&w, 4);
	e = wire_event_make(WIRE_ACQUIRE, WIRE_MMAP, w.ticks += 100000, 0x700000, 8192, 6);
	assert_int_equal(model_map(w.model, &w.ring, &e), 0);
	tick(w.model, 6);
	e = wire_event_make(WIRE_RELEASE, WIRE_MMAP, w.ticks += 100000, 0x700000, 4096, 0);
	assert_int_equal(model_map(w.model, &w.ring, &e), 0);
	row = row_of(w.model, 6, MOMENT_EXIT, &walked);
	assert_int_equal(row.now.size, 4096);
	assert_int_equal(row.born, 4 * 4096);
	assert_int_equal(row.oldest, 4);
	tick(w.model, 7);
	curve_of(w.model, 6, &found);
	assert_true(found);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_leak_is_told_from_a_queue),
		cmocka_unit_test(test_a_realloc_is_born_anew),
		cmocka_unit_test(test_a_container_is_never_gone),
		cmocka_unit_test(test_a_forked_child_keeps_the_births),
		cmocka_unit_test(test_own_domains_have_births),
		cmocka_unit_test(test_mappings_are_not_sampled),
		cmocka_unit_test(test_who_has_curves),
		cmocka_unit_test(test_the_run_of_a_row),
		cmocka_unit_test(test_mappings_have_births),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
