/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Seven lives side by side on four threads: two leaks, and five others that look like
 * leaks at first.  Which line is which stands in the name of its function; the first
 * argument says for how many seconds, the second how many blocks a second churn.  How
 * many bytes each leak left is printed.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICK 5000000L                   /* ns */
#define PER_SECOND (1000000000L / TICK)

static double seconds, churned;
static _Atomic uint64_t leaked, leaked_late;
static __thread void *volatile kept;

static double grows_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static __attribute__((noinline)) void leak(void)
{
	for (int i = 0; i < 17; i++) {
		kept = malloc(64);
		leaked += 64;
	}
}

static __attribute__((noinline)) void leak_late(void)
{
	for (int i = 0; i < 4; i++) {
		kept = malloc(128);
		leaked_late += 128;
	}
}

static __attribute__((noinline)) void cache(unsigned tick)
{
	static void *slot[512];

	if (!slot[tick * 7 % 512])
		slot[tick * 7 % 512] = malloc(4000);
}

static __attribute__((noinline)) void sawtooth(unsigned tick)
{
	static void *slot[1000];

	if (tick % 1000 == 999)
		for (int i = 0; i < 1000; i++) {
			free(slot[i]);
			slot[i] = NULL;
		}
	else
		slot[tick % 1000] = malloc(3000);
}

static __attribute__((noinline)) void queue(unsigned tick)
{
	static void *slot[2000];

	free(slot[tick % 2000]);
	slot[tick % 2000] = malloc(1000);
}

static __attribute__((noinline)) void array(unsigned tick)
{
	static char *bytes;
	static size_t room;

	if ((size_t)tick * 200 < room)
		return;
	room = room ? room + room / 2 : 4096;
	bytes = realloc(bytes, room);
	memset(bytes, 0, room);
}

static __attribute__((noinline)) void churn(unsigned blocks)
{
	for (unsigned i = 0; i < blocks; i++) {
		kept = malloc(24);
		free(kept);
	}
}

static void turn(int thread, unsigned tick, double passed)
{
	churn((unsigned)(churned / 4 / PER_SECOND));
	if (thread == 0) {
		leak();
		cache(tick);
	} else if (thread == 1) {
		sawtooth(tick);
	} else if (thread == 2) {
		queue(tick);
		array(tick);
	} else if (passed >= seconds / 2) {
		leak_late();
	}
}

/* Ticks are made up for if the machine was busy: so much a second, not so much a turn. */
static void *grows_run(void *arg)
{
	double start = grows_now(), passed;
	unsigned tick = 0;

	while ((passed = grows_now() - start) < seconds) {
		struct timespec pace = { 0, TICK };

		for (; tick < passed * PER_SECOND; tick++)
			turn((int)(intptr_t)arg, tick, passed);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pace, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[4];

	seconds = argc > 1 ? atof(argv[1]) : 60;
	churned = argc > 2 ? atof(argv[2]) : 1000000;
	for (intptr_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, grows_run, (void *)i);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("leak %llu\nleak_late %llu\n", (unsigned long long)leaked,
	       (unsigned long long)leaked_late);
	return 0;
}
