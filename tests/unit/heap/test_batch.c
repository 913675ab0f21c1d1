/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches against a plain replay: random programs of one and of eight threads are
 * folded twice, in batches by model_apply_batch and event by event by model_apply
 * (which test_model_random compares with a naive model).  Most blocks die young, some
 * releases come late or are of nobody's block, reallocs succeed and fail, stacks settle
 * late, the process forks, peaks are reset, time passes; half of the programs have judges,
 * half a history, and every fifth is sampled.  At arbitrary points all that can be asked
 * must be the same.
 *
 *	PROGRAMS=100000 SEED=1 test_batch
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/heap_bytes.h"
#include "tests/unit/heap/random_programs.h"
#include "tests/unit/heap/rows.h"
#include "tracer/heap/domains.h"
#include "tracer/heap/fold/batch.h"
#include "tracer/heap/inherit.h"
#include "tracer/heap/model_tick.h"

#define PROGRAMS 240u
#define STEPS 3000u
#define RINGS 8u
#define ADDRESSES 700u
#define TRACES 9u
#define WAITING 2500u                   /* events that may stand in the longest batch */
#define JUDGES 3u
#define OPEN 16u

struct side {
	struct model *model;
	struct model_ring rings[RINGS];
	uint32_t tickets[OPEN];
};

static struct side plain, folded;
static struct catalog *catalog;
static struct model_event waiting[WAITING];     /* events that the folded side will get */
static unsigned waiting_length, open_length, rings_length;
static bool reallocs;                   /* this program has some */
static bool large;                      /* its blocks add up to more than narrow sums hold */
static uint64_t ticks, forks;
static uint32_t second;                 /* of births */
static unsigned recent[64], recent_at;  /* addresses, to end soon */

/* The place of an address in the table of the nursery (young.c). */
static uint64_t place(uint64_t address) { return address * UINT64_C(0x9e3779b97f4a7c15) >> 53; }

/* Side by side; but every fourth is far away, at the place of its neighbour. */
static uint64_t real(unsigned address)
{
	static uint64_t reals[ADDRESSES + 1];
	uint64_t *of = &reals[address];

	if (*of)
		return *of;
	*of = 0x7f0000001000 + address * UINT64_C(48);
	if (!(address & 3))
		for (*of = (address + UINT64_C(1)) << 32; place(*of) != place(real(address + 1));)
			*of += 16;
	return *of;
}

/* Each judge keeps some of the stacks. */
static uint64_t keeps(void *user, const struct snapshot_row *row)
{
	(void)user;
	return (row->trace.v & 1) | (row->thread & 1) << 1 | 4;
}

static void flush(void)
{
	model_apply_batch(folded.model, waiting, waiting_length);
	waiting_length = 0;
}

static void give(unsigned ring, struct wire_event event)
{
	if (waiting_length == WAITING)
		flush();
	waiting[waiting_length++] = (struct model_event){ &folded.rings[ring], event };
	model_apply(plain.model, &plain.rings[ring], &event);
}

/* Mostly later than the last one; of another processor, sometimes too early. */
static uint64_t stamp(void)
{
	ticks += pick(4) ? 10 : 9000;
	return rings_length > 1 && !pick(8) ? ticks - pick(5000) : ticks;
}

static struct wire_event event(enum wire_kind kind, unsigned address, uint64_t size)
{
	unsigned trace = kind == WIRE_ACQUIRE || kind == WIRE_AGAIN ? 1 + pick(TRACES) : 0;

	return wire_event_make(kind, pick(4) ? WIRE_MALLOC : WIRE_PYTHON, stamp(), real(address),
			       size, trace);
}

static uint64_t any_size(void)
{
	switch (pick(12)) {
	case 0:
		return 0;
	case 1:
		return (uint64_t)pick(1000) << pick(16);
	case 3: case 4: case 5: case 6: case 7:
		if (large)
			return (UINT64_C(1) << (pick(20) ? 20 : 30)) - 2 + pick(3);
		break;
	case 2:                         /* no sense, or sums that find no place */
		return pick(400) ? 7 : UINT64_C(1) << (45 + pick(3));
	}
	return 1 + pick(300);
}

static unsigned any_address(void)
{
	return pick(5) ? recent[pick(64)] : pick(ADDRESSES);
}

static void acquire(unsigned ring)
{
	unsigned address = pick(12) ? pick(ADDRESSES) : recent[pick(64)];

	give(ring, event(WIRE_ACQUIRE, address, any_size()));
	recent[recent_at++ % 64] = address;
	if (!pick(3))
		give(pick(6) ? ring : pick(rings_length),
		     event(WIRE_RELEASE, address, pick(99) ? pick(2) : UINT64_C(1) << 47));
}

static void reallocate(unsigned ring)
{
	unsigned address = any_address();

	give(ring, event(WIRE_REALLOC_RELEASE, address, 0));
	if (!pick(4))
		acquire(pick(3) ? ring : pick(rings_length));
	if (pick(3))
		give(ring, event(WIRE_ACQUIRE, pick(2) ? address : pick(ADDRESSES), any_size()));
	else
		give(ring, event(WIRE_REALLOC_RESTORE, address, 0));
}

/* After it the sum stays below its peak for a while. */
static void hump(unsigned ring)
{
	for (unsigned i = 0; i < 5; i++)
		give(ring, event(WIRE_ACQUIRE, i, 200000));
	for (unsigned i = 0; i < 5; i++)
		give(ring, event(WIRE_RELEASE, i, 0));
}

/* What the drain does not put into batches, and what is asked between them. */
static void open_one(unsigned ring)
{
	struct wire_event e = event(WIRE_ACQUIRE, pick(ADDRESSES), any_size() % 100000);

	if (open_length == OPEN)
		return;
	flush();
	assert_int_equal(model_apply_provisional(plain.model, &plain.rings[ring], &e,
						 &plain.tickets[open_length]),
			 model_apply_provisional(folded.model, &folded.rings[ring], &e,
						 &folded.tickets[open_length]));
	open_length++;
}

static void settle_one(void)
{
	struct trace_id trace = { pick(TRACES + 3) };

	if (!open_length)
		return;
	flush();
	open_length--;
	assert_int_equal(model_settle(plain.model, plain.tickets[open_length], trace),
			 model_settle(folded.model, folded.tickets[open_length], trace));
}

static void aside(unsigned ring)
{
	unsigned kind = pick(2) ? WIRE_ACQUIRE : WIRE_RELEASE;
	struct wire_event e = wire_event_make(kind, WIRE_USER, stamp(), real(pick(ADDRESSES)),
					      pick(5000), kind == WIRE_ACQUIRE);

	flush();
	model_track(plain.model, &plain.rings[ring], 17, &e);
	model_track(folded.model, &folded.rings[ring], 17, &e);
	e = wire_event_make(kind, WIRE_MMAP, stamp(), UINT64_C(4096) * (1 + pick(64)),
			    UINT64_C(4096) * (1 + pick(9)), kind == WIRE_ACQUIRE);
	model_map(plain.model, &plain.rings[ring], &e);
	model_map(folded.model, &folded.rings[ring], &e);
	if (kind != WIRE_RELEASE || pick(3))
		return;
	e = wire_event_make(WIRE_REALLOC_RESTORE, WIRE_MMAP, stamp(), wire_event_address(&e), 0, 0);
	model_map(plain.model, &plain.rings[ring], &e);
	model_map(folded.model, &folded.rings[ring], &e);
}

static int by_ticket(const void *left, const void *right)
{
	const struct history_open *a = left, *b = right;

	return (a->ticket > b->ticket) - (a->ticket < b->ticket);
}

/* Adds the changes that came as a list to the others. */
static void spread(struct history_news *news)
{
	struct change_list *list = &news->list;
	struct change_reader reader = change_reader(list->bytes.of, list->bytes.length);
	size_t length = news->changes_length, whole = length + list->length;

	news->changes = realloc(news->changes, (whole + 1) * sizeof(*news->changes));
	assert_non_null(news->changes);
	while (change_next(&reader, &news->changes[news->changes_length]))
		news->changes_length++;
	assert_int_equal(news->changes_length, whole);
}

static void same_news(struct history_news *a, struct history_news *b)
{
	spread(a);
	spread(b);
	a->changes_length = changes_order(a->changes, a->changes_length);
	b->changes_length = changes_order(b->changes, b->changes_length);
	assert_int_equal(a->changes_length, b->changes_length);
	assert_memory_equal(a->changes, b->changes, a->changes_length * sizeof(*a->changes));
	assert_int_equal(a->open_length, b->open_length);
	qsort(a->open, a->open_length, sizeof(*a->open), by_ticket);
	qsort(b->open, b->open_length, sizeof(*b->open), by_ticket);
	for (size_t i = 0; i < a->open_length; i++) {
		assert_int_equal(a->open[i].ticket, b->open[i].ticket);
		assert_memory_equal(&a->open[i].change, &b->open[i].change,
				    sizeof(a->open[i].change));
	}
	assert_int_equal(a->settled_length, b->settled_length);
	for (size_t i = 0; i < a->settled_length; i++)
		assert_memory_equal(&a->settled[i], &b->settled[i], sizeof(a->settled[i]));
	history_news_free(a);
	history_news_free(b);
}

/* The same second or a later one; and what changed up to the last tick. */
static void time_passes(void)
{
	struct history_news a = { 0 }, b = { 0 };

	flush();
	second += pick(3);
	model_birth_tick(plain.model, second);
	model_birth_tick(folded.model, second);
	while (model_census(plain.model))
		;
	while (model_census(folded.model))
		;
	if (model_tell(plain.model, SIZE_MAX, &a)) {
		assert_true(model_tell(folded.model, SIZE_MAX, &b));
		same_news(&a, &b);
	}
	assert_int_equal(model_tick(plain.model), model_tick(folded.model));
}

static void ask_for_something(void)
{
	flush();
	switch (pick(4)) {
	case 0:
		model_clear(plain.model);
		model_clear(folded.model);
		break;
	case 1:
		model_set_base(plain.model);
		model_set_base(folded.model);
		break;
	default:
		model_reset_peak(plain.model);
		model_reset_peak(folded.model);
	}
}

static int by_key(const void *left, const void *right)
{
	const struct snapshot_row *a = left, *b = right;
	uint64_t x = (uint64_t)a->trace.v << 32 | (uint32_t)a->thread << 16 | a->domain;
	uint64_t y = (uint64_t)b->trace.v << 32 | (uint32_t)b->thread << 16 | b->domain;

	return (x > y) - (x < y);
}

static void same(struct snapshot *a, struct snapshot *b)
{
	assert_memory_equal(&a->totals, &b->totals, sizeof(a->totals));
	assert_memory_equal(&a->unknown, &b->unknown, sizeof(a->unknown));
	assert_int_equal(a->rows_length, b->rows_length);
	qsort(a->rows, a->rows_length, sizeof(*a->rows), by_key);
	qsort(b->rows, b->rows_length, sizeof(*b->rows), by_key);
	for (size_t i = 0; i < a->rows_length; i++)
		assert_true(rows_same(&a->rows[i], &b->rows[i]));
	snapshot_release(a);
	snapshot_release(b);
}

/* A child that was forked at `id`, or that nobody told of (0). */
static void inherit(uint64_t id)
{
	struct model *a = model_new(catalog, (struct heap_memory){ 0 });
	struct model *b = model_new(catalog, (struct heap_memory){ 0 });

	flush();
	assert_int_equal(model_inherit(a, plain.model, id), model_inherit(b, folded.model, id));
	same(model_freeze(a, MOMENT_LIVE), model_freeze(b, MOMENT_LIVE));
	model_free(a);
	model_free(b);
}

static void fork_one(unsigned ring)
{
	struct wire_event e = wire_event_make(WIRE_FORK, WIRE_MALLOC, stamp(), ++forks, 0, 0);

	give(ring, e);
	for (unsigned i = pick(40); i > 0; i--)
		acquire(pick(rings_length));
	if (pick(2))
		inherit(forks);
	give(ring, wire_event_make(WIRE_FORKED, WIRE_MALLOC, stamp(), forks, pick(2), 0));
	if (pick(2))
		inherit(0);
}

static bool none(void *user, int32_t pid)
{
	(void)user;
	(void)pid;
	return true;
}

static void compare(bool judged)
{
	struct watch_sums a, b;

	flush();
	assert_int_equal(model_refused(plain.model), model_refused(folded.model));
	same(model_freeze(plain.model, MOMENT_LIVE), model_freeze(folded.model, MOMENT_LIVE));
	same(model_freeze(plain.model, MOMENT_PEAK), model_freeze(folded.model, MOMENT_PEAK));
	same(model_freeze_base(plain.model), model_freeze_base(folded.model));
	same(model_freeze_recent(plain.model), model_freeze_recent(folded.model));
	assert_int_equal(model_base(plain.model), model_base(folded.model));
	for (unsigned i = 0; judged && i < JUDGES; i++) {
		same(model_freeze_part(plain.model, i), model_freeze_part(folded.model, i));
		assert_true(model_part(plain.model, i, &a) && model_part(folded.model, i, &b));
		assert_memory_equal(&a, &b, sizeof(a));
	}
	for (unsigned i = 0; i < ADDRESSES; i++) {
		uint64_t size[2] = { 0, 0 };
		struct trace_id trace[2] = { { 0 }, { 0 } };

		assert_int_equal(model_block(plain.model, real(i), &size[0], &trace[0]),
				 model_block(folded.model, real(i), &size[1], &trace[1]));
		assert_int_equal(size[0], size[1]);
		assert_int_equal(trace[0].v, trace[1].v);
	}
}

static void step(bool judged)
{
	unsigned ring = pick(rings_length), what = pick(1000);

	if (what < 550)
		acquire(ring);
	else if (what < 900)
		give(ring, event(WIRE_RELEASE, any_address(), pick(3)));
	else if (what < 960 && reallocs)
		reallocate(ring);
	else if (what < 980)
		give(ring, event(WIRE_AGAIN, any_address(), 0));
	else if (what < 983)
		flush();
	else if (what < 986)
		open_one(ring);
	else if (what < 989)
		settle_one();
	else if (what < 992)
		aside(ring);
	else if (what < 994)
		compare(judged);
	else if (what < 995)
		ask_for_something();
	else if (what == 995 && !pick(3))
		fork_one(ring);
	else if (what == 997)
		hump(ring);
	else if (what == 998)
		time_passes();
	else if (what == 996) {
		flush();
		assert_int_equal(model_forks(plain.model, none, NULL),
				 model_forks(folded.model, none, NULL));
	}
}

static void begin(struct side *side, bool judged, uint64_t sample)
{
	*side = (struct side){ 0 };
	side->model = model_new(catalog, (struct heap_memory){ 0 });
	if (judged)
		model_watch(side->model, watch_new(JUDGES, keeps, NULL));
	if (sample)
		model_sample(side->model, sample);
	for (unsigned i = 0; i < RINGS; i++)
		model_thread_begin(&side->rings[i], (struct thread_id){ i + 1 });
}

static void program(unsigned number)
{
	bool judged = number & 2;

	rings_length = number & 1 ? RINGS : 1;
	reallocs = number & 8;
	large = number % 3 == 1;
	ticks = 100000;
	forks = waiting_length = open_length = second = 0;
	begin(&plain, judged, number % 5 == 2 ? 700 : 0);
	begin(&folded, judged, number % 5 == 2 ? 700 : 0);
	if (number & 4) {
		model_ticks(plain.model);
		model_ticks(folded.model);
	}
	for (unsigned i = 0; i < STEPS; i++)
		step(judged);
	compare(judged);
	model_free(plain.model);
	model_free(folded.model);
}

static void programs(void **state)
{
	(void)state;
	catalog = catalog_new();
	random_programs(PROGRAMS, program);
	catalog_release(catalog);
}

/* Blocks that die young add up to more than narrow sums hold. */
static void much_dies_young(void **state)
{
	(void)state;
	catalog = catalog_new();
	rings_length = 1;
	ticks = waiting_length = 0;
	begin(&plain, false, 0);
	begin(&folded, false, 0);
	hump(0);
	for (unsigned i = 0; i < 9000; i++) {
		give(0, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, stamp(), real(i % 9),
					(UINT64_C(1) << 20) - 1, 1));
		give(0, wire_event_make(WIRE_RELEASE, WIRE_MALLOC, stamp(), real(i % 9), 0, 0));
	}
	compare(false);
	model_free(plain.model);
	model_free(folded.model);
	catalog_release(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs),
		cmocka_unit_test(much_dies_young),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
