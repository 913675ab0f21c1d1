/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rest of memtop.h: peaks, ceilings, stop and start; and the figures of
 * four threads, which the inspector's must equal to the byte. */
#include <memtop.h>
#include <pthread.h>
#include "tests/preload/workers/expect.h"

#define THREADS 4
#define BLOCKS 1000u

OWN static void *wide_block(size_t size)
{
	void *p = malloc(size);         /* @wide */

	KEEP(p);
	return p;
}

OWN static void *kept_block(size_t size)
{
	void *p = malloc(size);         /* @kept */

	KEEP(p);
	return p;
}

static uint64_t current(void)
{
	uint64_t bytes;

	MUST(memtop_traced_memory(&bytes, NULL) == 0);
	return bytes;
}

static uint64_t peak(void)
{
	uint64_t bytes;

	MUST(memtop_traced_memory(NULL, &bytes) == 0);
	return bytes;
}

static void check_without(void)
{
	char message[8] = "as was";

	MUST(memtop_reset_peak() == -ENOSYS && memtop_clear_traces() == -ENOSYS);
	MUST(memtop_start() == -ENOSYS && memtop_stop() == -ENOSYS);
	MUST(memtop_ceiling(0, message, sizeof(message)) == -ENOSYS);
	MUST(memtop_growth(0, message, sizeof(message)) == -ENOSYS);
	MUST(!strcmp(message, "as was"));
	printf("without memtop\n");
}

static void check_ceiling(void)
{
	char message[1024] = "", cut[10];
	void *before = kept_block(5000000);

	MUST(memtop_reset_peak() == 0 && peak() == current());
	free(wide_block(3000000));
	MUST(memtop_ceiling(3000000, message, sizeof(message)) == 0 && !*message);
	MUST(memtop_ceiling(2999999, NULL, 0) == 1);
	MUST(memtop_ceiling(2999999, cut, sizeof(cut)) == 1 && strlen(cut) == 9);
	MUST(memtop_ceiling(2999999, message, sizeof(message)) == 1);
	printf("%s\n", message);
	MUST(memtop_growth(0, message, sizeof(message)) == 0);
	void *kept = kept_block(70000);
	MUST(memtop_growth(70000, NULL, 0) == 0);
	MUST(memtop_growth(69999, message, sizeof(message)) == 1);
	printf("%s\n", message);
	MUST(memtop_reset_peak() == 0 && memtop_ceiling(0, NULL, 0) == 0);
	free(before);
	MUST(memtop_growth(0, NULL, 0) == 0);
	free(kept);
}

static void check_stop(void)
{
	void *before = kept_block(1000), *during;
	uint64_t now, highest;

	MUST(memtop_start() == 0 && memtop_is_tracing());
	MUST(memtop_stop() == 0 && !memtop_is_tracing());
	during = kept_block(100000);
	MUST(memtop_traced_memory(&now, &highest) == 0 && now == 0 && highest == 0);
	MUST(memtop_snapshot("off") == -ENOSYS && memtop_ceiling(0, NULL, 0) == -ENOSYS);
	MUST(memtop_stop() == 0 && memtop_start() == 0 && memtop_is_tracing());
	MUST(current() == 0 && peak() == 0);
	free(during);
	free(before);
	MUST(current() == 0);
	before = kept_block(777);
	MUST(current() == 777 && peak() == 777);
	MUST(memtop_clear_traces() == 0 && current() == 0 && peak() == 0);
	free(before);
	MUST(current() == 0);
	before = kept_block(31);
	MUST(current() == 31);
	free(before);
	MUST(current() == 0 && peak() == 31);
}

static pthread_barrier_t barrier;

/* Each thread frees what its neighbour made, and all ask in between. */
static void *one_of_four(void *blocks)
{
	void **mine = blocks;

	for (unsigned i = 0; i < BLOCKS; i++) {
		mine[i] = kept_block(i + 1);
		if (i % 100 == 0)
			MUST(current() >= i + 1);
	}
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void check_threads(void)
{
	static void *blocks[THREADS][BLOCKS];
	pthread_t threads[THREADS];
	uint64_t before, sum = (uint64_t)BLOCKS * (BLOCKS + 1) / 2;

	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (unsigned i = 0; i < THREADS; i++)
		MUST(pthread_create(&threads[i], NULL, one_of_four, blocks[i]) == 0);
	pthread_barrier_wait(&barrier);
	/* Their last events were published before the barrier let us through. */
	before = current() - THREADS * sum;
	MUST(memtop_snapshot("four") == 0);
	printf("four %llu\n", (unsigned long long)current());
	for (unsigned i = 0; i < BLOCKS; i++)
		free(blocks[i % THREADS][i]);
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < THREADS; i++)
		MUST(pthread_join(threads[i], NULL) == 0);
	MUST(current() <= before + THREADS * sum - sum);
	MUST(memtop_snapshot("less") == 0);
	printf("less %llu\n", (unsigned long long)current());
}

int main(void)
{
	static char buffer[BUFSIZ];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));        /* no block of libc's */
	if (!memtop_is_tracing()) {
		check_without();
		return 0;
	}
	check_ceiling();
	check_stop();
	check_threads();
	return 0;
}
