/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that leak, hold and churn on several lines and threads; behind each a snapshot
 * "sN" and, with nothing in between, a mark "mN".  past N: so many steps. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "memtop.h"

#define HELD 512

static void *held[HELD];
static unsigned long seed = 1;
static char *volatile sink;

static unsigned long step_random(void)
{
	return seed = seed * 6364136223846793005u + 1442695040888963407u;
}

static void *leak(void *user)
{
	for (int i = 0; i < 40; i++)
		sink = malloc(64);
	return user;
}

static void churn(void)
{
	for (int i = 0; i < 500; i++) {
		unsigned at = step_random() >> 40 & (HELD - 1);

		free(held[at]);
		held[at] = malloc(1 + (step_random() >> 50));
	}
}

static char *grow(char *vector, int step)
{
	return realloc(vector, 1000 * (size_t)(step + 1));
}

int main(int argc, char **argv)
{
	int steps = argc > 1 ? atoi(argv[1]) : 8;
	char *vector = NULL, name[32];
	pthread_t thread;

	for (int i = 0; i < steps; i++) {
		pthread_create(&thread, NULL, leak, NULL);
		pthread_join(thread, NULL);
		churn();
		vector = grow(vector, i);
		snprintf(name, sizeof name, "s%d", i);
		memtop_snapshot(name);
		snprintf(name, sizeof name, "m%d", i);
		memtop_mark(name);
	}
	free(vector);
	return 0;
}
