/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Heaps that find no memory, now and then.  An event that is refused has changed nothing, and
 * one that is not has changed all sums: after each, what the rows say is what the blocks
 * in the table are, one by one, and what all rows together were at the peak is what they were
 * when it came.
 *
 *	PROGRAMS=10000 SEED=1 test_starved
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/heap_bytes.h"
#include "tests/unit/heap/random_programs.h"
#include "tests/unit/look/failing_malloc.h"
#include "tracer/heap/fold/batch.h"
#include "tracer/heap/blocks.h"
#include "tracer/heap/domains.h"
#include "tracer/heap/inherit.h"
#include "tracer/heap/tally/saved.h"

#define PROGRAMS 150u
#define STEPS 500u
#define RINGS 3u
#define TRACES 300u
#define ADDRESSES 3000u
#define OPEN 32u
#define DOMAIN 20u

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

/* What all rows count together: the mmap domain's, and all others. */
struct sums {
	struct figures now[2];
	uint64_t sizes[2][SIZE_CLASSES], peak[2];
};

static struct catalog *catalog;
static struct model *model;
static struct model_ring rings[RINGS];
static struct sums at_peak;             /* of the highest current so far */
static uint64_t highest;
static uint32_t tickets[OPEN], second;
static unsigned open_length;
static uint64_t ticks, forks;

static struct sums sums_of(const struct snapshot *snapshot)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];
		bool maps = row->domain == WIRE_MMAP;
		uint64_t count = 0;

		figures_add(&sums.now[maps], &row->figures->now);
		sums.peak[maps] += row->figures->peak;
		for (unsigned k = 0; k < SIZE_CLASSES; k++) {
			sums.sizes[maps][k] += row->figures->sizes[k];
			count += row->figures->sizes[k];
		}
		assert_int_equal(count, row->figures->now.count);
	}
	return sums;
}

/* What the blocks of each tally are. */
struct truth {
	uint64_t size, count;
};

struct counting {
	const struct model *model;
	struct truth *of;
	uint64_t blocks;
};

static int count_one(void *user, const struct model_block *block)
{
	struct counting *counting = user;
	const struct tallies *tallies = &counting->model->tallies;
	const struct tally *tally = tally_at(tallies, block->tally);
	uint32_t index = tally->state == TALLY_PROVISIONAL ? tally_forward(tallies, tally) :
							     block->tally;

	counting->of[index].size += block->size;
	counting->of[index].count++;
	counting->blocks++;
	return 0;
}

static void is_as_its_blocks(struct model *of)
{
	struct counting counting = { .model = of, .of = calloc(of->tallies.length + 1,
							     sizeof(*counting.of)) };
	uint32_t *rows = malloc((of->tallies.length + 1) * sizeof(*rows));
	struct snapshot *now = model_freeze(of, MOMENT_LIVE);
	struct totals totals;

	assert_non_null(now);
	model_blocks(of, count_one, &counting);
	model_rows_of(of, now, rows);
	for (uint32_t i = 0; i < of->tallies.length; i++) {
		const struct tally *tally = tally_at(&of->tallies, i);

		if (tally->domain == WIRE_MMAP || tally->state != TALLY_KEYED)
			continue;
		if (rows[i] == UINT32_MAX) {
			assert_int_equal(counting.of[i].count, 0);
			continue;
		}
		assert_int_equal(now->rows[rows[i]].figures->now.size, counting.of[i].size);
		assert_int_equal(now->rows[rows[i]].figures->now.count, counting.of[i].count);
	}
	model_totals(of, &totals);
	assert_int_equal(totals.blocks, counting.blocks);
	assert_int_equal(totals.allocations - totals.frees, totals.blocks);
	snapshot_release(now);
	free(counting.of);
	free(rows);
}

/* Notes what all was at a new peak. */
static void look_at_peak(void)
{
	struct totals totals;
	struct snapshot *now;

	model_totals(model, &totals);
	if (totals.peak_ever == highest)
		return;
	assert_true(totals.peak_ever > highest);
	highest = totals.peak_ever;
	assert_int_equal(totals.current, highest);
	now = model_freeze(model, MOMENT_LIVE);
	at_peak = sums_of(now);
	snapshot_release(now);
}

static void is_as_at_its_peak(void)
{
	struct snapshot *peak = model_freeze(model, MOMENT_PEAK);
	struct sums sums = sums_of(peak);

	assert_memory_equal(sums.now, at_peak.now, sizeof(sums.now));
	assert_memory_equal(sums.sizes, at_peak.sizes, sizeof(sums.sizes));
	snapshot_release(peak);
}

/* From here on so few allocations go well. */
static void starve(void) { allowed = pick(3) ? -1 : (long)pick(3); }

static uint64_t stamp(void) { return ticks += pick(4) ? 10 : 20000; }
static uint64_t any_address(void) { return 0x100000 + 16 * pick(ADDRESSES); }
static uint32_t any_trace(void) { return 1 + (uint32_t)pick(TRACES); }

static uint64_t any_size(void)
{
	switch (pick(6)) {
	case 0:
		return pick(UINT64_C(1) << (20 + pick(14)));
	case 1:
		return (1 << 20) - 1 - pick(3);
	}
	return pick(300);
}

static struct wire_event make(enum wire_kind kind, enum wire_domain domain)
{
	bool begins = kind == WIRE_ACQUIRE || kind == WIRE_AGAIN;

	return wire_event_make(kind, domain, stamp(), any_address(),
			       kind == WIRE_ACQUIRE ? any_size() : 0, begins ? any_trace() : 0);
}

static struct wire_event make_map(enum wire_kind kind)
{
	return wire_event_make(kind, WIRE_MMAP, stamp(), UINT64_C(4096) * (1 + pick(400)),
			       (pick(8) ? UINT64_C(4096) : UINT64_C(1) << 30) * (1 + pick(3)),
			       kind == WIRE_ACQUIRE ? any_trace() : 0);
}

/* An event that finds no memory is counted, and current is what it was. */
static void apply(unsigned ring, struct wire_event event)
{
	uint64_t refused = model_refused(model);
	struct totals before, after;
	int error;

	model_totals(model, &before);
	starve();
	switch (wire_event_domain(&event)) {
	case WIRE_MMAP:
		error = model_map(model, &rings[ring], &event);
		break;
	case WIRE_USER:
		error = model_track(model, &rings[ring], DOMAIN, &event);
		break;
	default:
		error = model_apply(model, &rings[ring], &event);
	}
	allowed = -1;
	assert_int_equal(model_refused(model), refused + (error != 0));
	model_totals(model, &after);
	if (error) {
		assert_int_equal(before.current, after.current);
		assert_int_equal(before.total, after.total);
		assert_int_equal(before.frees, after.frees);
	}
}

static void open_one(unsigned ring)
{
	struct wire_event event = pick(2) ? make(WIRE_ACQUIRE, WIRE_MALLOC) :
					    make_map(WIRE_ACQUIRE);
	int error;

	wire_event_set_trace(&event, 0);
	if (open_length == OPEN)
		return;
	starve();
	error = model_apply_provisional(model, &rings[ring], &event, &tickets[open_length]);
	allowed = -1;
	open_length += !error;
}

static void settle_one(void)
{
	int error;

	if (!open_length)
		return;
	starve();
	error = model_settle(model, tickets[open_length - 1], (struct trace_id){ any_trace() });
	allowed = -1;
	assert_true(!error || error == -12);
	open_length -= !error;
}

static void batch(void)
{
	struct model_event events[BATCH_MAX];
	unsigned n = 0;

	while (n < 200) {
		unsigned ring = (unsigned)pick(RINGS);
		struct wire_event begins = make(WIRE_ACQUIRE, WIRE_MALLOC);

		events[n++] = (struct model_event){ &rings[ring], begins };
		if (pick(2))
			events[n++] = (struct model_event){ &rings[ring], wire_event_make(
				WIRE_RELEASE, WIRE_MALLOC, stamp(), wire_event_address(&begins), 0,
				0) };
	}
	starve();
	model_apply_batch(model, events, n);
	allowed = -1;
	/* The peak may have been anywhere in it. */
	struct totals totals;

	model_totals(model, &totals);
	if (totals.peak_ever == highest)
		return;
	struct snapshot *peak = model_freeze(model, MOMENT_PEAK);

	highest = totals.peak_ever;
	at_peak = sums_of(peak);
	assert_int_equal(at_peak.now[0].size, highest);
	snapshot_release(peak);
}

static void fork_one(unsigned ring)
{
	struct wire_event event = wire_event_make(WIRE_FORK, WIRE_MALLOC, stamp(), ++forks, 0, 0);
	struct model *child = model_new(catalog, (struct heap_memory){ 0 });
	struct totals totals, childs;

	model_totals(model, &totals);
	apply(ring, event);
	if (pick(2))
		apply(ring, make(WIRE_RELEASE, WIRE_MALLOC));
	starve();
	int error = model_inherit(child, model, pick(2) ? forks : 0);

	allowed = -1;
	model_totals(child, &childs);
	assert_true(error || childs.blocks <= totals.blocks + 1);
	if (!error)
		is_as_its_blocks(child);
	else
		assert_int_equal(childs.current, 0);
	model_totals(model, &totals);
	assert_int_equal(model_refused(child), error ? totals.blocks : 0);
	model_free(child);
}

static void step(void)
{
	unsigned ring = (unsigned)pick(RINGS), what = (unsigned)pick(100);

	if (what < 35)
		apply(ring, make(WIRE_ACQUIRE, pick(8) ? WIRE_MALLOC : WIRE_USER));
	else if (what < 55)
		apply(ring, make(WIRE_RELEASE, pick(8) ? WIRE_MALLOC : WIRE_USER));
	else if (what < 65)
		apply(ring, make_map(pick(2) ? WIRE_ACQUIRE : WIRE_RELEASE));
	else if (what < 67)
		apply(ring, wire_event_make(WIRE_REALLOC_RESTORE, WIRE_MMAP, stamp(), 4096, 0, 0));
	else if (what < 72)
		apply(ring, make(WIRE_AGAIN, WIRE_MALLOC));
	else if (what < 75)
		batch();
	else if (what < 84)
		open_one(ring);
	else if (what < 93)
		settle_one();
	else if (what < 97) {
		struct wire_event event = make(WIRE_REALLOC_RELEASE, WIRE_MALLOC);

		apply(ring, event);
		apply(ring, wire_event_make(WIRE_REALLOC_RESTORE, WIRE_MALLOC, stamp(),
					    wire_event_address(&event), 0, 0));
	} else if (what < 98) {
		fork_one(ring);
	} else {
		model_birth_tick(model, ++second);
	}
	look_at_peak();
}

static void begin(void)
{
	catalog = catalog_new();
	model = model_new(catalog, (struct heap_memory){ 0 });
	for (unsigned i = 0; i < RINGS; i++)
		model_thread_begin(&rings[i], (struct thread_id){ i + 1 });
	at_peak = (struct sums){ 0 };
	highest = ticks = forks = 0;
	second = open_length = 0;
}

static void end(void)
{
	model_free(model);
	catalog_release(catalog);
}

static void program(unsigned number)
{
	(void)number;
	begin();
	for (unsigned k = 0; k < STEPS; k++) {
		step();
		if (k % 50 == 49) {
			is_as_its_blocks(model);
			is_as_at_its_peak();
		}
	}
	end();
}

static void test_sums_are_those_of_the_blocks(void **state)
{
	(void)state;
	random_programs(PROGRAMS, program);
}

static int map(unsigned ring, enum wire_kind kind, uint64_t address, uint64_t size)
{
	struct wire_event event = wire_event_make(kind, WIRE_MMAP, stamp(), address, size,
						  kind == WIRE_ACQUIRE);

	return model_map(model, &rings[ring], &event);
}

static int grow(uint64_t address, uint64_t size, uint32_t *ticket)
{
	struct wire_event event = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, stamp(), address,
						  size, ticket ? 0 : 1);

	return ticket ? model_apply_provisional(model, &rings[0], &event, ticket) :
			model_apply(model, &rings[0], &event);
}

/* A tally that was made for a mapping which found no memory holds nothing at the peak, when
 * it becomes another's. */
static void test_a_tally_whose_block_was_refused_is_empty(void **state)
{
	const uint64_t page = 4096;
	struct wire_event small = wire_event_make(WIRE_ACQUIRE, WIRE_MMAP, 0, 0x3f000000, page, 0);
	struct wire_event large = wire_event_make(WIRE_ACQUIRE, WIRE_MMAP, 0, 0x40000000 + (15 * 64 + 1) * page,
						  UINT64_C(1) << 31, 0);
	uint32_t ticket;

	(void)state;
	begin();
	assert_int_equal(grow(0x3000, 0, &ticket), 0);
	assert_int_equal(model_apply_provisional(model, &rings[0], &small, &ticket), 0);
	/* The list of mappings is full, that of their pieces is not. */
	for (uint64_t i = 1; i < 16; i++)
		assert_int_equal(map(0, WIRE_ACQUIRE, 0x40000000 + i * 64 * page, 2 * page), 0);
	assert_int_equal(map(1, WIRE_RELEASE, 0x40000000 + 64 * page, 2 * page), 0);
	/* While current rises the peak is kept only before the next other change. */
	assert_int_equal(grow(0x1000, UINT64_C(1) << 31, NULL), 0);
	assert_int_equal(grow(0x2000, 100, NULL), 0);
	allowed = 0;
	assert_int_equal(model_apply_provisional(model, &rings[0], &large, &ticket), -12);
	allowed = -1;
	struct snapshot *peak = model_freeze(model, MOMENT_PEAK);

	at_peak = sums_of(peak);
	assert_int_equal(at_peak.now[0].size, (UINT64_C(1) << 31) + 100);
	assert_int_equal(at_peak.now[1].size, 14 * 2 * page + page);
	snapshot_release(peak);
	for (uint64_t i = 0; i < 2 * TALLY_QUARANTINE; i++) {
		assert_int_equal(grow(0x10000 + 16 * i, 0, &ticket), 0);
		is_as_at_its_peak();
		assert_int_equal(model_settle(model, ticket, (struct trace_id){ 2 }), 0);
	}
	end();
}

/* Of a program with so many large blocks that the last stacks, which have many blocks, find no
 * memory for wide parts; `left`: bytes that may be taken. */
static void inherit_with(int64_t left)
{
	struct heap_budget budget = { left };
	struct model *child = model_new(catalog, (struct heap_memory){ .budget = &budget });
	struct snapshot *now;
	struct sums sums;

	assert_int_equal(model_inherit(child, model, 0), 0);
	is_as_its_blocks(child);
	now = model_freeze(child, MOMENT_LIVE);
	sums = sums_of(now);
	assert_int_equal(sums.now[0].count, 253 + 140000);
	assert_int_equal(sums.now[0].size, (INT64_C(253) << 30) + 140000 * INT64_C(8));
	assert_int_equal(sums.sizes[0][0], 140000);
	snapshot_release(now);
	model_free(child);
	assert_int_equal(budget.left, left);
}

static int64_t taken(void)
{
	struct heap_budget budget = { INT64_MAX };
	struct model *child = model_new(catalog, (struct heap_memory){ .budget = &budget });
	int64_t left;

	assert_int_equal(model_inherit(child, model, 0), 0);
	left = budget.left;
	model_free(child);
	return INT64_MAX - left;
}

static void test_a_childs_blocks_that_find_no_room_count_together(void **state)
{
	(void)state;
	begin();
	for (uint64_t i = 0; i < 253; i++) {
		struct wire_event large = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, stamp(),
							  0x10000 + 16 * i, UINT64_C(1) << 30,
							  2 + (uint32_t)i);

		assert_int_equal(model_apply(model, &rings[0], &large), 0);
	}
	for (uint64_t i = 0; i < 140000; i++)
		assert_int_equal(grow(0x1000000 + 16 * i, 8, NULL), 0);
	int64_t most = taken();

	inherit_with(most);
	inherit_with(most - 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums_are_those_of_the_blocks),
		cmocka_unit_test(test_a_tally_whose_block_was_refused_is_empty),
		cmocka_unit_test(test_a_childs_blocks_that_find_no_room_count_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
