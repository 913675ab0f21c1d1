/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_HEAP_BIRTHS_FIXTURE_H
#define TESTS_UNIT_HEAP_BIRTHS_FIXTURE_H
/* A model whose births and censuses go by ticks of the test's own, without a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tracer/heap/domains.h"
#include "tracer/heap/inherit.h"
#include "tracer/heap/sum.h"

struct world {
	struct catalog *catalog;
	struct model *model;
	struct model_ring ring;
	uint64_t ticks, next;           /* next: address */
};

static inline void begin(struct world *w)
{
	*w = (struct world){ .catalog = catalog_new(), .ticks = 1000, .next = 0x100000 };
	w->model = model_new(w->catalog, (struct heap_memory){ 0 });
	model_thread_begin(&w->ring, (struct thread_id){ 1 });
}

static inline void end(struct world *w)
{
	model_free(w->model);
	catalog_release(w->catalog);
}

static inline void event_in(struct world *w, struct model *model, enum wire_kind kind,
		     uint64_t address, uint64_t size, uint32_t trace)
{
	struct wire_event e = wire_event_make(kind, WIRE_MALLOC, w->ticks += 100000, address,
					      size, trace);

	assert_int_equal(model_apply(model, &w->ring, &e), 0);
}

static inline uint64_t allocate(struct world *w, uint64_t size, uint32_t trace)
{
	event_in(w, w->model, WIRE_ACQUIRE, w->next += 4096, size, trace);
	return w->next;
}

static inline void release(struct world *w, uint64_t address)
{
	event_in(w, w->model, WIRE_RELEASE, address, 0, 0);
}

/* Every shard of the census that is due. */
static inline void tick(struct model *model, uint32_t second)
{
	model_birth_tick(model, second);
	while (model_census(model))
		;
}

/* The curve of a trace's row; *found says whether it has one. */
static inline struct growth_curve curve_of(struct model *model, uint32_t trace, bool *found)
{
	struct snapshot *s = model_freeze(model, MOMENT_EXIT);
	struct growth_curve curve = { 0 };

	*found = false;
	assert_non_null(s->growth);
	for (size_t i = 0; i < s->growth->length; i++)
		if (s->rows[s->growth->rows[i].row].trace.v == trace) {
			curve = s->growth->rows[i].curve;
			*found = true;
		}
	snapshot_release(s);
	return curve;
}

/* The row of a trace in a new snapshot. */
static inline struct row_figures row_of(struct model *model, uint32_t trace, enum moment_kind kind,
				 double *walked)
{
	struct snapshot *s = model_freeze(model, kind);
	struct row_figures row = { .peak = 0 };
	bool found = false;

	for (size_t i = 0; i < s->rows_length; i++)
		if (s->rows[i].trace.v == trace) {
			row = *s->rows[i].figures;
			found = true;
		}
	*walked = s->walked;
	assert_false(s->ageless);
	snapshot_release(s);
	assert_true(found);
	return row;
}

static inline void second(struct world *w, uint32_t now) { model_birth_tick(w->model, now); }

#endif
