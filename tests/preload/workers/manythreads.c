/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads by the thousand, with destructors that allocate and free to the last. */
#include <pthread.h>
#include "tests/preload/workers/expect.h"

#define BATCHES 250
#define BATCH 8

static struct tally thread_tally = {.name = "thread_block"};
static pthread_key_t key;

OWN static void *thread_block(size_t size)
{
	void *p = malloc(size);

	tally_add(&thread_tally, size);
	return p;
}

/* Comes back in each round, the last one included. */
static void at_end(void *block)
{
	free(block);
	tally_end(&thread_tally, 500);
	pthread_setspecific(key, thread_block(500));
}

static void *run(void *unused)
{
	(void)unused;
	pthread_setspecific(key, thread_block(500));
	free(thread_block(100));
	tally_end(&thread_tally, 100);
	return thread_block(16);
}

int main(void)
{
	MUST(pthread_key_create(&key, at_end) == 0);
	for (int batch = 0; batch < BATCHES; batch++) {
		pthread_t thread[BATCH];
		void *result;

		for (int i = 0; i < BATCH; i++)
			MUST(pthread_create(&thread[i], NULL, run, NULL) == 0);
		for (int i = 0; i < BATCH; i++) {
			MUST(pthread_join(thread[i], &result) == 0);
			free(result);
			tally_end(&thread_tally, 16);
		}
	}
	tally_print(&thread_tally);
	return 0;
}
