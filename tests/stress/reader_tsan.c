/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader against tracers in the same process, under ThreadSanitizer: many
 * short threads claim rings, each frees blocks of another, all rings run full,
 * and meanwhile the desk freezes moments.  Nothing may be lost: the totals at
 * the end are exact.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "tests/no_calls.h"
#include "tracer/collect/rings/reader.h"

#define THREADS 4
#define LIVES 8                         /* threads one after the other on each */
#define PAIRS 6000                      /* of acquisition and release in each life */
#define KEPT 10                         /* blocks left live by each life */

static struct segment *segment;

static uint64_t ticks(void)
{
	return __rdtsc() - segment_control(segment)->stamp_base;
}

static void wait_for_room(struct ring_writer *w, uint64_t want)
{
	while (ring_room(w, want) < want) {
		atomic_store(&w->ring->room_wanted, 1);
		w->tail = atomic_load(&w->ring->tail);
		if (ring_room(w, want) >= want)
			return;
		/* The reader may be in its timed sleep. */
		atomic_store(&segment_control(segment)->reader_asleep, 0);
		syscall(SYS_futex, &segment_control(segment)->reader_asleep, FUTEX_WAKE, 1, NULL,
			NULL, 0);
		const struct timespec timeout = { 0, 1000000 };
		syscall(SYS_futex, &w->ring->room_wanted, FUTEX_WAIT, 1, &timeout, NULL, 0);
	}
}

static void push(struct ring_writer *w, enum wire_kind kind, uint64_t address, uint64_t size)
{
	wait_for_room(w, 1);
	ring_put(w, 0, wire_event_make(kind, WIRE_MALLOC, ticks(), address, size, 0));
	ring_publish(w, 1);
}

static void push_thread(struct ring_writer *w, enum wire_kind kind)
{
	struct wire_thread record = { .head.bytes = sizeof(record), .tid = 7, .name = "worker" };
	uint32_t slots = wire_payload_slots(sizeof(record));
	struct wire_event payload[4] = { 0 };

	memcpy(payload, &record, sizeof(record));
	wait_for_room(w, 1 + slots);
	ring_put(w, 0, wire_event_make(kind, WIRE_MALLOC, ticks(), 0, 0, 0));
	for (uint32_t i = 0; i < slots; i++)
		ring_put(w, 1 + i, payload[i]);
	ring_publish(w, 1 + slots);
}

static struct wire_ring *claim(void)
{
	struct wire_control *control = segment_control(segment);
	for (;;) {
		uint64_t there = atomic_load(&control->ready[WIRE_RINGS]) / WIRE_RING_BYTES;
		for (uint32_t i = 0; i < atomic_load(&control->rings) && i < there; i++) {
			uint32_t state = WIRE_RING_FREE;
			struct wire_ring *ring = segment_ring(segment, i);
			if (atomic_compare_exchange_strong(&ring->state, &state, WIRE_RING_CLAIMED))
				return ring;
		}
		uint32_t n = atomic_load(&control->rings);
		if (n < THREADS * 2)
			atomic_compare_exchange_strong(&control->rings, &n, n + 1);
		sched_yield();
	}
}

/* Blocks of thread `lane` in its life `life`: addresses of its own. */
static uint64_t address_of(unsigned lane, unsigned life, unsigned i)
{
	return ((uint64_t)(lane + 1) << 40) + ((uint64_t)life << 32) + (i + 1) * 64u;
}

struct life {
	unsigned lane, number;
};

static void *live(void *user)
{
	const struct life *life = user;
	struct ring_writer w = { .ring = claim() };

	w.head = atomic_load(&w.ring->head);
	w.tail = atomic_load(&w.ring->tail);
	push_thread(&w, WIRE_THREAD_BEGIN);
	for (unsigned i = 0; i < PAIRS; i++) {
		push(&w, WIRE_ACQUIRE, address_of(life->lane, life->number, i), 100);
		/* Half at once, half later by hand of whoever comes next: here the
		 * same thread, but never as its next event. */
		if (i % 2 == 0)
			push(&w, WIRE_RELEASE, address_of(life->lane, life->number, i), 0);
		else if (i > KEPT * 2)
			push(&w, WIRE_RELEASE, address_of(life->lane, life->number, i - KEPT * 2), 0);
	}
	push_thread(&w, WIRE_THREAD_END);
	atomic_store_explicit(&w.ring->state, WIRE_RING_RETIRED, memory_order_release);
	return NULL;
}

static void *lane(void *user)
{
	struct life life = { .lane = *(unsigned *)user };
	for (; life.number < LIVES; life.number++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, live, &life) != 0)
			abort();
		pthread_join(thread, NULL);
	}
	return NULL;
}

static void nothing(void *user) { (void)user; }

static const struct reader_ops ops = { .changed = nothing };

static int check(const char *what, uint64_t is, uint64_t should)
{
	if (is == should)
		return 0;
	printf("%s: %llu, should be %llu\n", what, (unsigned long long)is,
	       (unsigned long long)should);
	return 1;
}

int main(void)
{
	const struct image_options options = {
		.segment = { .nframe = 64, .max_traces = 1 << 16 }, .pid = getpid(), .call = no_call,
		.family = family_new(NULL, ""),
	};
	unsigned numbers[THREADS];
	pthread_t lanes[THREADS];
	struct image *image;
	struct error error;

	if (image_new(&image, &options, &error) != 0) {
		printf("%s\n", error.text);
		return 1;
	}
	segment = image->segment;
	segment_control(segment)->stamp_base = __rdtsc();
	struct reader *reader = reader_new(&ops, NULL);
	reader_take(reader, image, 0, 0);
	for (unsigned i = 0; i < THREADS; i++) {
		numbers[i] = i;
		pthread_create(&lanes[i], NULL, lane, &numbers[i]);
	}
	for (int i = 0; i < 50; i++)
		snapshot_release(reader_freeze(reader, 0, i % 2 ? MOMENT_LIVE : MOMENT_PEAK));
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(lanes[i], NULL);
	reader_finish(reader);

	struct snapshot *end = reader_freeze(reader, 0, MOMENT_EXIT);
	const uint64_t lives = THREADS * LIVES, kept = lives * KEPT;
	int wrong = check("allocations", end->totals.allocations, lives * PAIRS) +
		    check("temporary", end->totals.temporary, lives * PAIRS / 2) +
		    check("blocks", end->totals.blocks, kept) +
		    check("current", end->totals.current, kept * 100) +
		    check("total", end->totals.total, lives * PAIRS * 100) +
		    check("lost", end->totals.lost, 0) +
		    check("unknown frees", end->totals.unknown_frees, 0);
	snapshot_release(end);
	reader_free(reader);
	family_free(options.family);
	return wrong != 0;
}
