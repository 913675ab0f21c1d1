/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ticks of a model: at each the model is frozen as well, and every moment that the history
 * rebuilds must be what was frozen, to the byte.  Blocks whose stacks are known late are
 * then booked anew in the frozen ones too, from their birth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/domains.h"
#include "tracer/heap/fold/batch.h"
#include "tracer/heap/inherit.h"
#include "tracer/heap/model_parts.h"
#include "tracer/heap/model_tick.h"
#include "tracer/heap/tally/wide.h"
#include "tests/random.h"

#define TRACES 40u
#define THREADS 2u
#define TICKS 400u
#define BLOCKS 200u
#define OPEN 64u

/* Of trace, thread and domain; trace 0 is the root. */
struct frozen {
	int64_t by[TRACES][THREADS][2][CHANGE_FIGURES];
	struct {
		uint32_t ticket;
		uint16_t thread;
		int64_t by[CHANGE_FIGURES];
	} open[OPEN];
	unsigned open_length;
};

struct open_block {
	uint32_t ticket;                /* the model's */
	unsigned thread;
};

static struct frozen frozen[TICKS];
static unsigned length;                 /* ticks */
static struct catalog *catalog;
static struct model *model;
static struct history *history;
static struct model_ring rings[THREADS];
static struct open_block open[OPEN];
static unsigned open_length;
static uint64_t ticks;
static bool telling;

static void put_figures(int64_t by[CHANGE_FIGURES], const struct figures *figures, int sign)
{
	by[CHANGE_SIZE] += sign * (int64_t)figures->size;
	by[CHANGE_COUNT] += sign * (int64_t)figures->count;
	by[CHANGE_ALLOCATIONS] += sign * (int64_t)figures->allocations;
	by[CHANGE_TOTAL] += sign * (int64_t)figures->total;
}

static unsigned place(uint32_t trace) { return trace == WIRE_TRACE_ROOT ? 0 : trace % TRACES; }

static void freeze(struct frozen *to)
{
	struct snapshot *snapshot = model_freeze(model, MOMENT_LIVE);

	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];

		put_figures(to->by[place(row->trace.v)][row->thread - 1][row->domain == WIRE_MMAP],
			    &row->figures->now, 1);
	}
	snapshot_release(snapshot);
	for (unsigned i = 0; i < open_length; i++) {
		const struct tally *tally = tally_at(&model->tallies, open[i].ticket);

		to->open[i].ticket = open[i].ticket;
		to->open[i].thread = tally->thread;
		const struct figures now = tally_figures(&model->tallies, tally);

		put_figures(to->open[i].by, &now, 1);
	}
	to->open_length = open_length;
}

static void tell(size_t most)
{
	struct history_news news;

	if (!telling || !model_tell(model, most, &news))
		return;
	telling = false;
	news.time = length;
	assert_int_equal(history_add(history, &news), 0);
	history_news_free(&news);
}

static void tick(void)
{
	if (telling) {
		assert_false(model_tick(model));
		tell(SIZE_MAX);
	}
	freeze(&frozen[length++]);
	assert_true(model_tick(model));
	telling = true;
}

static void event(enum wire_kind kind, uint64_t address, uint64_t size, uint32_t trace)
{
	struct wire_event e = wire_event_make(kind, WIRE_MALLOC, ++ticks, address, size, trace);

	model_apply(model, &rings[pick(THREADS)], &e);
}

static void map_event(uint64_t address, uint32_t trace)
{
	bool begins = pick(2);
	struct wire_event e = wire_event_make(begins ? WIRE_ACQUIRE : WIRE_RELEASE, WIRE_MMAP,
					      ++ticks, address & ~UINT64_C(4095),
					      4096 * (1 + pick(4)), trace);

	model_map(model, &rings[pick(THREADS)], &e);
}

static void begin_open(uint64_t address)
{
	struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, ++ticks, address,
					      1 + pick(500), 0);
	unsigned thread = (unsigned)pick(THREADS);

	if (open_length < OPEN &&
	    !model_apply_provisional(model, &rings[thread], &e, &open[open_length].ticket))
		open[open_length++].thread = thread;
}

/* Its part of all frozen states moves to the trace. */
static void settle(void)
{
	unsigned which = (unsigned)pick(open_length);
	uint32_t trace = 2 + (uint32_t)pick(TRACES - 2), ticket = open[which].ticket;

	for (unsigned i = 0; i < length; i++)
		for (unsigned k = 0; k < frozen[i].open_length; k++) {
			if (frozen[i].open[k].ticket != ticket)
				continue;
			frozen[i].open[k].ticket = UINT32_MAX;
			unsigned thread = frozen[i].open[k].thread - 1u;

			for (unsigned f = 0; f < CHANGE_FIGURES; f++) {
				frozen[i].by[0][thread][0][f] -= frozen[i].open[k].by[f];
				frozen[i].by[trace][thread][0][f] += frozen[i].open[k].by[f];
			}
		}
	assert_int_equal(model_settle(model, ticket, (struct trace_id){ trace }), 0);
	open[which] = open[--open_length];
}

static void random_event(void)
{
	uint64_t address = 0x100000 + 64 * pick(BLOCKS);
	uint32_t trace = 2 + (uint32_t)pick(TRACES - 2);

	switch (pick(12)) {
	case 0:
		begin_open(address);
		break;
	case 1:
		if (open_length)
			settle();
		break;
	case 2:
		event(WIRE_REALLOC_RELEASE, address, 0, 0);
		if (pick(2))
			event(WIRE_REALLOC_RESTORE, address, 0, 0);
		break;
	case 3:
		map_event(0x800000 + 4096 * pick(32), trace);
		break;
	case 4: case 5: case 6: case 7:
		event(WIRE_ACQUIRE, address, pick(1000), trace);
		break;
	default:
		event(WIRE_RELEASE, address, 0, 0);
	}
}

static void batch_of_pairs(void)
{
	struct model_event events[BATCH_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < 200; i++) {
		uint64_t address = 0x900000 + 16 * i;
		uint32_t trace = 2 + (uint32_t)pick(TRACES - 2);

		events[n++] = (struct model_event){
			&rings[0], wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, ++ticks, address,
						   10, trace) };
		events[n++] = (struct model_event){
			&rings[0], wire_event_make(WIRE_RELEASE, WIRE_MALLOC, ++ticks, address,
						   0, 0) };
	}
	model_apply_batch(model, events, n);
}

static void begin(void)
{
	catalog = catalog_new();
	model = model_new(catalog, (struct heap_memory){ 0 });
	history = history_new();
	for (unsigned i = 0; i < THREADS; i++)
		model_thread_begin(&rings[i], (struct thread_id){ i + 1 });
	length = open_length = 0;
	telling = false;
}

static void end(void)
{
	history_free(history);
	model_free(model);
	catalog_release(catalog);
}

static void all_is_as_it_was_frozen(void)
{
	static struct frozen rebuilt;

	assert_int_equal(history_ticks(history), length);
	for (unsigned i = 0; i < length; i++) {
		struct ledger ledger = { 0 };

		memset(rebuilt.by, 0, sizeof(rebuilt.by));
		assert_int_equal(history_at(history, i, &ledger), 0);
		for (size_t k = 0; k < ledger.length; k++) {
			const struct change *row = &ledger.rows[k];
			int64_t *by = rebuilt.by[place(row->trace)][row->thread - 1]
						[row->domain == WIRE_MMAP];

			for (unsigned f = 0; f < CHANGE_FIGURES; f++)
				by[f] += row->by[f];
		}
		assert_memory_equal(rebuilt.by, frozen[i].by, sizeof(rebuilt.by));
		ledger_free(&ledger);
	}
}

static void test_each_tick_is_what_was_frozen_at_it(void **state)
{
	(void)state;
	begin();
	model_ticks(model);
	while (length < TICKS) {
		for (uint64_t n = pick(300); n > 0; n--) {
			random_event();
			if (pick(3) == 0)
				tell(1 + pick(5));
		}
		if (pick(4) == 0)
			batch_of_pairs();
		tick();
	}
	while (open_length)
		settle();
	model_clear(model);
	tell(SIZE_MAX);
	/* All blocks end: the next tick holds none. */
	struct history_news news;

	assert_true(model_tick(model));
	assert_true(model_tell(model, SIZE_MAX, &news));
	news.time = length + 1;
	assert_int_equal(history_add(history, &news), 0);
	history_news_free(&news);
	assert_int_equal(history_ticks(history), TICKS + 1);
	struct ledger last = { 0 };

	assert_int_equal(history_at(history, TICKS, &last), 0);
	for (size_t i = 0; i < last.length; i++)
		assert_int_equal(last.rows[i].by[CHANGE_SIZE] | last.rows[i].by[CHANGE_COUNT], 0);
	ledger_free(&last);
	end();
}

static void test_stacks_that_settle_late_are_told_of_from_their_birth(void **state)
{
	(void)state;
	begin();
	model_ticks(model);
	while (length < TICKS - 1) {
		for (uint64_t n = pick(300); n > 0; n--) {
			random_event();
			if (pick(3) == 0)
				tell(1 + pick(5));
		}
		if (pick(4) == 0)
			batch_of_pairs();
		tick();
	}
	while (open_length)
		settle();
	tick();
	tell(SIZE_MAX);
	all_is_as_it_was_frozen();
	end();
}

/* Of tallies that were added since the last tick nothing is noted: they are told of by
 * their numbers, also when they have changed again and others were added by then. */
static void test_stacks_that_are_new_in_each_stretch_are_told_of(void **state)
{
	(void)state;
	begin();
	model_ticks(model);
	while (length < TICKS - 1) {
		for (uint64_t n = pick(300); n > 0; n--) {
			uint64_t address = 0x100000 + 64 * pick(BLOCKS);
			uint32_t late = (uint32_t)pick(2);

			if (pick(8) == 0)
				begin_open(address);
			else if (open_length && pick(8) == 0)
				settle();
			else
				event(WIRE_ACQUIRE, address, pick(1000),
				      2 + (uint32_t)pick(TRACES - 2) +
				      TRACES * (length > late ? length - late : 0));
			if (pick(3) == 0)
				tell(1 + pick(5));
		}
		tick();
	}
	while (open_length)
		settle();
	tick();
	tell(SIZE_MAX);
	all_is_as_it_was_frozen();
	assert_false(model_noted(model));
	event(WIRE_ACQUIRE, 0x1000, 1, TRACES * TICKS);
	assert_true(model_noted(model));
	end();
}

static void test_what_was_there_when_ticks_began_is_the_first_change(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 1000; i++)
		random_event();
	model_ticks(model);
	for (unsigned i = 0; i < 100; i++)
		random_event();
	tick();
	tell(SIZE_MAX);
	for (unsigned i = 0; i < 1000; i++)
		random_event();
	while (open_length)
		settle();
	tick();
	tell(SIZE_MAX);
	all_is_as_it_was_frozen();
	end();
}

static void test_a_forked_childs_first_tick_has_its_parents_blocks(void **state)
{
	struct model *parent;

	(void)state;
	begin();
	event(WIRE_ACQUIRE, 0x1000, 100, 7);
	event(WIRE_ACQUIRE, 0x2000, 50, 8);
	parent = model;
	model = model_new(catalog, (struct heap_memory){ 0 });
	assert_int_equal(model_inherit(model, parent, 0), 0);
	model_ticks(model);
	tick();
	tell(SIZE_MAX);
	event(WIRE_RELEASE, 0x1000, 0, 0);
	tick();
	tell(SIZE_MAX);
	all_is_as_it_was_frozen();
	assert_int_equal(frozen[0].by[7][0][0][CHANGE_SIZE] + frozen[0].by[7][1][0][CHANGE_SIZE],
			 100);
	model_free(parent);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_tick_is_what_was_frozen_at_it),
		cmocka_unit_test(test_stacks_that_settle_late_are_told_of_from_their_birth),
		cmocka_unit_test(test_stacks_that_are_new_in_each_stretch_are_told_of),
		cmocka_unit_test(test_what_was_there_when_ticks_began_is_the_first_change),
		cmocka_unit_test(test_a_forked_childs_first_tick_has_its_parents_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
