/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums and peaks of parts of the heap, against a simple book of all blocks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/model.h"

#define TRACES 12u
#define ADDRESSES 64u
#define JUDGES 5u
#define EVENTS 20000u

/* Judge j keeps the traces whose number has bit j; the last one keeps nothing. */
static uint64_t keeps(void *user, const struct snapshot_row *row)
{
	unsigned *asked = user;

	asked[row->trace.v]++;
	return row->trace.v & ((1u << (JUDGES - 1)) - 1);
}

struct book {
	struct catalog *catalog;
	struct model *model;
	struct model_ring ring;
	unsigned asked[TRACES];
	uint64_t ticks;
	uint64_t size[ADDRESSES];       /* 0: no block */
	uint32_t trace[ADDRESSES];
	uint64_t sum[JUDGES], count[JUDGES], total[JUDGES], peak[JUDGES];
	uint64_t at_peak[JUDGES][TRACES];
};

static void open_book(struct book *b)
{
	struct watch *watch = watch_new(JUDGES, keeps, b->asked);

	*b = (struct book){ .catalog = catalog_new(), .ticks = 1000000 };
	b->model = model_new(b->catalog, (struct heap_memory){ 0 });
	assert_non_null(watch);
	model_watch(b->model, watch);
	model_thread_begin(&b->ring, (struct thread_id){ 1 });
}

static void close_book(struct book *b)
{
	model_free(b->model);
	catalog_release(b->catalog);
}

static void event(struct book *b, enum wire_kind kind, unsigned at, uint64_t size, uint32_t trace)
{
	struct wire_event e = wire_event_make(kind, WIRE_MALLOC, b->ticks += 100000,
					      (at + 1) * 4096, size, trace);

	assert_int_equal(model_apply(b->model, &b->ring, &e), 0);
}

static void note_peak(struct book *b, unsigned judge)
{
	if (b->sum[judge] <= b->peak[judge])
		return;
	b->peak[judge] = b->sum[judge];
	memset(b->at_peak[judge], 0, sizeof(b->at_peak[judge]));
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (b->size[i] && b->trace[i] >> judge & 1)
			b->at_peak[judge][b->trace[i]] += b->size[i];
}

static void book_block(struct book *b, unsigned at, uint64_t size, uint32_t trace)
{
	b->size[at] = size;
	b->trace[at] = trace;
	for (unsigned j = 0; j + 1 < JUDGES; j++) {
		if (!(trace >> j & 1))
			continue;
		b->sum[j] += size;
		b->total[j] += size;
		b->count[j]++;
		note_peak(b, j);
	}
}

static void strike_block(struct book *b, unsigned at)
{
	for (unsigned j = 0; j + 1 < JUDGES; j++)
		if (b->trace[at] >> j & 1) {
			b->sum[j] -= b->size[at];
			b->count[j]--;
		}
	b->size[at] = 0;
}

static void compare(const struct book *b)
{
	for (unsigned j = 0; j < JUDGES; j++) {
		struct snapshot *part = model_freeze_part(b->model, j);
		struct watch_sums sums;
		uint64_t held[TRACES] = { 0 };

		assert_true(model_part(b->model, j, &sums));
		assert_int_equal(sums.now.size, b->sum[j]);
		assert_int_equal(sums.now.count, b->count[j]);
		assert_int_equal(sums.now.total, b->total[j]);
		assert_int_equal(sums.peak, b->peak[j]);
		assert_int_equal(part->totals.current, b->peak[j]);
		for (size_t i = 0; i < part->rows_length; i++)
			held[part->rows[i].trace.v] += part->rows[i].figures->now.size;
		assert_memory_equal(held, b->at_peak[j], sizeof(held));
		snapshot_release(part);
	}
}

static void random_blocks(void **state)
{
	struct book b;

	(void)state;
	open_book(&b);
	srand(7);
	for (unsigned i = 0; i < EVENTS; i++) {
		unsigned at = (unsigned)rand() % ADDRESSES;
		uint32_t trace = 1 + (uint32_t)rand() % (TRACES - 1);

		if (b.size[at] && rand() % 4) {
			event(&b, WIRE_RELEASE, at, 0, 0);
			strike_block(&b, at);
		} else if (b.size[at]) {
			/* A realloc that fails changes nothing. */
			event(&b, WIRE_REALLOC_RELEASE, at, 0, 0);
			event(&b, WIRE_REALLOC_RESTORE, at, 0, 0);
		} else {
			uint64_t size = 1 + (uint64_t)rand() % 5000;

			event(&b, WIRE_ACQUIRE, at, size, trace);
			book_block(&b, at, size, trace);
		}
		if (i % 997 == 0)
			compare(&b);
	}
	compare(&b);
	for (unsigned i = 1; i < TRACES; i++)
		assert_int_equal(b.asked[i], 1);
	close_book(&b);
}

/* A stack that is known only later counts from then on; its index may be
 * used again for another one. */
static void provisional_stacks(void **state)
{
	struct book b;

	(void)state;
	open_book(&b);
	for (unsigned i = 0; i < 5000; i++) {
		unsigned at = i % ADDRESSES;
		uint32_t trace = 1 + i % (TRACES - 1), ticket;
		struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC,
						      b.ticks += 100000, (at + 1) * 4096,
						      100 + i, 0);

		if (b.size[at]) {
			event(&b, WIRE_RELEASE, at, 0, 0);
			strike_block(&b, at);
		}
		assert_int_equal(model_apply_provisional(b.model, &b.ring, &e, &ticket), 0);
		assert_int_equal(model_settle(b.model, ticket, (struct trace_id){ trace }), 0);
		book_block(&b, at, 100 + i, trace);
	}
	compare(&b);
	close_book(&b);
}

/* Bytes by trace of a state. */
static void held_in(struct snapshot *snapshot, uint64_t held[TRACES])
{
	memset(held, 0, TRACES * sizeof(held[0]));
	for (size_t i = 0; i < snapshot->rows_length; i++)
		held[snapshot->rows[i].trace.v] += snapshot->rows[i].figures->now.size;
	snapshot_release(snapshot);
}

/* A base is set again and again among blocks that come, go and settle late;
 * what it holds, and what the peak since then held, is what the book had. */
static void bases(void **state)
{
	uint64_t base[TRACES] = { 0 }, now[TRACES] = { 0 }, peak[TRACES], held[TRACES];
	uint64_t sum = 0, highest = 0;
	uint32_t trace[ADDRESSES];
	uint64_t size[ADDRESSES] = { 0 };
	struct book b;

	(void)state;
	open_book(&b);
	srand(11);
	for (unsigned i = 0; i < EVENTS; i++) {
		unsigned at = (unsigned)rand() % ADDRESSES;

		if (size[at]) {
			event(&b, WIRE_RELEASE, at, 0, 0);
			now[trace[at]] -= size[at];
			sum -= size[at];
			size[at] = 0;
		} else {
			struct wire_event e;
			uint32_t ticket;

			size[at] = 1 + (uint64_t)rand() % 3000;
			trace[at] = 1 + (uint32_t)rand() % (TRACES - 1);
			e = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, b.ticks += 100000,
					    (at + 1) * 4096, size[at], trace[at]);
			if (i % 3) {
				assert_int_equal(model_apply(b.model, &b.ring, &e), 0);
			} else {
				model_apply_provisional(b.model, &b.ring, &e, &ticket);
				model_settle(b.model, ticket, (struct trace_id){ trace[at] });
			}
			now[trace[at]] += size[at];
			sum += size[at];
		}
		if (sum > highest) {
			highest = sum;
			memcpy(peak, now, sizeof(peak));
		}
		if (i % 700 == 600) {
			held_in(model_freeze_base(b.model), held);
			assert_memory_equal(held, base, sizeof(held));
			held_in(model_freeze_recent(b.model), held);
			assert_memory_equal(held, peak, sizeof(held));
		}
		if (i % 700 == 650) {
			assert_int_equal(model_set_base(b.model), 0);
			assert_int_equal(model_base(b.model), sum);
			highest = sum;
			memcpy(base, now, sizeof(base));
			memcpy(peak, now, sizeof(peak));
		}
	}
	close_book(&b);
}

/* Everything is forgotten but what was ever, and what frees come then are of
 * blocks that nobody knows. */
static void clear(void **state)
{
	struct totals before, after;
	struct snapshot *peak;
	struct book b;

	(void)state;
	open_book(&b);
	for (unsigned i = 0; i < 10; i++)
		event(&b, WIRE_ACQUIRE, i, 100, 1 + i % 3);
	event(&b, WIRE_RELEASE, 0, 0, 0);
	model_totals(b.model, &before);
	model_clear(b.model);
	model_totals(b.model, &after);
	assert_int_equal(after.current, 0);
	assert_int_equal(after.peak, 0);
	assert_int_equal(after.blocks, 0);
	assert_int_equal(after.frees, after.allocations);
	assert_int_equal(after.allocations, 10);
	assert_int_equal(after.peak_ever, 1000);
	peak = model_freeze(b.model, MOMENT_PEAK);
	assert_int_equal(peak->totals.current, 1000);
	assert_int_equal(peak->rows[0].figures->now.size + peak->rows[1].figures->now.size +
			 peak->rows[2].figures->now.size,
			 1000);
	snapshot_release(peak);
	event(&b, WIRE_RELEASE, 5, 0, 0);
	event(&b, WIRE_ACQUIRE, 6, 40, 2);
	model_totals(b.model, &after);
	assert_int_equal(after.current, 40);
	assert_int_equal(after.peak, 40);
	assert_int_equal(after.frees, 10);
	close_book(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_blocks),
		cmocka_unit_test(provisional_stacks),
		cmocka_unit_test(bases),
		cmocka_unit_test(clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
