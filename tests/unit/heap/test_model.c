/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of the model, one by one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/domains.h"
#include "tracer/heap/blocks.h"
#include "views/members/changes.h"

struct fixture {
	struct catalog *catalog;
	struct model *model;
	struct model_ring rings[2];
	struct totals totals;
	uint64_t ticks;
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){ .catalog = catalog_new(), .ticks = 1000000 };
	f->model = model_new(f->catalog, (struct heap_memory){ 0 });
	for (unsigned i = 0; i < 2; i++)
		model_thread_begin(&f->rings[i], (struct thread_id){ i + 1 });
}

static void end(struct fixture *f)
{
	model_free(f->model);
	catalog_release(f->catalog);
}

static int event(struct fixture *f, unsigned ring, enum wire_kind kind, uint64_t address,
		 uint64_t size, uint32_t trace)
{
	struct wire_event e = wire_event_make(kind, WIRE_MALLOC, ++f->ticks, address, size, trace);
	int error;

	error = model_apply(f->model, &f->rings[ring], &e);
	model_totals(f->model, &f->totals);
	return error;
}

static struct row_figures row(struct fixture *f, enum moment_kind kind, uint32_t trace)
{
	struct snapshot *s = model_freeze(f->model, kind);
	struct row_figures found = { 0 };

	for (size_t i = 0; i < s->rows_length; i++)
		if (s->rows[i].trace.v == trace)
			found = *s->rows[i].figures;
	snapshot_release(s);
	return found;
}

static uint16_t thread_of(struct fixture *f, uint32_t trace)
{
	struct snapshot *s = model_freeze(f->model, MOMENT_LIVE);
	uint16_t thread = 0;

	for (size_t i = 0; i < s->rows_length; i++)
		if (s->rows[i].trace.v == trace)
			thread = s->rows[i].thread;
	snapshot_release(s);
	return thread;
}

#define ACQUIRE(ring, address, size, trace) \
	assert_int_equal(event(&f, ring, WIRE_ACQUIRE, address, size, trace), 0)
#define RELEASE(ring, address) assert_int_equal(event(&f, ring, WIRE_RELEASE, address, 0, 0), 0)
#define TAKE(ring, address) \
	assert_int_equal(event(&f, ring, WIRE_REALLOC_RELEASE, address, 0, 0), 0)
#define RESTORE(ring, address) \
	assert_int_equal(event(&f, ring, WIRE_REALLOC_RESTORE, address, 0, 0), 0)

static void figures(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 100, 7);
	ACQUIRE(0, 0x2000, 0, 7);
	ACQUIRE(1, 0x3000, 50, 8);
	RELEASE(0, 0x3000);
	RELEASE(0, 0x9999);
	assert_int_equal(f.totals.current, 100);
	assert_int_equal(f.totals.peak, 150);
	assert_int_equal(f.totals.peak_ever, 150);
	assert_int_equal(f.totals.blocks, 2);
	assert_int_equal(f.totals.allocations, 3);
	assert_int_equal(f.totals.frees, 1);
	assert_int_equal(f.totals.total, 150);
	assert_int_equal(f.totals.temporary, 0);
	assert_int_equal(f.totals.unknown_frees, 1);
	assert_int_equal(f.totals.events, 5);
	assert_int_equal(row(&f, MOMENT_LIVE, 7).now.count, 2);
	assert_int_equal(row(&f, MOMENT_LIVE, 7).peak, 100);
	assert_int_equal(row(&f, MOMENT_LIVE, 8).now.size, 0);
	assert_int_equal(row(&f, MOMENT_LIVE, 8).peak, 50);
	assert_int_equal(thread_of(&f, 8), 2);
	end(&f);
}

static void peaks_and_reset(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 100, 1);
	ACQUIRE(0, 0x2000, 100, 2);
	RELEASE(0, 0x1000);
	model_reset_peak(f.model);
	ACQUIRE(0, 0x3000, 30, 3);
	RELEASE(0, 0x2000);
	assert_int_equal(f.totals.peak, 130);
	assert_int_equal(f.totals.peak_ever, 200);
	assert_int_equal(row(&f, MOMENT_LIVE, 1).peak, 0);
	assert_int_equal(row(&f, MOMENT_LIVE, 2).peak, 100);
	assert_int_equal(row(&f, MOMENT_LIVE, 3).peak, 30);
	assert_int_equal(row(&f, MOMENT_PEAK, 1).now.size, 100);
	assert_int_equal(row(&f, MOMENT_PEAK, 1).peak, 100);
	assert_int_equal(row(&f, MOMENT_PEAK, 2).now.count, 1);
	assert_int_equal(row(&f, MOMENT_PEAK, 3).now.allocations, 0);
	struct snapshot *peak = model_freeze(f.model, MOMENT_PEAK);

	assert_int_equal(peak->rows_length, 2);
	assert_int_equal(peak->totals.current, 200);
	assert_int_equal(peak->totals.allocations, 2);
	assert_int_equal(peak->totals.frees, 0);
	snapshot_release(peak);
	end(&f);
}

/* What comes behind a peak, changes no sum of blocks and yet is counted, is not in it. */
static void a_peak_is_what_was_then(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 100, 1);
	ACQUIRE(0, 0x2000, 100, 2);
	assert_int_equal(event(&f, 0, WIRE_AGAIN, 0x9000, 0, 1), 0);
	struct wire_event map = wire_event_make(WIRE_ACQUIRE, WIRE_MMAP, ++f.ticks,
						0x100000, 4096, 5);

	assert_int_equal(model_map(f.model, &f.rings[0], &map), 0);
	struct snapshot *peak = model_freeze(f.model, MOMENT_PEAK);

	assert_int_equal(peak->rows_length, 2);
	assert_int_equal(peak->totals.current, 200);
	assert_int_equal(peak->totals.mapped, 0);
	assert_int_equal(peak->totals.events, 1);  /* before the one that led there */
	snapshot_release(peak);
	ACQUIRE(0, 0x3000, 100, 3);
	ACQUIRE(0, 0x4000, 0, 3);
	RELEASE(0, 0x9999);
	peak = model_freeze(f.model, MOMENT_PEAK);
	assert_int_equal(peak->rows_length, 4);
	assert_int_equal(peak->totals.blocks, 3);
	assert_int_equal(peak->totals.mapped, 4096);
	assert_int_equal(peak->totals.unknown_frees, 0);
	assert_int_equal(peak->totals.events, 4);
	snapshot_release(peak);
	end(&f);
}

static void temporary(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 1, 1);
	ACQUIRE(1, 0x2000, 1, 1);
	RELEASE(0, 0x1000);             /* temporary: another thread's event between */
	RELEASE(0, 0x2000);             /* not the thread that acquired it */
	ACQUIRE(0, 0x3000, 1, 2);
	ACQUIRE(0, 0x4000, 1, 2);
	RELEASE(0, 0x3000);
	RELEASE(0, 0x4000);
	assert_int_equal(f.totals.temporary, 1);
	ACQUIRE(0, 0x5000, 1, 3);
	RELEASE(0, 0x9999);
	RELEASE(0, 0x5000);
	assert_int_equal(f.totals.temporary, 1);
	ACQUIRE(0, 0x6000, 1, 4);
	model_thread_begin(&f.rings[0], (struct thread_id){ 3 });
	RELEASE(0, 0x6000);
	assert_int_equal(f.totals.temporary, 1);
	end(&f);
}

static void reallocs(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 100, 1);
	TAKE(0, 0x1000);                /* moves and grows */
	ACQUIRE(0, 0x2000, 150, 2);
	assert_int_equal(f.totals.frees, 1);
	assert_int_equal(f.totals.total, 250);
	assert_int_equal(f.totals.temporary, 1);
	assert_int_equal(f.totals.peak, 150);
	TAKE(0, 0x2000);                /* fails */
	assert_int_equal(f.totals.current, 0);
	RESTORE(0, 0x2000);
	assert_int_equal(f.totals.current, 150);
	assert_int_equal(f.totals.frees, 1);
	assert_int_equal(f.totals.temporary, 1);
	assert_int_equal(f.totals.allocations, 2);
	assert_int_equal(f.totals.peak, 150);
	RELEASE(0, 0x2000);             /* the failure changed nothing: temporary */
	assert_int_equal(f.totals.temporary, 2);
	TAKE(0, 0x7000);                /* a block from before, that stays */
	assert_int_equal(f.totals.unknown_frees, 1);
	RESTORE(0, 0x7000);
	assert_int_equal(f.totals.unknown_frees, 0);
	assert_int_equal(f.totals.blocks, 0);
	assert_int_equal(event(&f, 0, WIRE_REALLOC_RESTORE, 0x7000, 0, 0), -EINVAL);
	end(&f);
}

/* A handler runs eight reallocs of its own inside one that fails. */
static void nested_reallocs(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 100, 1);
	ACQUIRE(0, 0x2000, 1, 2);
	TAKE(0, 0x1000);
	for (unsigned i = 0; i < 8; i++) {
		TAKE(0, 0x2000);
		ACQUIRE(0, 0x2000, 10 + i, 2);
	}
	RESTORE(0, 0x1000);
	assert_int_equal(f.totals.current, 117);
	assert_int_equal(f.totals.frees, 8);
	assert_int_equal(f.totals.temporary, 7);
	RELEASE(0, 0x1000);
	assert_int_equal(f.totals.temporary, 7);
	end(&f);
}

static void address_that_is_live(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 100, 1);
	ACQUIRE(1, 0x1000, 60, 2);      /* its release is on the way */
	assert_int_equal(f.totals.current, 60);
	assert_int_equal(f.totals.frees, 1);
	RELEASE(0, 0x1000);             /* here it comes */
	assert_int_equal(f.totals.current, 60);
	assert_int_equal(f.totals.unknown_frees, 0);
	RELEASE(1, 0x1000);
	assert_int_equal(f.totals.current, 0);
	assert_int_equal(f.totals.frees, 2);
	/* The old block's release was lost: one that comes much later is the new one's. */
	ACQUIRE(0, 0x1000, 100, 1);
	ACQUIRE(1, 0x1000, 60, 2);
	f.ticks += 1000000;
	RELEASE(1, 0x1000);
	assert_int_equal(f.totals.current, 0);
	assert_int_equal(f.totals.unknown_frees, 0);
	/* One ring is in order: the next release there is the new block's at once. */
	ACQUIRE(0, 0x1000, 100, 1);
	ACQUIRE(0, 0x1000, 60, 2);
	RELEASE(0, 0x1000);
	assert_int_equal(f.totals.current, 0);
	RELEASE(1, 0x1000);             /* this one was only late */
	assert_int_equal(f.totals.unknown_frees, 1);
	end(&f);
}

static void provisional(void **state)
{
	struct fixture f;
	uint32_t ticket, gone;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 10, 0);
	struct wire_event e = wire_event_make(WIRE_ACQUIRE_STACK, WIRE_MALLOC, ++f.ticks,
					      0x2000, 100, 0);
	assert_int_equal(model_apply_provisional(f.model, &f.rings[0], &e, &ticket), 0);
	assert_int_equal(row(&f, MOMENT_LIVE, 0).now.size, 110);
	e = wire_event_make(WIRE_ACQUIRE_STACK, WIRE_MALLOC, ++f.ticks, 0x3000, 5, 0);
	assert_int_equal(model_apply_provisional(f.model, &f.rings[0], &e, &gone), 0);
	RELEASE(0, 0x3000);
	TAKE(0, 0x2000);
	assert_int_equal(model_settle(f.model, ticket, (struct trace_id){ 9 }), 0);
	assert_int_equal(model_settle(f.model, ticket, (struct trace_id){ 9 }), -EINVAL);
	assert_int_equal(model_settle(f.model, 12345, (struct trace_id){ 9 }), -EINVAL);
	RESTORE(0, 0x2000);
	assert_int_equal(model_settle(f.model, gone, (struct trace_id){ 9 }), 0);
	assert_int_equal(row(&f, MOMENT_LIVE, 0).now.size, 10);
	assert_int_equal(row(&f, MOMENT_LIVE, 9).now.size, 100);
	assert_int_equal(row(&f, MOMENT_LIVE, 9).now.allocations, 2);
	assert_int_equal(row(&f, MOMENT_LIVE, 9).now.temporary, 1);
	assert_int_equal(row(&f, MOMENT_LIVE, 9).peak, 105);
	assert_int_equal(row(&f, MOMENT_PEAK, 9).now.count, 2);
	RELEASE(0, 0x2000);
	assert_int_equal(row(&f, MOMENT_LIVE, 9).now.size, 0);
	end(&f);
}

static void nonsense(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	assert_int_equal(event(&f, 0, WIRE_ACQUIRE, 0, 5, 1), -EINVAL);
	assert_int_equal(event(&f, 0, WIRE_NOTHING, 5, 5, 1), -EINVAL);
	assert_int_equal(event(&f, 0, 15, 5, 5, 1), -EINVAL);
	assert_int_equal(f.totals.events, 3);
	assert_int_equal(f.totals.allocations, 0);
	end(&f);
}

static void size_classes(void **state)
{
	(void)state;
	assert_int_equal(size_class(0), 0);
	assert_int_equal(size_class(UINT64_MAX), SIZE_CLASSES - 1);
	for (unsigned i = 0; i + 1 < SIZE_CLASSES; i++) {
		assert_int_equal(size_class(size_class_end(i)), i);
		assert_int_equal(size_class(size_class_end(i) + 1), i + 1);
	}
	assert_int_equal(size_class_end(0), 32);
	assert_int_equal(size_class_end(6), 8 << 20);
}

/* What model_blocks shows, by address / 0x1000. */
struct shown {
	struct model *model;
	unsigned times[16], shown;
	uint64_t sizes[16];
	struct model_owner owners[16];
	int result;
};

static int show(void *user, const struct model_block *block)
{
	struct shown *shown = user;
	uint64_t place = block->address / 0x1000;

	assert_true(place < 16 && block->tally < model_rows(shown->model));
	shown->times[place]++;
	shown->shown++;
	shown->sizes[place] = block->size;
	shown->owners[place] = model_owner(shown->model, block->tally);
	return shown->result;
}

static void test_live_blocks_are_shown_once_with_their_owners(void **state)
{
	struct fixture f;
	uint32_t ticket;

	(void)state;
	begin(&f);
	ACQUIRE(0, 0x1000, 100, 7);
	ACQUIRE(1, 0x2000, 0, 7);
	ACQUIRE(0, 0x3000, UINT64_C(5) << 30, 8);
	ACQUIRE(0, 0x4000, 1, 9);
	RELEASE(0, 0x4000);
	/* A block of a pool, where malloc has one too; and one whose trace comes later. */
	struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_USER, ++f.ticks, 0x5000, 16, 5);
	struct wire_event later = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, ++f.ticks, 0x6000, 24, 0);

	assert_int_equal(model_track(f.model, &f.rings[0], 20, &e), 0);
	assert_int_equal(model_apply_provisional(f.model, &f.rings[0], &later, &ticket), 0);
	struct shown shown = { .model = f.model };

	assert_int_equal(model_blocks(f.model, show, &shown), 0);
	assert_int_equal(shown.shown, 5);
	for (unsigned i = 1; i <= 6; i++)
		assert_int_equal(shown.times[i], i != 4);
	assert_int_equal(shown.sizes[1], 100);
	assert_int_equal(shown.owners[1].trace.v, 7);
	assert_int_equal(shown.owners[1].thread, 1);
	assert_int_equal(shown.sizes[2], 0);
	assert_int_equal(shown.owners[2].thread, 2);
	assert_int_equal(shown.sizes[3], UINT64_C(5) << 30);
	assert_int_equal(shown.owners[5].domain, 20);
	assert_int_equal(shown.owners[6].trace.v, 0);
	assert_int_equal(model_settle(f.model, ticket, (struct trace_id){ 11 }), 0);
	assert_int_equal(model_blocks(f.model, show, &shown), 0);
	assert_int_equal(shown.owners[6].trace.v, 11);
	shown.shown = 0;
	shown.result = -ENOMEM;                 /* whoever has had enough says so */
	assert_int_equal(model_blocks(f.model, show, &shown), -ENOMEM);
	assert_int_equal(shown.shown, 1);
	end(&f);
}

static void count(void *user) { ++*(unsigned *)user; }

/* The tracers see by it that the reader lives, however long a freeze takes. */
static void test_long_freezes_say_so(void **state)
{
	struct fixture f;
	unsigned times = 0;

	(void)state;
	begin(&f);
	model_waiting(f.model, count, &times);
	for (uint32_t i = 0; i < 200000; i++)
		ACQUIRE(0, 16 * (i + UINT64_C(1)), 8, i + 1);
	assert_int_equal(row(&f, MOMENT_LIVE, 200000).now.size, 8);
	assert_int_equal(times, 3);
	snapshot_release(model_freeze_base(f.model));
	assert_int_equal(times, 6);
	end(&f);
}

/* Of two moments only what grew or shrank between them, by bytes or by blocks; at the
 * peak, which knows no blocks, by bytes. */
static void test_changes_are_the_rows_that_differ(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	for (uint32_t i = 0; i < 5; i++)
		ACQUIRE(0, 0x1000 * (i + 1), i < 4 ? 100 : 0, 7 + i);
	model_set_base(f.model);
	ACQUIRE(0, 0x9000, 50, 8);              /* grows */
	RELEASE(0, 0x3000);                     /* shrinks */
	ACQUIRE(0, 0xa000, 0, 11);              /* another block of no bytes */
	ACQUIRE(1, 0xb000, 30, 7);              /* a thread that had none */
	struct snapshot *now = model_freeze(f.model, MOMENT_LIVE);
	struct snapshot *base = model_freeze_base(f.model), *peak;

	snapshot_keep_changes(now, base);
	assert_int_equal(now->rows_length, 4);
	assert_int_equal(base->rows_length, 4);
	for (uint32_t i = 0; i < 4; i++) {
		static const struct {
			uint32_t trace, thread, before, bytes;
		} wanted[] = {
			{ 8, 1, 100, 150 }, { 9, 1, 100, 0 },
			{ 11, 1, 0, 0 }, { 7, 2, 0, 30 },
		};

		assert_int_equal(now->rows[i].trace.v, wanted[i].trace);
		assert_int_equal(base->rows[i].trace.v, wanted[i].trace);
		assert_int_equal(now->rows[i].thread, wanted[i].thread);
		assert_int_equal(base->rows[i].figures->now.size, wanted[i].before);
		assert_int_equal(now->rows[i].figures->now.size, wanted[i].bytes);
	}
	snapshot_keep_changes(now, base);       /* nothing more */
	assert_int_equal(now->rows_length, 4);
	snapshot_release(now);
	snapshot_release(base);
	base = model_freeze_base(f.model);
	peak = model_freeze_recent(f.model);    /* as the first block came */
	snapshot_keep_changes(peak, base);
	assert_int_equal(peak->rows_length, 1);
	assert_int_equal(peak->rows[0].trace.v, 8);
	/* A row that one of them does not have: all stay. */
	base->rows_length = 0;
	snapshot_keep_changes(peak, base);
	assert_int_equal(peak->rows_length, 1);
	snapshot_release(peak);
	snapshot_release(base);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures),
		cmocka_unit_test(peaks_and_reset),
		cmocka_unit_test(a_peak_is_what_was_then),
		cmocka_unit_test(temporary),
		cmocka_unit_test(reallocs),
		cmocka_unit_test(nested_reallocs),
		cmocka_unit_test(address_that_is_live),
		cmocka_unit_test(provisional),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(size_classes),
		cmocka_unit_test(test_long_freezes_say_so),
		cmocka_unit_test(test_changes_are_the_rows_that_differ),
		cmocka_unit_test(test_live_blocks_are_shown_once_with_their_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
