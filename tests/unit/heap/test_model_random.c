/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model against a naive one that keeps everything in plain arrays and
 * copies all of it at each peak: thousands of rounds of random events on three
 * rings, with reallocs that succeed and fail, nested ones, stacks that settle
 * late, addresses taken while live, and resets of the peak, while time goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/heap_bytes.h"
#include "tests/random.h"
#include "tracer/heap/model.h"

#define ADDRESSES 24u
#define RINGS 3u
#define TRACES 5u
#define OWNERS 600u
#define EVENTS 400u
#define ROUNDS 3000u

/* One key's figures, or one block's whose trace is not known. */
struct owner {
	uint32_t trace, thread;
	bool open;                      /* provisional */
	uint32_t ticket;
	struct figures now, ever;
	uint64_t at_peak;
	uint64_t born, born_ever;
	uint32_t sizes[SIZE_CLASSES], sizes_ever[SIZE_CLASSES];
};

struct block {
	bool live, reserved;            /* reserved: a realloc holds it */
	uint64_t size;
	uint32_t birth;
	unsigned owner;
	unsigned swallow;
	uint64_t swallow_ticks;
	int swallow_ring;               /* -1: several */
};

struct held {
	unsigned address;
	struct block block;
	bool unknown, swallowed, temporary;
	uint64_t last;
};

struct naive {
	struct owner owners[OWNERS];
	unsigned owners_length;
	struct block blocks[ADDRESSES];
	struct {
		unsigned last;          /* address + 1, or 0 */
		struct held held[3];
		unsigned depth;
		unsigned inside;        /* reallocs since the outermost began */
	} rings[RINGS];
	struct totals totals, ever;
};

static struct naive naive;
static struct model *model;
static struct model_ring rings[RINGS];
static uint64_t ticks;
static uint32_t second;                 /* of births */
static unsigned shift;                  /* of sizes */
static uint64_t stride;                 /* between addresses: side by side, of any alignment, in
					 * spans and regions of their own */

static uint64_t real(unsigned address)
{
	return 0x5000 + address * stride;
}

static struct wire_event make(enum wire_kind kind, unsigned address, uint64_t size,
			      uint32_t trace)
{
	ticks += pick(4) ? 10 : 20000;
	return wire_event_make(kind, WIRE_MALLOC, ticks, real(address), size, trace);
}

static void naive_peak(void)
{
	struct totals *t = &naive.totals;
	bool ever = t->current > t->peak_ever;

	if (t->current <= t->peak)
		return;
	t->peak = t->current;
	if (ever)
		t->peak_ever = t->current;
	for (unsigned i = 0; i < naive.owners_length; i++) {
		naive.owners[i].at_peak = naive.owners[i].now.size;
		if (ever)
			naive.owners[i].ever = naive.owners[i].now;
		if (ever)
			naive.owners[i].born_ever = naive.owners[i].born;
		if (ever)
			memcpy(naive.owners[i].sizes_ever, naive.owners[i].sizes,
			       sizeof(naive.owners[i].sizes));
	}
	if (ever)
		naive.ever = *t;
}

static unsigned naive_owner(uint32_t trace, uint32_t thread, bool open)
{
	unsigned i = open ? naive.owners_length : 0;

	while (i < naive.owners_length && (naive.owners[i].open || naive.owners[i].ticket ||
	       naive.owners[i].trace != trace || naive.owners[i].thread != thread))
		i++;
	assert_true(i < OWNERS);
	if (i == naive.owners_length) {
		naive.owners_length++;
		naive.owners[i] = (struct owner){ .trace = trace, .thread = thread, .open = open };
	}
	return i;
}

static uint32_t *naive_sizes(unsigned owner, uint64_t size)
{
	static const uint64_t ends[] = { 32, 256, 2048, 16384, 131072, 1 << 20, 8 << 20 };
	unsigned class = 0;

	while (class < 7 && size > ends[class])
		class++;
	return &naive.owners[owner].sizes[class];
}

static void naive_drop(unsigned address, bool temporary)
{
	struct block *b = &naive.blocks[address];
	struct figures *f = &naive.owners[b->owner].now;

	b->live = false;
	f->size -= b->size;
	f->count--;
	--*naive_sizes(b->owner, b->size);
	naive.owners[b->owner].born -= b->size * b->birth;
	f->temporary += temporary;
	naive.totals.current -= b->size;
	naive.totals.blocks--;
	naive.totals.frees++;
	naive.totals.temporary += temporary;
}

static void naive_acquire(unsigned ring, unsigned address, uint64_t size, unsigned owner)
{
	struct block *b = &naive.blocks[address];

	if (b->live) {
		naive_drop(address, false);
		b->swallow_ring = b->swallow && b->swallow_ring != (int)ring ? -1 : (int)ring;
		b->swallow++;
		b->swallow_ticks = ticks;
	}
	b->live = true;
	b->size = size;
	b->birth = second;
	b->owner = owner;
	naive.owners[owner].born += size * second;
	struct figures *f = &naive.owners[owner].now;

	f->size += size;
	f->count++;
	f->allocations++;
	f->total += size;
	++*naive_sizes(owner, size);
	naive.totals.current += size;
	naive.totals.blocks++;
	naive.totals.allocations++;
	naive.totals.total += size;
	naive_peak();
	naive.rings[ring].last = address + 1;
	for (unsigned i = 0; i < naive.rings[ring].depth; i++)
		naive.rings[ring].held[i].last = 0;
}

static struct held naive_end(unsigned ring, unsigned address)
{
	struct block *b = &naive.blocks[address];
	struct held h = { .address = address, .block = *b, .last = naive.rings[ring].last };

	h.temporary = h.last == address + 1;
	if (b->swallow && ticks > b->swallow_ticks + (b->swallow_ring == (int)ring ? 0 : 8192))
		b->swallow = 0;
	if (b->swallow) {
		b->swallow--;
		h.swallowed = true;
	} else if (b->live) {
		naive_drop(address, h.temporary);
	} else {
		naive.totals.unknown_frees++;
		h.unknown = true;
	}
	naive.rings[ring].last = 0;
	return h;
}

static void naive_restore(unsigned ring)
{
	struct held h = naive.rings[ring].held[--naive.rings[ring].depth];
	struct block *b = &naive.blocks[h.address];

	b->reserved = false;
	if (h.unknown) {
		naive.totals.unknown_frees--;
	} else if (!h.swallowed) {
		struct figures *f = &naive.owners[h.block.owner].now;

		b->live = true;
		f->size += b->size;
		f->count++;
		++*naive_sizes(h.block.owner, b->size);
		naive.owners[h.block.owner].born += b->size * b->birth;
		f->temporary -= h.temporary;
		naive.totals.current += b->size;
		naive.totals.blocks++;
		naive.totals.frees--;
		naive.totals.temporary -= h.temporary;
		naive_peak();
	}
	if (!naive.rings[ring].last)
		naive.rings[ring].last = (unsigned)h.last;
}

static void apply(unsigned ring, struct wire_event e)
{
	naive.totals.events++;
	assert_int_equal(model_apply(model, &rings[ring], &e), 0);
}

static void random_acquire(unsigned ring, unsigned address)
{
	uint64_t size = pick(8) ? (uint64_t)pick(100) << (pick(3) ? 0 : pick(shift)) : 0;
	uint32_t trace = 1 + pick(TRACES - 1), ticket;
	bool open = !pick(6);
	struct wire_event e = make(WIRE_ACQUIRE, address, size, open ? 0 : trace);
	unsigned owner = naive_owner(open ? 0 : trace, ring + 1, open);

	if (open) {
		naive_acquire(ring, address, size, owner);
		naive.totals.events++;
		assert_int_equal(model_apply_provisional(model, &rings[ring], &e, &ticket), 0);
		naive.owners[owner].ticket = ticket + 1;
		return;
	}
	naive_acquire(ring, address, size, owner);
	apply(ring, e);
}

static void settle_one(void)
{
	unsigned from = pick(naive.owners_length ? naive.owners_length : 1);

	for (unsigned i = 0; i < naive.owners_length; i++) {
		struct owner *o = &naive.owners[(from + i) % naive.owners_length];

		if (!o->open)
			continue;
		o->open = false;
		o->trace = pick(TRACES);
		assert_int_equal(model_settle(model, o->ticket - 1, (struct trace_id){ o->trace }),
				 0);
		return;
	}
}

static void realloc_end(unsigned ring, bool fails)
{
	unsigned address = naive.rings[ring].held[naive.rings[ring].depth - 1].address;

	if (fails) {
		struct wire_event e = make(WIRE_REALLOC_RESTORE, address, 0, 0);

		naive_restore(ring);
		apply(ring, e);
		return;
	}
	naive.blocks[address].reserved = false;
	naive.rings[ring].depth--;
	random_acquire(ring, address);
}

/* The model remembers four reallocs a ring for certain. */
static bool may_nest(unsigned ring)
{
	if (!naive.rings[ring].depth)
		naive.rings[ring].inside = 0;
	return naive.rings[ring].inside < 4;
}

static void random_event(void)
{
	unsigned ring = pick(RINGS), address = pick(ADDRESSES), what = pick(20);
	bool busy = naive.blocks[address].reserved;

	if (!pick(10))
		model_birth_tick(model, ++second);
	if (what < 3 && naive.rings[ring].depth) {
		realloc_end(ring, pick(2));
	} else if (what < 9 && !busy && (!naive.blocks[address].live || !pick(8))) {
		random_acquire(ring, address);
	} else if (what < 14 && !busy) {
		struct wire_event e = make(WIRE_RELEASE, address, 0, 0);

		naive_end(ring, address);
		for (unsigned i = 0; i < naive.rings[ring].depth; i++)
			naive.rings[ring].held[i].last = 0;
		apply(ring, e);
	} else if (what < 17 && !busy && naive.rings[ring].depth < 3 && may_nest(ring)) {
		struct wire_event e = make(WIRE_REALLOC_RELEASE, address, 0, 0);

		naive.rings[ring].inside++;
		naive.rings[ring].held[naive.rings[ring].depth++] = naive_end(ring, address);
		naive.blocks[address].reserved = true;
		apply(ring, e);
	} else if (what == 17 && !pick(10)) {
		model_reset_peak(model);
		naive.totals.peak = naive.totals.current;
		for (unsigned i = 0; i < naive.owners_length; i++)
			naive.owners[i].at_peak = naive.owners[i].now.size;
	} else if (what > 17) {
		settle_one();
	}
}

/* What a row's blocks are, one by one. */
static void expect_ages(const struct snapshot_row *row)
{
	uint64_t born = 0, oldest = 0;
	bool any = false;

	for (unsigned i = 0; i < ADDRESSES; i++) {
		const struct block *b = &naive.blocks[i];

		if (!b->live || naive.owners[b->owner].trace != row->trace.v ||
		    naive.owners[b->owner].thread != row->thread)
			continue;
		born += b->size * b->birth;
		oldest = !any || b->birth < oldest ? b->birth : oldest;
		any = true;
	}
	assert_int_equal(row->figures->born, born);
	assert_int_equal(row->figures->oldest, oldest);
}

static void expect_row(const struct snapshot_row *row, enum moment_kind kind)
{
	struct figures f = { 0 };
	uint32_t sizes[SIZE_CLASSES] = { 0 };
	uint64_t peak = 0, born = 0;

	for (unsigned i = 0; i < naive.owners_length; i++) {
		const struct owner *o = &naive.owners[i];
		const struct figures *g = kind == MOMENT_PEAK ? &o->ever : &o->now;

		if (o->trace != row->trace.v || o->thread != row->thread)
			continue;
		born += kind == MOMENT_PEAK ? o->born_ever : o->born;
		f.size += g->size;
		f.count += g->count;
		f.allocations += g->allocations;
		f.total += g->total;
		f.temporary += g->temporary;
		peak += kind == MOMENT_PEAK ? g->size : o->at_peak;
		for (unsigned j = 0; j < SIZE_CLASSES; j++)
			sizes[j] += kind == MOMENT_PEAK ? o->sizes_ever[j] : o->sizes[j];
	}
	assert_memory_equal(&f, &row->figures->now, sizeof(f));
	assert_int_equal(peak, row->figures->peak);
	/* Of the peak it is known only where nothing has changed since. */
	if (kind != MOMENT_PEAK || row->figures->born != AGE_UNKNOWN)
		assert_int_equal(row->figures->born, born);
	if (kind != MOMENT_PEAK)
		expect_ages(row);
	assert_memory_equal(sizes, row->figures->sizes, sizeof(sizes));
}

static void compare(enum moment_kind kind)
{
	struct snapshot *s = model_freeze(model, kind);
	uint64_t allocations = 0, size = 0;

	for (size_t i = 0; i < s->rows_length; i++) {
		for (size_t j = 0; j < i; j++)
			assert_true(s->rows[i].trace.v != s->rows[j].trace.v ||
				    s->rows[i].thread != s->rows[j].thread);
		expect_row(&s->rows[i], kind);
		allocations += s->rows[i].figures->now.allocations;
		size += s->rows[i].figures->now.size;
	}
	assert_int_equal(allocations, s->totals.allocations);
	assert_int_equal(size, s->totals.current);
	const struct totals *t = kind == MOMENT_PEAK ? &naive.ever : &naive.totals;

	assert_memory_equal(t, &s->totals, sizeof(*t));
	snapshot_release(s);
}

static void compare_blocks(void)
{
	for (unsigned i = 0; i < ADDRESSES; i++) {
		const struct block *b = &naive.blocks[i];
		struct trace_id trace = { 0 };
		uint64_t size = 0;

		assert_int_equal(model_block(model, real(i), &size, &trace), b->live);
		if (b->live) {
			assert_int_equal(size, b->size);
			assert_int_equal(trace.v, naive.owners[b->owner].trace);
		}
	}
}

static void rounds(void **state)
{
	static const uint64_t strides[] = { 16, 16, 8, 1024, 65536, 4 << 20 };

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct catalog *catalog = catalog_new();

		random_begin(round);
		memset(&naive, 0, sizeof(naive));
		ticks = 100000;
		second = 0;
		stride = strides[round % 6];
		shift = round % 4 ? 20 : 40;
		model = model_new(catalog, (struct heap_memory){ 0 });
		for (unsigned i = 0; i < RINGS; i++)
			model_thread_begin(&rings[i], (struct thread_id){ i + 1 });
		for (unsigned i = 0; i < EVENTS; i++) {
			random_event();
			if (i % 40 == 39) {
				compare(MOMENT_LIVE);
				compare(MOMENT_PEAK);
				compare_blocks();
			}
		}
		assert_true(model_bytes(model) > 0);
		model_free(model);
		catalog_release(catalog);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rounds) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
