/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many short threads, eight at a time, each with 200 blocks: brief [THREADS]. */
#include <pthread.h>
#include "tests/bench/work/work.h"

#define AT_ONCE 8u
#define BLOCKS 200u

static void *run(void *argument)
{
	void *blocks[BLOCKS];

	for (unsigned i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(16 + i);
	for (unsigned i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	return argument;
}

int main(int argc, char *argv[])
{
	pthread_t threads[AT_ONCE];

	for (uint64_t left = work_size(argc, argv, 6000) / AT_ONCE; left > 0; left--) {
		for (unsigned i = 0; i < AT_ONCE; i++)
			pthread_create(&threads[i], NULL, run, NULL);
		for (unsigned i = 0; i < AT_ONCE; i++)
			pthread_join(threads[i], NULL);
	}
	return 0;
}
