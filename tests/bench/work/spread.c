/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pairs of malloc and free in threads, by so many call paths of 20 calls that part
 * near their oldest, over so many live blocks:
 *
 *	spread THREADS LIVE PATHS PAIRS
 *
 * Each path has been gone once before the clock starts.  Prints nanoseconds of
 * CPU a pair, of all threads together.
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include "tests/bench/work/work.h"

#define LEVELS 20u

static uint64_t live, paths, pairs;
static pthread_barrier_t gone;

struct worker {
	pthread_t id;
	void **slots;
	uint64_t seed;
	double nanoseconds;
};

static NOINLINE void leaf(struct worker *w)
{
	void **slot = &w->slots[work_random(&w->seed) % live];

	free(*slot);
	*slot = malloc(16 + (w->seed >> 40) % 97);
}

static NOINLINE void descend(struct worker *w, uint32_t path, unsigned level)
{
	if (level == 0)
		leaf(w);
	else if (path & 1)
		descend(w, path >> 1, level - 1);
	else {
		descend(w, path >> 1, level - 1);
		__asm__ volatile("nop");        /* or the two become one */
	}
	KEEP_FRAME;
}

/* Path n: neighbours differ in their low bits, which are the oldest calls. */
static void go(struct worker *w, uint64_t n)
{
	descend(w, (uint32_t)(n * 2654435761u) & ((1u << LEVELS) - 1), LEVELS);
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *run(void *argument)
{
	struct worker *w = argument;

	for (uint64_t i = 0; i < live; i++)
		w->slots[i] = malloc(32);
	for (uint64_t i = 0; i < paths; i++)
		go(w, i);
	pthread_barrier_wait(&gone);
	double start = cpu();
	for (uint64_t i = 0; i < pairs; i++)
		go(w, work_random(&w->seed) % paths);
	w->nanoseconds = cpu() - start;
	return NULL;
}

int main(int argc, char *argv[])
{
	struct worker workers[64] = {0};
	unsigned threads = argc > 4 ? (unsigned)atoi(argv[1]) : 0;
	double sum = 0;

	if (threads < 1 || threads > 64)
		return 2;
	live = strtoull(argv[2], NULL, 0) / threads;
	paths = strtoull(argv[3], NULL, 0);
	pairs = strtoull(argv[4], NULL, 0) / threads;
	pthread_barrier_init(&gone, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		workers[i].seed = i + 1;
		workers[i].slots = calloc(live, sizeof(void *));
		/* One thread is the program's own: nothing else has events then. */
		if (threads > 1)
			pthread_create(&workers[i].id, NULL, run, &workers[i]);
		else
			run(&workers[i]);
	}
	for (unsigned i = 0; i < threads; i++) {
		if (threads > 1)
			pthread_join(workers[i].id, NULL);
		sum += workers[i].nanoseconds;
	}
	printf("%.1f\n", sum / (double)(pairs * threads));
	return 0;
}
