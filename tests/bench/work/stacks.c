/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * As many live stacks as asked for, one block each: the paths of a binary tree of calls.
 * Then two threads that free and allocate at random ones of them until they are killed, so
 * that two cores are busy.  stacks [STACKS]
 */
#include <pthread.h>
#include <stdio.h>
#include "tests/bench/work/work.h"

static void **blocks;
static unsigned depth;

static NOINLINE void left(unsigned level, uint64_t path);
static NOINLINE void right(unsigned level, uint64_t path);

static inline void go_on(unsigned level, uint64_t path)
{
	if (level == 0) {
		void *old = __atomic_exchange_n(&blocks[path], NULL, __ATOMIC_ACQ_REL);
		free(old);
		old = __atomic_exchange_n(&blocks[path], malloc(16 + path % 64), __ATOMIC_ACQ_REL);
		free(old);
	} else if (path >> (level - 1) & 1) {
		left(level - 1, path);
	} else {
		right(level - 1, path);
	}
	KEEP_FRAME;
}

static NOINLINE void left(unsigned level, uint64_t path) { go_on(level, path); KEEP_FRAME; }
static NOINLINE void right(unsigned level, uint64_t path) { go_on(level, path); KEEP_FRAME; }

static void *churn(void *seed_of_mine)
{
	uint64_t seed = (uint64_t)(uintptr_t)seed_of_mine;

	while (depth)
		left(depth, work_random(&seed) & ((UINT64_C(1) << depth) - 1));
	return NULL;
}

int main(int argc, char *argv[])
{
	uint64_t stacks = work_size(argc, argv, UINT64_C(1) << 20);
	pthread_t other;

	while (depth < 30 && UINT64_C(1) << depth < stacks)
		depth++;
	blocks = calloc(UINT64_C(1) << depth, sizeof(*blocks));
	if (!blocks)
		return 1;
	for (uint64_t path = 0; path < UINT64_C(1) << depth; path++)
		left(depth, path);
	puts("all stacks are there");
	fflush(stdout);
	if (pthread_create(&other, NULL, churn, (void *)1) != 0)
		return 1;
	churn((void *)2);
	return 0;
}
