/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A prefork server whose requests leak in some workers alone: the first process forks
 * three and waits.  Each turn costs the first worker two blocks of 512 bytes that are never
 * freed, the second one such block, and the third nothing; a cache of each settles.
 * prefork_leaks SECONDS; how many bytes they leaked is printed at the end.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK 5000000L                   /* ns */
#define PER_SECOND (1000000000L / TICK)

static void *volatile last;
static atomic_long *leaked;               /* bytes, by all */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static __attribute__((noinline)) void serve_request(int blocks)
{
	while (blocks-- > 0) {
		last = malloc(512);     /* never freed */
		*leaked += 512;
	}
}

static __attribute__((noinline)) void look_up(unsigned tick)
{
	static void *slot[300];

	if (!slot[tick * 7 % 300])
		slot[tick * 7 % 300] = malloc(700);
	last = malloc(100);
	free(last);
}

static void serve(int worker, double seconds)
{
	double start = now(), passed;
	unsigned tick = 0;

	while ((passed = now() - start) < seconds) {
		struct timespec pace = { 0, TICK };

		for (; tick < passed * PER_SECOND; tick++) {
			look_up(tick);
			serve_request(worker == 0 ? 2 : worker == 1);
		}
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pace, NULL);
	}
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 20;
	int status;

	leaked = mmap(NULL, sizeof(*leaked), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (leaked == MAP_FAILED)
		return 1;
	for (int worker = 0; worker < 3; worker++) {
		if (fork() == 0) {
			serve(worker, seconds);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		if (status)
			return 1;
	printf("%ld\n", atomic_load(leaked));
	return 0;
}
