/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children that begin as copies of their parent, against copies made at once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/heap_bytes.h"
#include "tracer/heap/domains.h"
#include "tracer/heap/inherit.h"
#include "tracer/heap/tally/tally.h"

#define ADDRESSES 4096u

struct fixture {
	struct catalog *catalog;
	struct model *model;
	struct model_ring ring;
	uint64_t ticks;
	uint64_t size[ADDRESSES];       /* 0: none; else bytes + 1 */
	uint32_t seed;
};

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->catalog = catalog_new();
	f->model = model_new(f->catalog, (struct heap_memory){ 0 });
	f->seed = 12345;
	model_thread_begin(&f->ring, (struct thread_id){ 1 });
}

static void end(struct fixture *f)
{
	model_free(f->model);
	catalog_release(f->catalog);
}

static int event(struct fixture *f, enum wire_kind kind, uint64_t address, uint64_t size,
		 uint32_t trace)
{
	struct wire_event e = wire_event_make(kind, WIRE_MALLOC, f->ticks += 100000, address,
					      size, trace);

	return model_apply(f->model, &f->ring, &e);
}

static uint32_t draw(struct fixture *f, uint32_t below)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return (f->seed >> 8) % below;
}

static void churn(struct fixture *f, unsigned events)
{
	while (events--) {
		uint32_t i = draw(f, ADDRESSES), size = draw(f, 500);

		if (f->size[i]) {
			assert_int_equal(event(f, WIRE_RELEASE, 16 + 16 * (uint64_t)i, 0, 0), 0);
			f->size[i] = 0;
		} else {
			assert_int_equal(event(f, WIRE_ACQUIRE, 16 + 16 * (uint64_t)i, size,
					       1 + size % 7), 0);
			f->size[i] = size + 1;
		}
	}
}

/* The child's blocks are those of `size`, and all its figures follow from them. */
static void expect(struct model *child, const uint64_t *size)
{
	uint64_t bytes = 0, blocks = 0, there;
	struct totals totals;
	struct trace_id trace;

	for (uint32_t i = 0; i < ADDRESSES; i++) {
		bool has = model_block(child, 16 + 16 * (uint64_t)i, &there, &trace);

		assert_int_equal(has, size[i] != 0);
		if (!has)
			continue;
		assert_int_equal(there, size[i] - 1);
		assert_int_equal(trace.v, 1 + there % 7);
		bytes += there;
		blocks++;
	}
	model_totals(child, &totals);
	assert_int_equal(totals.current, bytes);
	assert_int_equal(totals.peak, bytes);
	assert_int_equal(totals.peak_ever, bytes);
	assert_int_equal(totals.total, bytes);
	assert_int_equal(totals.blocks, blocks);
	assert_int_equal(totals.allocations, blocks);
	assert_int_equal(totals.frees, 0);
}

static bool stays(void *user, int32_t pid)
{
	(void)user;
	(void)pid;
	return false;
}

/* Forks in a row, whose children come much later and in any order. */
static void later(void **state)
{
	struct fixture *f = malloc(sizeof(*f));
	uint64_t(*then)[ADDRESSES] = malloc(20 * sizeof(*then));

	(void)state;
	begin(f);
	for (unsigned id = 1; id <= 20; id++) {
		churn(f, 3000);
		memcpy(then[id - 1], f->size, sizeof(f->size));
		assert_int_equal(event(f, WIRE_FORK, id, 0, 0), 0);
		assert_int_equal(event(f, WIRE_FORKED, id, 1000 + id, 0), 0);
	}
	churn(f, 3000);
	for (unsigned n = 0; n < 20; n++) {
		unsigned id = 1 + (n * 7) % 20;
		struct model *child = model_new(f->catalog, (struct heap_memory){ 0 });

		assert_int_equal(model_inherit(child, f->model, id), 0);
		expect(child, then[id - 1]);
		assert_int_equal(model_inherit(child, f->model, id), -ENOENT);
		model_free(child);
		churn(f, 100);
		assert_int_equal(model_forks(f->model, stays, NULL), 19 - n);
	}
	end(f);
	free(then);
	free(f);
}

/* The log is bounded: copies are made. */
static void bounded(void **state)
{
	struct fixture *f = malloc(sizeof(*f));
	uint64_t(*then)[ADDRESSES] = malloc(12 * sizeof(*then));

	(void)state;
	begin(f);
	churn(f, 3000);
	for (unsigned id = 1; id <= 12; id++) {
		memcpy(then[id - 1], f->size, sizeof(f->size));
		assert_int_equal(event(f, WIRE_FORK, id, 0, 0), 0);
		churn(f, 70000);
	}
	for (unsigned id = 1; id <= 12; id++) {
		struct model *child = model_new(f->catalog, (struct heap_memory){ 0 });

		assert_int_equal(model_inherit(child, f->model, id), 0);
		expect(child, then[id - 1]);
		model_free(child);
	}
	end(f);
	free(then);
	free(f);
}

static bool is_1002(void *user, int32_t pid)
{
	(void)user;
	return pid == 1002;
}

/* A fork that failed, a child that is gone, a child as of now, an end with
 * forks open. */
static void endings(void **state)
{
	struct fixture *f = malloc(sizeof(*f));
	struct model *child, *now;
	struct totals totals;

	(void)state;
	begin(f);
	churn(f, 500);
	event(f, WIRE_FORK, 1, 0, 0);
	assert_int_equal(event(f, WIRE_FORKED, 1, 0, 0), 0);
	event(f, WIRE_FORK, 2, 0, 0);
	event(f, WIRE_FORKED, 2, 1002, 0);
	event(f, WIRE_FORK, 3, 0, 0);
	churn(f, 500);
	assert_int_equal(model_forks(f->model, is_1002, NULL), 1);
	child = model_new(f->catalog, (struct heap_memory){ 0 });
	assert_int_equal(model_inherit(child, f->model, 1), -ENOENT);
	assert_int_equal(model_inherit(child, f->model, 2), -ENOENT);
	model_totals(f->model, &totals);
	assert_true(totals.blocks > 0);
	assert_int_equal(model_refused(child), 2 * totals.blocks);
	now = model_new(f->catalog, (struct heap_memory){ 0 });
	assert_int_equal(model_inherit(now, f->model, 0), 0);
	expect(now, f->size);
	assert_int_equal(event(f, WIRE_FORKED, 99, 5, 0), 0);
	model_free(child);
	model_free(now);
	end(f);
	free(f);
}

/* Bytes, and blocks in the thousands of millions, of a domain. */
static uint64_t sum(struct model *model, unsigned domain)
{
	struct snapshot *s = model_freeze(model, MOMENT_LIVE);
	uint64_t all = 0;

	for (size_t i = 0; i < s->rows_length; i++)
		if (s->rows[i].domain == domain)
			all += s->rows[i].figures->now.size +
			       (s->rows[i].figures->now.count << 32);
	snapshot_release(s);
	return all;
}

static void aside(struct fixture *f, struct model *model, enum wire_kind kind, unsigned domain,
		  uint64_t address, uint64_t size)
{
	struct wire_event e = wire_event_make(kind, domain == WIRE_MMAP ? WIRE_MMAP : WIRE_USER,
					      f->ticks += 100000, address, size, 3);

	if (domain == WIRE_MMAP)
		assert_int_equal(model_map(model, &f->ring, &e), 0);
	else
		assert_int_equal(model_track(model, &f->ring, domain, &e), 0);
}

/* The same addresses in all domains: each child has those of its own moment. */
static void churn_aside(struct fixture *f, unsigned events)
{
	static const unsigned domains[] = { 16, 300, WIRE_MMAP };

	while (events--) {
		uint64_t address = 4096 * (uint64_t)(1 + draw(f, 64)), size = 4096 * (1 + draw(f, 3));

		aside(f, f->model, draw(f, 3) ? WIRE_ACQUIRE : WIRE_RELEASE, domains[draw(f, 3)],
		      address, size);
	}
}

static void other_domains(void **state)
{
	static const unsigned domains[] = { 16, 300, WIRE_MMAP };
	struct fixture *f = malloc(sizeof(*f));
	uint64_t then[12][3];

	(void)state;
	begin(f);
	for (unsigned id = 1; id <= 12; id++) {
		churn_aside(f, id == 9 ? 90000 : 300);  /* then the first ones are copied */
		for (unsigned i = 0; i < 3; i++)
			then[id - 1][i] = sum(f->model, domains[i]);
		assert_int_equal(event(f, WIRE_FORK, id, 0, 0), 0);
	}
	churn_aside(f, 300);
	for (unsigned n = 0; n < 12; n++) {
		struct model *child = model_new(f->catalog, (struct heap_memory){ 0 });
		unsigned id = 1 + (n * 5) % 12;

		assert_int_equal(model_inherit(child, f->model, id), 0);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(sum(child, domains[i]), then[id - 1][i]);
		for (uint64_t at = 1; at <= 64; at++)
			for (unsigned i = 0; i < 3; i++)
				aside(f, child, WIRE_RELEASE, domains[i], 4096 * at, 3 * 4096);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(sum(child, domains[i]), 0);
		model_free(child);
	}
	assert_int_not_equal(sum(f->model, 16), 0);
	end(f);
	free(f);
}

/* Mappings are never sampled, so a child has them as they are. */
static void mappings_beside_samples(void **state)
{
	struct fixture *f = malloc(sizeof(*f));
	struct totals totals;

	(void)state;
	begin(f);
	struct model *child = model_new(f->catalog, (struct heap_memory){ 0 });

	model_sample(f->model, 1 << 20);
	model_sample(child, 1 << 20);
	for (uint64_t at = 1; at <= 8; at++)
		aside(f, f->model, WIRE_ACQUIRE, WIRE_MMAP, 0x10000 * at, 4096 * at);
	assert_int_equal(model_inherit(child, f->model, 0), 0);
	assert_int_equal(sum(child, WIRE_MMAP), sum(f->model, WIRE_MMAP));
	for (uint64_t at = 1; at <= 8; at++)
		aside(f, child, WIRE_RELEASE, WIRE_MMAP, 0x10000 * at, 4096 * at);
	assert_int_equal(sum(child, WIRE_MMAP), 0);
	model_totals(child, &totals);
	assert_int_equal(totals.mapped, 0);
	model_free(child);
	end(f);
	free(f);
}

/* Where there is no memory for all tallies, mappings are still mappings. */
static void mappings_without_tallies(void **state)
{
	struct fixture *f = malloc(sizeof(*f));
	const int64_t bytes = 300 * (2 * sizeof(struct tally) + sizeof(struct tally_wide));
	struct heap_budget budget = { bytes };
	struct totals totals;

	(void)state;
	begin(f);
	struct model *child = model_new(f->catalog, (struct heap_memory){ .budget = &budget });

	for (uint32_t i = 1; i <= 400; i++) {
		struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_MMAP, f->ticks += 100000,
						      0x10000 * (uint64_t)i, 4096, i);

		assert_int_equal(model_map(f->model, &f->ring, &e), 0);
	}
	assert_int_equal(model_inherit(child, f->model, 0), 0);
	assert_int_equal(sum(child, WIRE_MMAP), sum(f->model, WIRE_MMAP));
	model_totals(child, &totals);
	assert_int_equal(totals.mapped, 400 * 4096);
	assert_int_equal(totals.current, 0);
	for (uint32_t i = 1; i <= 400; i++)
		aside(f, child, WIRE_RELEASE, WIRE_MMAP, 0x10000 * (uint64_t)i, 4096);
	model_totals(child, &totals);
	assert_int_equal(totals.mapped, 0);
	model_free(child);
	assert_int_equal(budget.left, bytes);
	end(f);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_domains),
		cmocka_unit_test(mappings_beside_samples),
		cmocka_unit_test(mappings_without_tallies),
		cmocka_unit_test(later),
		cmocka_unit_test(bounded),
		cmocka_unit_test(endings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
