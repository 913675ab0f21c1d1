/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of truth, C's part: lives of the kinds that people meet, each of them a
 * process of its own.  The lives are in the folder kinds/, by subject.
 *
 *	kinds --list              a line for each row: LIFE FUNCTION TRUTH WORDS DOES, by tabs
 *	kinds SECONDS [LIFE...]   starts itself once for each life, and waits for all
 *	kinds SECONDS --be LIFE   lives it
 *
 * TRUTH is leak, other, or fills (a cache that is not full by the end); WORDS are those
 * that are right.  A life has turns, forty a second of its own clock: what the machine
 * was too busy for is made up for.  Between a life's own blocks each turn has requests
 * that come and go, as in any server.
 */
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include "tests/preload/workers/kinds/kinds.h"

extern char **environ;
unsigned turns;
void *volatile kept;
bool idle;

unsigned draw(unsigned below)
{
	static uint64_t seed = 1;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

unsigned tide(unsigned turn, unsigned period, unsigned most)
{
	unsigned phase = turn % period;

	return most * 2 * (phase < period / 2 ? phase : period - phase) / period;
}

SLOW void *forget(size_t bytes)
{
	(void)bytes;
	return NULL;
}

SLOW void requests(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		void *head = malloc(64 + draw(200)), *body;

		kept = body = malloc(16 + draw(2000));
		free(body);
		kept = head;
		free(head);
	}
}

SLOW void release(void **slot, unsigned length)
{
	for (unsigned i = 0; i < length; i++) {
		free(slot[i]);
		slot[i] = NULL;
	}
}

static const struct life *const subjects[] = {
	kinds_leaks, kinds_caches, kinds_buffers, kinds_containers, kinds_traffic, kinds_once,
};

/* NULL: there are not so many. */
static const struct life *life_at(size_t at)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		for (const struct life *life = subjects[i]; life->function; life++)
			if (!at--)
				return life;
	return NULL;
}

static int list(void)
{
	const struct life *row;
	const char *life = "";

	for (size_t i = 0; (row = life_at(i)); i++) {
		life = row->turn ? row->function : life;
		if (*row->truth)
			printf("%s\t%s\t%s\t%s\t%s\n", life, row->function, row->truth, row->words,
			       row->does);
	}
	return 0;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int live(const struct life *life)
{
	double start = now();

	for (unsigned turn = 0; turn < turns;) {
		struct timespec pace = { 0, 1000000000 / PER_SECOND };

		for (; turn < turns && turn < (now() - start) * PER_SECOND; turn++) {
			idle = false;
			life->turn(turn);
			if (!idle)
				requests(4);
		}
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pace, NULL);
	}
	return 0;
}

static bool wanted(const struct life *life, char **names)
{
	if (!life->turn)
		return false;
	for (char **name = names; *name; name++)
		if (!strcmp(*name, life->function))
			return true;
	return !*names;
}

static int start_all(char **argv)
{
	const struct life *life;
	int status = 0, failed = 0;

	for (size_t i = 0; (life = life_at(i)); i++) {
		char *words[] = { argv[0], argv[1], "--be", (char *)life->function, NULL };
		pid_t pid;

		if (wanted(life, argv + 2))
			failed |= posix_spawn(&pid, argv[0], NULL, NULL, words, environ);
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}

int main(int argc, char **argv)
{
	const struct life *life;

	if (argc > 1 && !strcmp(argv[1], "--list"))
		return list();
	if (argc < 2)
		return 2;
	turns = (unsigned)(atof(argv[1]) * PER_SECOND);
	if (argc < 4 || strcmp(argv[2], "--be") != 0)
		return start_all(argv);
	for (size_t i = 0; (life = life_at(i)); i++)
		if (life->turn && !strcmp(life->function, argv[3]))
			return live(life);
	return 2;
}
