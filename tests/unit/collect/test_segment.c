/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a target may make memtop spend: memory of the segment for what it has really
 * written and the threads that it really has, names for the bytes that they really
 * take, one reader's time for stamps that no clock can show.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/heap_bytes.h"
#include "tests/pages.h"
#include "tracer/collect/rings/image.h"
#include "tracer/wire/python.h"

#define MIB (UINT64_C(1) << 20)

static struct segment *make(int32_t pid)
{
	const struct segment_options options = { .nframe = 64, .max_traces = 4 << 20, .pid = pid };
	struct segment *segment;
	struct error error;

	assert_int_equal(segment_create(&segment, &options, &error), 0);
	return segment;
}

static uint64_t allocated(const struct segment *segment)
{
	struct stat status;

	assert_int_equal(fstat(segment_fd(segment), &status), 0);
	return (uint64_t)status.st_blocks * 512;
}

static void counters_alone_cost_nothing(void **state)
{
	struct segment *segment = make(0);
	struct wire_control *control = segment_control(segment);
	uint64_t before = allocated(segment);

	(void)state;
	control->modules = control->sites = control->traces = control->rings = UINT32_MAX;
	control->blobs = UINT64_MAX;
	for (int i = 0; i < 1000; i++)
		assert_true(segment_grow(segment));
	/* Rings that a program of a few threads may have had. */
	assert_in_range(allocated(segment), before, before + 64 * WIRE_RING_BYTES);
	segment_free(segment);
}

static void rings_come_with_threads(void **state)
{
	struct segment *segment = make(getpid());

	(void)state;
	segment_control(segment)->rings = UINT32_MAX;
	for (int i = 0; i < 1000; i++)
		assert_true(segment_grow(segment));
	assert_in_range(segment_rings(segment), 65, 64 + 4 * 4);
	segment_free(segment);
}

/* Pages for the nodes of a program with many stacks are there before it comes to them;
 * other programs have none but those that they write. */
static void nodes_are_found_ahead(void **state)
{
	struct worker *worker = worker_new("pages");
	struct segment_options options = { .nframe = 64, .max_traces = 4 << 20, .prefault = worker };
	const size_t few = 256 << 10;
	struct segment *segment;
	struct error error;

	(void)state;
	assert_int_equal(segment_create(&segment, &options, &error), 0);
	struct wire_control *control = segment_control(segment);
	char *nodes = (char *)control + control->offset[WIRE_TRACES];
	bool found = pages_are_found(nodes);

	for (uint32_t n = 1; control->ready[WIRE_TRACES] <= few; n++) {
		((uint64_t *)(void *)nodes)[n] = 1;
		control->traces = n + 1;
		assert_true(segment_grow(segment));
		if (control->ready[WIRE_TRACES] == few)
			assert_int_equal(pages_there(nodes + few / 64 * 63, 1), 0);
	}
	while (!worker_idle(worker))
		sched_yield();
	assert_int_equal(pages_there(nodes + few, 64), found ? 64 : 0);
	segment_free(segment);
	worker_free(worker);
}

/* A table that is really written grows to its limit. */
static void written_tables_grow(void **state)
{
	struct segment *segment = make(0);
	struct wire_control *control = segment_control(segment);
	_Atomic uint64_t *nodes = (void *)((char *)control + control->offset[WIRE_TRACES]);

	(void)state;
	for (uint32_t i = 1; i < 4u << 20; i++) {
		if ((i + 1) * sizeof(*nodes) > control->ready[WIRE_TRACES]) {
			assert_true(segment_grow(segment));
			assert_true((i + 1) * sizeof(*nodes) <= control->ready[WIRE_TRACES]);
		}
		nodes[i] = 1;
		control->traces = i + 1;
	}
	assert_int_equal(segment_node(segment, (4u << 20) - 1), 1);
	control->ready[WIRE_TRACES] = 8;        /* a target that takes away what it has */
	assert_true(segment_grow(segment));
	assert_int_equal(control->ready[WIRE_TRACES], UINT64_C(32) << 20);
	segment_free(segment);
}

/* A clock that is set back later is the clock that it was. */
static void the_clock_stays(void **state)
{
	struct segment *segment = make(0);
	struct wire_control *control = segment_control(segment);

	(void)state;
	control->stamp_clock = WIRE_CLOCK_MONOTONIC;
	control->stamp_base = 1;
	uint64_t before = segment_ticks(segment);
	control->stamp_base = 0;
	assert_true(segment_born(segment));
	control->stamp_base = UINT64_MAX / 2;
	control->stamp_clock = WIRE_CLOCK_TSC;
	assert_in_range(segment_ticks(segment), before, before + UINT64_C(60000000000));
	segment_free(segment);
}

/* --- names --- */

struct run {
	struct image *image;
	struct wire_control *control;
	uint8_t *blobs;
	uint64_t *sites, *nodes;
};

static int no_call(void *user, struct image *image, struct drain_call *call)
{
	(void)user;
	(void)image;
	(void)call;
	return -1;
}

static struct run begin(struct family *family)
{
	const struct image_options options = {
		.segment = { .nframe = 64, .max_traces = 1 << 20 }, .family = family,
		.process = 1, .call = no_call,
	};
	struct run run = { 0 };
	struct error error;

	assert_int_equal(image_new(&run.image, &options, &error), 0);
	run.control = segment_control(run.image->segment);
	uint8_t *base = (uint8_t *)run.control;
	run.blobs = base + run.control->offset[WIRE_BLOBS];
	run.sites = (void *)(base + run.control->offset[WIRE_SITES]);
	run.nodes = (void *)(base + run.control->offset[WIRE_TRACES]);
	run.control->stamp_clock = WIRE_CLOCK_MONOTONIC;
	run.control->stamp_base = 1;
	run.control->rings = 1;
	return run;
}

static void push(struct run *run, struct wire_event event)
{
	struct wire_ring *ring = segment_ring(run->image->segment, 0);

	ring->slot[ring->head & (WIRE_RING_SLOTS - 1)] = event;
	atomic_fetch_add(&ring->head, 1);
}

/* Ten thousand names of 4 KiB over one another in 128 KiB. */
static void names_cost_their_bytes(void **state)
{
	struct family *family = family_new(NULL, "");
	struct run run = begin(family);
	uint64_t room = run.control->ready[WIRE_BLOBS];

	(void)state;
	for (uint64_t i = 0; i < room; i++)
		run.blobs[i] = (uint8_t)('a' + i * 2654435761u % 23);
	for (uint32_t i = 0; i < 4000; i++) {
		struct wire_python *record = (void *)(run.blobs + 32 * i);

		*record = (struct wire_python){ .file = i * 7, .file_length = 65536,
						.function = i * 5 + 1, .function_length = 4096 };
		run.sites[2 + i] = wire_python_site(32 * i, 1);
		run.nodes[1 + i] = wire_node(0, 2 + i);
		push(&run, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, i, 64 * (i + 1), 100, i + 1));
	}
	drain_round(run.image->drain, true);
	assert_in_range(catalog_bytes(family->catalog), 0, 2 * room + 2 * MIB);
	struct snapshot *end = image_freeze(run.image, MOMENT_EXIT);
	assert_int_equal(end->totals.blocks, 4000);     /* none of them is lost ... */
	assert_true(end->totals.lost > 0);              /* ... but stacks are, and it is said */
	snapshot_release(end);
	image_free(run.image);
	family_free(family);
}

/* One stamp far ahead does not hold up what comes behind it, nor does a deep chain. */
static void nonsense_is_passed(void **state)
{
	struct family *family = family_new(NULL, "");
	struct run run = begin(family);

	(void)state;
	for (uint32_t i = 1; i < 8000; i++)
		run.nodes[i] = wire_node(i - 1, 2);
	run.sites[2] = wire_site(0, 4096);
	push(&run, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, (UINT64_C(1) << 56) - 1, 64, 10, 0));
	push(&run, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, 5, 128, 20, 7999));
	drain_round(run.image->drain, false);
	struct snapshot *now = image_freeze(run.image, MOMENT_LIVE);
	assert_int_equal(now->totals.current, 30);
	assert_int_equal(now->totals.lost, 2);
	assert_int_equal(now->rows_length, 1);
	snapshot_release(now);
	image_free(run.image);
	family_free(family);
}

/* A producer that is made to believe that its ring is full is told better. */
static void tails_are_put_right(void **state)
{
	struct family *family = family_new(NULL, "");
	struct run run = begin(family);
	struct wire_ring *ring = segment_ring(run.image->segment, 0);

	(void)state;
	push(&run, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, 5, 128, 20, 0));
	drain_round(run.image->drain, false);
	assert_int_equal(ring->tail, 1);
	ring->tail = 1 - WIRE_RING_SLOTS;
	ring->room_wanted = 1;
	drain_round(run.image->drain, false);
	assert_int_equal(ring->tail, 1);
	assert_int_equal(ring->room_wanted, 0);
	image_free(run.image);
	family_free(family);
}

/* Sizes that together are more than a number can hold, and more blocks than memory. */
static void sums_and_memory_end(void **state)
{
	struct family *family = family_new(NULL, "");
	struct run run = begin(family);
	struct snapshot *now;

	(void)state;
	family->budget.left = 1 * MIB;
	for (unsigned round = 0; round < 40; round++) {
		for (uint32_t i = 0; i < 4000; i++)
			push(&run, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, i,
						   64 * (4000 * round + i + 1),
						   (UINT64_C(1) << 47) - 1, 0));
		drain_round(run.image->drain, true);
	}
	now = image_freeze(run.image, MOMENT_LIVE);
	assert_int_equal(now->totals.blocks + now->totals.lost, 160000);
	assert_true(now->totals.current <= UINT64_C(1) << 62);
	assert_true(model_bytes(run.image->model) < 4 * MIB);
	snapshot_release(now);
	image_free(run.image);
	family_free(family);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_alone_cost_nothing),
		cmocka_unit_test(rings_come_with_threads),
		cmocka_unit_test(nodes_are_found_ahead),
		cmocka_unit_test(written_tables_grow),
		cmocka_unit_test(the_clock_stays),
		cmocka_unit_test(names_cost_their_bytes),
		cmocka_unit_test(nonsense_is_passed),
		cmocka_unit_test(tails_are_put_right),
		cmocka_unit_test(sums_and_memory_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
