/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images that come and go under ThreadSanitizer: one thread, as the door, takes
 * a new image every time one has ended, some as children forked by the one before;
 * a program writes each one's ring; the desk freezes moments and reads figures of
 * all meanwhile.  What each held is known to the byte when it ends.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <x86intrin.h>

#include "tests/no_calls.h"
#include "tracer/collect/rings/reader.h"

#define IMAGES 60
#define BLOCKS 3000                     /* of each program, of which one half is freed */

static _Atomic unsigned told, wrong;
static atomic_bool over;
static sem_t ending;                    /* posted at each end */

static void nothing(void *user) { (void)user; }

static bool stays(void *user, const struct image *parent, int32_t pid)
{
	(void)user;
	(void)parent;
	(void)pid;
	return false;
}

/* Every second one has what the one before it had at its fork: a third of that. */
static void ended(void *user, struct image *image)
{
	const uint64_t own = BLOCKS / 2, had = image->process % 2 ? 0 : BLOCKS / 3;
	struct totals totals;

	(void)user;
	image_totals(image, &totals);
	if (totals.blocks != own + had || totals.lost || totals.unknown_frees)
		wrong++;
	told++;
	sem_post(&ending);
}

static const struct reader_ops ops = { .changed = nothing, .ended = ended, .gone = stays };

struct traced {
	struct image *image;
	struct segment *segment;
};

static void push(struct traced *p, struct ring_writer *w, enum wire_kind kind, uint64_t address,
		 uint64_t size)
{
	uint64_t ticks = __rdtsc() - segment_control(p->segment)->stamp_base;

	while (ring_room(w, 1) < 1)
		sched_yield();
	ring_put(w, 0, wire_event_make(kind, WIRE_MALLOC, ticks, address, size, 0));
	ring_publish(w, 1);
}

/* Blocks of its own; after the first third it forks. */
static void *run(void *user)
{
	struct traced *p = user;
	struct ring_writer w = { .ring = segment_ring(p->segment, 0) };
	uint64_t base = p->image->number << 32;

	atomic_store(&w.ring->state, WIRE_RING_CLAIMED);
	atomic_store(&segment_control(p->segment)->rings, 1);
	for (uint64_t i = 1; i <= BLOCKS; i++) {
		push(p, &w, WIRE_ACQUIRE, base + 64 * i, 100);
		if (i == BLOCKS / 3)
			push(p, &w, WIRE_FORK, 1, 0);
	}
	for (uint64_t i = 1; i <= BLOCKS; i += 2)
		push(p, &w, WIRE_RELEASE, base + 64 * i, 0);
	return NULL;
}

static void *look(void *user)
{
	struct reader *reader = user;
	struct reader_status status;

	while (!atomic_load(&over)) {
		size_t n = 0;
		struct snapshot **all = reader_freeze_all(reader, MOMENT_LIVE, &n);

		for (size_t i = 0; i < n; i++)
			snapshot_release(all[i]);
		free(all);
		reader_status(reader, 0, &status);
		reader_status(reader, 1 + n, &status);
	}
	return NULL;
}

static struct image *make(struct family *family, uint32_t process)
{
	const struct image_options options = {
		.segment = { .nframe = 64, .max_traces = 1 << 12 }, .family = family,
		.process = process, .pid = getpid(), .inside = getpid(), .call = no_call,
	};
	struct image *image;
	struct error error;

	if (image_new(&image, &options, &error) != 0) {
		printf("%s\n", error.text);
		exit(1);
	}
	segment_control(image->segment)->stamp_base = __rdtsc();
	return image;
}

int main(void)
{
	struct family *family = family_new(NULL, "");
	struct reader *reader = reader_new(&ops, NULL);
	uint64_t before = 0;
	pthread_t desk;

	sem_init(&ending, 0, 0);
	pthread_create(&desk, NULL, look, reader);
	for (uint32_t process = 1; process <= IMAGES; process++) {
		struct image *image = make(family, process);
		struct traced program = { image, image->segment };
		uint64_t number = image->number;
		pthread_t thread;

		if (!reader_take(reader, image, process % 2 ? 0 : before, 1))
			return 1;
		pthread_create(&thread, NULL, run, &program);
		pthread_join(thread, NULL);
		reader_end(reader, process, false);
		before = number;
	}
	atomic_store(&over, true);
	pthread_join(desk, NULL);
	for (unsigned i = 0; i < IMAGES; i++)
		sem_wait(&ending);
	reader_free(reader);
	family_free(family);
	if (wrong == 0)
		return 0;
	printf("%u of %u wrong\n", (unsigned)wrong, (unsigned)told);
	return 1;
}
