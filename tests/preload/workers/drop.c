/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drop THREADS ROUNDS HOW: many threads allocate and free, also each other's blocks,
 * and keep few; before that many blocks are made, which are freed at the end.  HOW:
 * "run"; "stop": meanwhile memtop stands still, so rings run full for certain; "leave":
 * the same until we have ended, so that nothing of it could be told.
 * Prints what it did: "truth allocations=N frees=N kept=N".
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"
#include "tests/preload/workers/memtop_pid.h"

#define OWN_SLOTS 64u
#define SHARED 256u
#define KEPT 10u
#define MANY 40000u

static _Atomic unsigned long allocations, frees, kept;
static _Atomic(void *) shared[SHARED];
static void *many[MANY];
static unsigned long rounds;

OWN static void *churn_block(size_t size)
{
	void *p = malloc(size);

	KEEP(p);
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
	return p;
}

OWN static void *keep_block(size_t size)
{
	void *p = malloc(size);

	KEEP(p);
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&kept, 1, memory_order_relaxed);
	return p;
}

static void end(void *p)
{
	if (!p)
		return;
	free(p);
	atomic_fetch_add_explicit(&frees, 1, memory_order_relaxed);
}

static void *run(void *number)
{
	unsigned random = 1 + (unsigned)(size_t)number;
	void *own[OWN_SLOTS] = {0};

	for (unsigned long i = 0; i < rounds; i++) {
		random = random * 1664525u + 1013904223u;
		if (random >> 30 == 0) {
			end(atomic_exchange(&shared[random >> 8 & (SHARED - 1)],
					    churn_block(random >> 20 & 255)));
		} else if (random >> 30 == 1) {         /* a realloc is both */
			void **slot = &own[random >> 8 & (OWN_SLOTS - 1)];

			if (*slot) {
				*slot = realloc(*slot, 1 + (random >> 20 & 255));
				KEEP(*slot);
				atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
				atomic_fetch_add_explicit(&frees, 1, memory_order_relaxed);
			}
		} else {
			void **slot = &own[random >> 8 & (OWN_SLOTS - 1)];

			end(*slot);
			*slot = random & 64 ? churn_block(random >> 20 & 255) : NULL;
		}
	}
	for (unsigned i = 0; rounds && i < KEPT; i++)
		keep_block(100);
	for (unsigned i = 0; i < OWN_SLOTS; i++)
		end(own[i]);
	return NULL;
}

/* A child that lets memtop go on once we have ended, which is when our end of a pipe closes. */
static void go_on_after_us(pid_t reader)
{
	int ends[2];
	char byte;

	MUST(pipe(ends) == 0);
	pid_t child = fork();

	MUST(child >= 0);
	if (child)
		return;
	close(ends[1]);
	while (read(ends[0], &byte, 1) > 0)
		;
	kill(reader, SIGCONT);
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned threads = (unsigned)atoi(argc > 1 ? argv[1] : "1");
	bool leave = argc > 3 && !strcmp(argv[3], "leave");
	bool stop = leave || (argc > 3 && !strcmp(argv[3], "stop"));
	pid_t reader = memtop_pid();
	pthread_t thread[64];

	MUST(reader && threads && threads <= 64 && argc == 4);
	rounds = strtoul(argv[2], NULL, 10);
	if (leave)
		go_on_after_us(reader);
	for (unsigned i = 0; rounds && i < MANY; i++)
		many[i] = churn_block(24);
	if (stop)
		kill(reader, SIGSTOP);
	for (unsigned i = 0; i < threads; i++)
		MUST(pthread_create(&thread[i], NULL, run, (void *)(size_t)i) == 0);
	for (unsigned i = 0; i < threads; i++)
		MUST(pthread_join(thread[i], NULL) == 0);
	if (leave)
		run(NULL);              /* our own ring is to be full too before the end of many */
	for (unsigned i = 0; i < SHARED; i++)
		end(shared[i]);
	for (unsigned i = 0; i < MANY; i++)
		end(many[i]);
	if (stop && !leave)
		kill(reader, SIGCONT);
	printf("truth allocations=%lu frees=%lu kept=%lu\n", allocations, frees, kept);
	fflush(stdout);
	if (leave)
		_exit(0);
	return 0;
}
