/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sampling from end to end but for the ring: the tracer's own decisions (its
 * sample.c is built in here) on a program that is known to the byte, the model's
 * estimates of it, and the error that is stated.  200 runs, seeds fixed: sums are
 * right on average, and the error is what the runs really scatter by.
 */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tests/unit/heap/rows.h"
#include "tracer/heap/model.h"
#include "tracer/heap/sample.h"
#include "tracer/preload/base/blocks.c"
#include "tracer/preload/ring/sample.c"

#define RUNS 200
#define EVERY 16384u

struct tracer tracer;
static struct wire_control control;

void *arena_map(uint64_t bytes) { return calloc(1, bytes); }
void arena_wipe(void *memory, uint64_t bytes) { memset(memory, 0, bytes); }
void arena_unmap(void *memory, uint64_t bytes)
{
	(void)bytes;
	free(memory);
}

static void start(uint64_t seed)
{
	for (unsigned k = 0; k < BLOCKS_LEVELS; k++) {
		free(set.blocks.level[k]);
		set.blocks.level[k] = NULL;
	}
	free(sample_filter);
	sample_filter = NULL;
	set.threads = 0;
	control.sample = EVERY;
	control.sample_seed = seed;
	tracer.control = &control;
	assert_int_equal(sample_start(), 0);
}

/* What one line of the program does: `blocks` blocks of from `size` bytes to
 * `spread` times that, of which every `keep`-th stays. */
static const struct line {
	unsigned blocks, size, spread, keep;
} lines[] = {
	{ 3000, 64, 1, 1 }, { 6000, 24, 1, 4 }, { 300, 4096, 1, 2 }, { 40, 300000, 1, 2 },
	{ 4000, 1, 2000, 3 }, { 60, 20000, 3, 1 }, { 500, 0, 1, 1 },
};
#define LINES (sizeof(lines) / sizeof(*lines))

static uint64_t size_of(unsigned line, unsigned i)
{
	return lines[line].size * (1 + (uint64_t)i * 7919 % lines[line].spread);
}

struct run {
	uint64_t base;                  /* addresses are random, too */
	struct sample_thread thread;
	struct model *model;
	struct model_ring ring;
	uint64_t ticks, events;
};

static uint64_t address_of(const struct run *run, unsigned line, unsigned i)
{
	return run->base + ((uint64_t)line << 32) + (uint64_t)i * 1048576;
}

static void event(struct run *run, enum wire_kind kind, uint64_t address, uint64_t size,
		  unsigned trace)
{
	struct wire_event e = wire_event_make(kind, WIRE_MALLOC, ++run->ticks, address, size, trace);

	assert_int_equal(model_apply(run->model, &run->ring, &e), 0);
	run->events++;
}

static void acquire(struct run *run, uint64_t address, uint64_t size, unsigned trace)
{
	if (sample_acquires(&run->thread, (void *)address, size))
		event(run, WIRE_ACQUIRE, address, size, trace);
}

static void release(struct run *run, uint64_t address)
{
	uint64_t temporary = 0;

	if (sample_releases(&run->thread, WIRE_RELEASE, (void *)address, &temporary))
		event(run, WIRE_RELEASE, address, temporary, 0);
}

static struct snapshot *run_once(uint64_t seed, struct catalog *catalog, uint64_t *events)
{
	struct run run = { .base = 0x550000000000 + seed * 4096 };

	run.model = model_new(catalog, (struct heap_memory){ 0 });
	struct snapshot *snapshot;

	start(seed);
	sample_begin(&run.thread);
	model_sample(run.model, EVERY);
	model_thread_begin(&run.ring, (struct thread_id){ 1 });
	for (unsigned line = 0; line < LINES; line++)
		for (unsigned i = 0; i < lines[line].blocks; i++) {
			acquire(&run, address_of(&run, line, i), size_of(line, i), line + 1);
			if (i % lines[line].keep)
				release(&run, address_of(&run, line, i));
		}
	snapshot = model_freeze(run.model, MOMENT_LIVE);
	assert_int_equal(snapshot->totals.unknown_frees, 0);
	*events += run.events;
	model_free(run.model);
	return snapshot;
}

struct sums {
	double truth, sum, squares, stated;
};

static void note(struct sums *s, double estimate, double variance)
{
	s->sum += estimate;
	s->squares += (estimate - s->truth) * (estimate - s->truth);
	s->stated += variance;
}

/* Large blocks are all recorded: then there is nothing but rounding. */
static bool is_sure(const struct sums *s)
{
	return sqrt(s->squares / RUNS) <= s->truth * 1e-4;
}

/* How many standard deviations of their mean all runs together are off. */
static double off(const struct sums *s)
{
	return is_sure(s) ? 0 : fabs(s->sum / RUNS - s->truth) / sqrt(s->squares / RUNS / RUNS);
}

static void unbiased_and_honest(void **state)
{
	struct sums size[LINES + 1] = { 0 }, count[LINES] = { 0 }, total[LINES] = { 0 };
	struct sums temporary[LINES] = { 0 };
	struct catalog *catalog = catalog_new();
	uint64_t events = 0;

	(void)state;
	for (unsigned line = 0; line < LINES; line++)
		for (unsigned i = 0; i < lines[line].blocks; i++) {
			bool kept = i % lines[line].keep == 0;

			size[line].truth += kept ? (double)size_of(line, i) : 0;
			count[line].truth += kept;
			temporary[line].truth += !kept;
			total[line].truth += (double)size_of(line, i);
		}
	for (unsigned line = 0; line < LINES; line++)
		size[LINES].truth += size[line].truth;
	for (unsigned seed = 1; seed <= RUNS; seed++) {
		struct snapshot *snapshot = run_once(seed, catalog, &events);
		struct figures now[LINES] = { 0 };

		for (size_t i = 0; i < snapshot->rows_length; i++)
			now[snapshot->rows[i].trace.v - 1] = snapshot->rows[i].figures->now;
		for (unsigned line = 0; line < LINES; line++) {
			note(&size[line], (double)now[line].size,
			     sample_variance(EVERY, now[line].size, now[line].count));
			note(&count[line], (double)now[line].count, 0);
			note(&total[line], (double)now[line].total, 0);
			note(&temporary[line], (double)now[line].temporary, 0);
		}
		note(&size[LINES], (double)snapshot->totals.current,
		     snapshot_error(snapshot) * snapshot_error(snapshot));
		snapshot_release(snapshot);
	}
	for (unsigned line = 0; line <= LINES; line++) {
		double honest = is_sure(&size[line]) ? 1 : size[line].stated / size[line].squares;

		print_message("line %u: size %.0f, off by %.2f sigma, stated/real error %.2f\n", line,
			      size[line].truth, off(&size[line]), sqrt(honest));
		assert_true(off(&size[line]) < 3.5);
		/* Of mixed sizes the stated error may be too large, never much too small. */
		assert_true(sqrt(honest) > 0.85 && sqrt(honest) < 1.6);
	}
	for (unsigned line = 0; line < LINES; line++) {
		assert_true(off(&count[line]) < 3.5);
		assert_true(off(&total[line]) < 3.5);
		assert_true(off(&temporary[line]) < 3.5);
	}
	/* Of 13,900 blocks and 8,700 frees few cost anything. */
	print_message("%.0f events a run\n", (double)events / RUNS);
	assert_true(events / RUNS < 3000);
	catalog_release(catalog);
}

/* Mappings are not sampled. */
static void mappings_have_no_error(void **state)
{
	struct catalog *catalog = catalog_new();
	struct snapshot *snapshot = snapshot_new(catalog, 2);
	const struct row_figures figures = { .now = { .size = 8192, .count = 2 } };

	(void)state;
	snapshot->sample = 4096;
	snapshot->rows[0].domain = WIRE_MMAP;
	rows_put(snapshot, 0, figures);
	assert_true(snapshot_error(snapshot) == 0);
	rows_put(snapshot, 1, figures);
	assert_true(snapshot_error(snapshot) == sqrt(sample_variance(4096, 8192, 2)));
	snapshot_release(snapshot);
	catalog_release(catalog);
}

static void weights(void **state)
{
	struct sample_weight large = sample_weigh(4096, 0x5000, 1 << 20);
	double counts = 0;

	(void)state;
	assert_int_equal(large.size, 1 << 20);
	assert_int_equal(large.count, 1);
	for (uint64_t i = 1; i <= 100000; i++)
		counts += (double)sample_weigh(4096, i * 32, 6000).count;
	assert_true(fabs(counts / 100000 + 1 / expm1(-6000.0 / 4096)) < 0.01);
	assert_true(sample_variance(4096, 0, 0) == 0 && sample_variance(0, 5, 5) == 0);
}

static void reallocs(void **state)
{
	struct sample_thread s = { 0 };
	void *block = (void *)0x5555000;
	uint64_t temporary;

	(void)state;
	start(1);
	sample_begin(&s);
	assert_true(sample_acquires(&s, block, UINT64_C(1) << 40));
	assert_true(sample_releases(&s, WIRE_REALLOC_RELEASE, block, &temporary));
	assert_int_equal(temporary, 1);
	assert_true(sample_releases(&s, WIRE_REALLOC_RESTORE, block, &temporary));
	assert_false(sample_releases(&s, WIRE_REALLOC_RESTORE, block, &temporary));
	assert_true(sample_releases(&s, WIRE_RELEASE, block, &temporary));
	assert_int_equal(temporary, 0);
	assert_false(sample_releases(&s, WIRE_RELEASE, block, &temporary));
	s.left = INT64_MAX;
	assert_false(sample_acquires(&s, block, 100));
	assert_false(sample_releases(&s, WIRE_REALLOC_RELEASE, block, &temporary));
	assert_false(sample_releases(&s, WIRE_REALLOC_RESTORE, block, &temporary));
}

/* Many blocks, several levels, threads at once: each finds its own. */
#define LANES 4
#define EACH 20000u

static void *lane(void *user)
{
	struct sample_thread s = { .every = 1 };
	uint64_t first = 0x600000000000 + ((uint64_t)(uintptr_t)user << 36), temporary;
	unsigned wrong = 0;

	sample_begin(&s);
	for (unsigned i = 0; i < EACH; i++)
		wrong += !sample_record(&s, (void *)(first + i * 48));
	for (unsigned i = EACH; i-- > 0;) {
		wrong += !sample_releases(&s, WIRE_RELEASE, (void *)(first + i * 48), &temporary);
		wrong += sample_releases(&s, WIRE_RELEASE, (void *)(first + i * 48), &temporary);
	}
	return (void *)(uintptr_t)wrong;
}

static void many_threads(void **state)
{
	pthread_t threads[LANES];
	void *wrong;

	(void)state;
	start(1);
	for (uintptr_t i = 0; i < LANES; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, lane, (void *)i), 0);
	for (unsigned i = 0; i < LANES; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_non_null(set.blocks.level[1]);
	start(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unbiased_and_honest),
		cmocka_unit_test(weights),
		cmocka_unit_test(mappings_have_no_error),
		cmocka_unit_test(reallocs),
		cmocka_unit_test(many_threads),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	for (unsigned k = 0; k < BLOCKS_LEVELS; k++)
		free(set.blocks.level[k]);
	free(sample_filter);
	return failed;
}
