/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mmap domain: mappings that end in parts, against a table of pages. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/tally/tally.h"
#include "tracer/heap/domains.h"

#define PAGE 4096u
#define PAGES 300u
#define TRACES 6u
#define FIRST UINT64_C(0x7f0000000000)

struct page {
	uint32_t mapping;               /* 0: none */
	uint32_t bytes;                 /* of the request: its last page may have less */
};

struct fixture {
	struct catalog *catalog;
	struct model *model;
	struct model_ring rings[2];
	struct page pages[PAGES], before[PAGES];
	uint32_t trace_of[100000];      /* by mapping */
	struct figures ever[TRACES];    /* allocations and total */
	uint32_t mappings, seed;
	uint64_t ticks;
};

static struct fixture *begin(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->catalog = catalog_new();
	f->model = model_new(f->catalog, (struct heap_memory){ 0 });
	f->seed = 4711;
	for (unsigned i = 0; i < 2; i++)
		model_thread_begin(&f->rings[i], (struct thread_id){ i + 1 });
	return f;
}

static void end(struct fixture *f)
{
	model_free(f->model);
	catalog_release(f->catalog);
	free(f);
}

static int map_event(struct fixture *f, unsigned ring, enum wire_kind kind, uint64_t address,
		     uint64_t size, uint32_t trace)
{
	struct wire_event e = wire_event_make(kind, WIRE_MMAP, ++f->ticks, address, size, trace);

	return model_map(f->model, &f->rings[ring], &e);
}

static struct row_figures row(struct fixture *f, enum moment_kind kind, uint32_t trace)
{
	struct snapshot *s = model_freeze(f->model, kind);
	struct row_figures sum = { 0 };

	for (size_t i = 0; i < s->rows_length; i++)
		if (s->rows[i].trace.v == trace && s->rows[i].domain == WIRE_MMAP) {
			figures_add(&sum.now, &s->rows[i].figures->now);
			for (unsigned c = 0; c < SIZE_CLASSES; c++)
				sum.sizes[c] += s->rows[i].figures->sizes[c];
		}
	snapshot_release(s);
	return sum;
}

#define MAP(ring, address, size, trace) \
	assert_int_equal(map_event(f, ring, WIRE_ACQUIRE, address, size, trace), 0)
#define UNMAP(ring, address, size) \
	assert_int_equal(map_event(f, ring, WIRE_RELEASE, address, size, 0), 0)
#define FAILED(ring, address) \
	assert_int_equal(map_event(f, ring, WIRE_REALLOC_RESTORE, address, 0, 0), 0)

static void holds(struct fixture *f, uint32_t trace, uint64_t size, uint64_t count,
		  uint64_t allocations)
{
	struct row_figures r = row(f, MOMENT_LIVE, trace);
	struct totals totals;
	uint64_t sizes = 0;

	assert_int_equal(r.now.size, size);
	assert_int_equal(r.now.count, count);
	assert_int_equal(r.now.allocations, allocations);
	for (unsigned c = 0; c < SIZE_CLASSES; c++)
		sizes += r.sizes[c];
	assert_int_equal(sizes, count);
	model_totals(f->model, &totals);
	assert_int_equal(totals.current | totals.blocks | totals.total | totals.unknown_frees, 0);
}

/* A hole, both ends, the rest; parts of two at once; what is not there. */
static void parts(void **state)
{
	struct fixture *f = begin();

	(void)state;
	MAP(0, 0x100000, 0x10000 - 5, 1);
	UNMAP(0, 0x104000, 0x2000);
	holds(f, 1, 0xe000 - 5, 1, 1);
	UNMAP(1, 0x100000, 0x1000);
	UNMAP(0, 0x10f000, 0x1000);
	holds(f, 1, 0xc000, 1, 1);
	MAP(0, 0x110000, 0x4000, 2);
	UNMAP(0, 0x10e000, 0x3000);
	holds(f, 1, 0xb000, 1, 1);
	holds(f, 2, 0x3000, 1, 1);
	UNMAP(0, 0x200000, 0x1000);
	UNMAP(0, 0x1000, 0xfff000);
	holds(f, 1, 0, 0, 1);
	holds(f, 2, 0, 0, 1);
	end(f);
}

/* MAP_FIXED over others ends what it covers, whole pages of it. */
static void over(void **state)
{
	struct fixture *f = begin();

	(void)state;
	MAP(0, 0x100000, 0x4000, 1);
	MAP(1, 0x101000, 0x1001, 2);
	holds(f, 1, 0x2000, 1, 1);
	holds(f, 2, 0x1001, 1, 1);
	MAP(0, 0x100000, 0x4000, 1);
	holds(f, 1, 0x4000, 1, 2);
	holds(f, 2, 0, 0, 1);
	end(f);
}

/* What failed changed nothing, whoever came between. */
static void failed(void **state)
{
	struct fixture *f = begin();

	(void)state;
	MAP(0, 0x100000, 0x4000, 1);
	MAP(0, 0x104000, 0x4000, 1);
	UNMAP(0, 0x103000, 0x2000);
	holds(f, 1, 0x6000, 2, 2);
	UNMAP(1, 0x104000, 0x4000);
	holds(f, 1, 0x3000, 1, 2);
	MAP(1, 0x200000, 0x1000, 2);
	FAILED(0, 0x103000);
	holds(f, 1, 0x5000, 2, 2);
	FAILED(0, 0x103000);            /* nothing is held any more */
	FAILED(1, 0x104000);            /* nor after a mapping */
	holds(f, 1, 0x5000, 2, 2);
	UNMAP(0, 0x100000, 0x4000);
	MAP(1, 0x102000, 0x1000, 2);    /* so this piece is not free any more */
	FAILED(0, 0x100000);            /* but [0x103000, 0x104000) is */
	holds(f, 1, 0x2000, 2, 2);
	holds(f, 2, 0x2000, 2, 2);
	end(f);
}

/* Temporary: its end is the thread's next event. */
static void temporary(void **state)
{
	struct fixture *f = begin();

	(void)state;
	MAP(0, 0x100000, 0x4000, 1);
	UNMAP(0, 0x100000, 0x4000);
	MAP(0, 0x100000, 0x4000, 2);
	MAP(1, 0x200000, 0x4000, 3);
	UNMAP(0, 0x100000, 0x2000);
	UNMAP(0, 0x102000, 0x2000);
	UNMAP(0, 0x200000, 0x4000);
	assert_int_equal(row(f, MOMENT_LIVE, 1).now.temporary, 1);
	assert_int_equal(row(f, MOMENT_LIVE, 2).now.temporary, 0);
	assert_int_equal(row(f, MOMENT_LIVE, 3).now.temporary, 0);
	MAP(0, 0x100000, 0x4000, 4);
	UNMAP(0, 0x100000, 0x4000);
	FAILED(0, 0x100000);
	assert_int_equal(row(f, MOMENT_LIVE, 4).now.temporary, 0);
	end(f);
}

/* An end that failed after the peak changes nothing of what was counted there. */
static void temporary_at_the_peak(void **state)
{
	struct fixture *f = begin();
	struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, ++f->ticks, 64, 100, 2);

	(void)state;
	MAP(0, 0x100000, 0x4000, 1);
	UNMAP(0, 0x100000, 0x4000);
	assert_int_equal(model_apply(f->model, &f->rings[1], &e), 0);
	FAILED(0, 0x100000);
	assert_int_equal(row(f, MOMENT_LIVE, 1).now.temporary, 0);
	assert_int_equal(row(f, MOMENT_LIVE, 1).now.count, 1);
	assert_int_equal(row(f, MOMENT_PEAK, 1).now.temporary, 1);
	assert_int_equal(row(f, MOMENT_PEAK, 1).now.count, 0);
	end(f);
}

/* A stack that is known later. */
static void settles(void **state)
{
	struct fixture *f = begin();
	struct wire_event e = wire_event_make(WIRE_ACQUIRE_STACK, WIRE_MMAP, ++f->ticks, 0x100000,
					      0x4000, 0);
	uint32_t ticket;

	(void)state;
	assert_int_equal(model_apply_provisional(f->model, &f->rings[0], &e, &ticket), 0);
	holds(f, 0, 0x4000, 1, 1);
	UNMAP(0, 0x101000, 0x1000);
	assert_int_equal(model_settle(f->model, ticket, (struct trace_id){ 5 }), 0);
	holds(f, 0, 0, 0, 0);
	holds(f, 5, 0x3000, 1, 1);
	UNMAP(0, 0x100000, 0x4000);
	holds(f, 5, 0, 0, 1);
	end(f);
}

static void nonsense(void **state)
{
	struct fixture *f = begin();

	(void)state;
	assert_int_equal(map_event(f, 0, WIRE_ACQUIRE, 0, 4096, 1), -EINVAL);
	assert_int_equal(map_event(f, 0, WIRE_ACQUIRE, 4096, 0, 1), -EINVAL);
	assert_int_equal(map_event(f, 0, WIRE_ACQUIRE, 4096, UINT64_C(1) << 47, 1), -EINVAL);
	assert_int_equal(map_event(f, 0, WIRE_FORK, 4096, 1, 1), -EINVAL);
	UNMAP(0, UINT64_C(0xffffffffffff), (UINT64_C(1) << 47) - 1);
	MAP(0, UINT64_C(0xffffffffffff), (UINT64_C(1) << 47) - 1, 1);
	model_clear(f->model);
	holds(f, 1, 0, 0, 1);
	UNMAP(0, 4096, 4096);
	end(f);
}

static uint32_t draw(struct fixture *f, uint32_t below)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return (f->seed >> 8) % below;
}

static void draw_map(struct fixture *f, unsigned ring, uint32_t at, uint32_t n)
{
	uint32_t less = draw(f, PAGE), trace = draw(f, TRACES);

	MAP(ring, FIRST + at * (uint64_t)PAGE, n * PAGE - less, trace);
	f->trace_of[++f->mappings] = trace;
	f->ever[trace].allocations++;
	f->ever[trace].total += n * PAGE - less;
	for (uint32_t i = at; i < at + n; i++)
		f->pages[i] = (struct page){ f->mappings, i == at + n - 1 ? PAGE - less : PAGE };
}

static void draw_unmap(struct fixture *f, unsigned ring, uint32_t at, uint32_t n)
{
	memcpy(f->before, f->pages, sizeof(f->pages));
	UNMAP(ring, FIRST + at * (uint64_t)PAGE, n * (uint64_t)PAGE);
	memset(&f->pages[at], 0, n * sizeof(*f->pages));
	if (draw(f, 4))
		return;
	FAILED(ring, FIRST + at * (uint64_t)PAGE);
	memcpy(f->pages, f->before, sizeof(f->pages));
}

static void compare(struct fixture *f)
{
	struct figures sums[TRACES] = { { 0 } };
	static unsigned char seen[100000];

	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < PAGES; i++) {
		uint32_t mapping = f->pages[i].mapping;

		if (!mapping)
			continue;
		sums[f->trace_of[mapping]].size += f->pages[i].bytes;
		sums[f->trace_of[mapping]].count += !seen[mapping];
		seen[mapping] = 1;
	}
	for (uint32_t t = 0; t < TRACES; t++) {
		holds(f, t, sums[t].size, sums[t].count, f->ever[t].allocations);
		assert_int_equal(row(f, MOMENT_LIVE, t).now.total, f->ever[t].total);
	}
}

static void random_calls(void **state)
{
	struct fixture *f = begin();

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t n = 1 + draw(f, draw(f, 10) ? 8 : 100), at = draw(f, PAGES - n);

		if (draw(f, 2))
			draw_map(f, draw(f, 2), at, n);
		else
			draw_unmap(f, draw(f, 2), at, n);
		if (i % 50 == 0)
			compare(f);
	}
	draw_unmap(f, 0, 0, PAGES);
	compare(f);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(over),
		cmocka_unit_test(failed),
		cmocka_unit_test(temporary),
		cmocka_unit_test(temporary_at_the_peak),
		cmocka_unit_test(settles),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(random_calls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
