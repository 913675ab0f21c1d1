/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Four threads in a circle: each hands all it allocates to the next, which
 * frees it.  cross [BLOCKS], of all threads together.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include "tests/bench/work/work.h"

#define THREADS 4u
#define ROOM 1024u

struct pipe {
	_Alignas(64) atomic_uint head;
	_Alignas(64) atomic_uint tail;
	void *blocks[ROOM];
};

static struct pipe pipes[THREADS];
static uint64_t each;

static NOINLINE int put(struct pipe *pipe, uint32_t r)
{
	unsigned head = atomic_load_explicit(&pipe->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&pipe->tail, memory_order_acquire) == ROOM)
		return 0;
	pipe->blocks[head % ROOM] = malloc(16 + r % 240);
	atomic_store_explicit(&pipe->head, head + 1, memory_order_release);
	return 1;
}

static NOINLINE int take(struct pipe *pipe)
{
	unsigned tail = atomic_load_explicit(&pipe->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&pipe->head, memory_order_acquire))
		return 0;
	free(pipe->blocks[tail % ROOM]);
	atomic_store_explicit(&pipe->tail, tail + 1, memory_order_release);
	return 1;
}

static void *run(void *argument)
{
	unsigned me = (unsigned)(uintptr_t)argument;
	uint64_t seed = me, given = 0, taken = 0;

	while (given < each || taken < each) {
		unsigned moved = 0;

		for (unsigned i = 0; i < 64 && given < each; i++) {
			if (!put(&pipes[me], work_random(&seed)))
				break;
			given++, moved++;
		}
		for (unsigned i = 0; i < 64 && taken < each; i++) {
			if (!take(&pipes[(me + 1) % THREADS]))
				break;
			taken++, moved++;
		}
		if (!moved)
			sched_yield();
	}
	return NULL;
}

int main(int argc, char *argv[])
{
	pthread_t threads[THREADS];

	each = work_size(argc, argv, 8000000) / THREADS;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)i);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
