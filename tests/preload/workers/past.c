/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Steps that leak, hold and churn on several lines and threads; behind each a snapshot
 * "sN" and, with nothing in between, a mark "mN".
 *
 *	past N          so many steps
 *	past N LOG      the same, without snapshots; each event is a line of LOG:
 *			+ FUNCTION PLACE BYTES, - FUNCTION PLACE, and . behind each step
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "memtop.h"

#define HELD 512

static void *held[HELD];
static unsigned long seed = 1;
static char *volatile sink;
static FILE *events;                    /* NULL: nobody wants them */
static unsigned leaked;

static void tell_birth(const char *function, unsigned place, size_t bytes)
{
	if (events)
		fprintf(events, "+ %s %u %zu\n", function, place, bytes);
}

static void tell_death(const char *function, unsigned place)
{
	if (events)
		fprintf(events, "- %s %u\n", function, place);
}

static unsigned long step_random(void)
{
	return seed = seed * 6364136223846793005u + 1442695040888963407u;
}

static void *leak(void *user)
{
	for (int i = 0; i < 40; i++) {
		sink = malloc(64);
		tell_birth("leak", leaked++, 64);
	}
	return user;
}

static void churn(void)
{
	for (int i = 0; i < 500; i++) {
		unsigned at = step_random() >> 40 & (HELD - 1);

		size_t bytes = 1 + (step_random() >> 50);

		if (held[at])
			tell_death("churn", at);
		free(held[at]);
		held[at] = malloc(bytes);
		tell_birth("churn", at, bytes);
	}
}

static char *grow(char *vector, int step)
{
	size_t bytes = 1000 * (size_t)(step % 20 + 1);

	if (vector)
		tell_death("grow", 0);
	tell_birth("grow", 0, bytes);
	return realloc(vector, bytes);
}

int main(int argc, char **argv)
{
	int steps = argc > 1 ? atoi(argv[1]) : 8;
	char *vector = NULL, name[32];
	pthread_t thread;

	if (argc > 2 && !(events = fopen(argv[2], "w")))
		return 1;
	for (int i = 0; i < steps; i++) {
		pthread_create(&thread, NULL, leak, NULL);
		pthread_join(thread, NULL);
		churn();
		vector = grow(vector, i);
		snprintf(name, sizeof name, "s%d", i);
		if (events)
			fputs(".\n", events);
		else
			memtop_snapshot(name);
		snprintf(name, sizeof name, "m%d", i);
		memtop_mark(name);
	}
	free(vector);
	if (events)
		fclose(events);
	return 0;
}
