/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a look costs the process that is looked at: a child with threads that run, and with
 * memory that it has touched.  Prints how long all of it stood, what was copied, the CPU
 * seconds of the look, and memory and page tables of the process before and after; judges
 * nothing.
 *
 *	pause_bench [MIB THREADS LOOKS [cow | copy]]
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/bench/seconds.h"
#include "tracer/collect/look/look.h"
#include "tracer/preload/base/cow.h"
/* The code that the tracer has in each program. */
#include "tracer/preload/base/cow.c"

#define BLOCK UINT64_C(96)
#define HEAP UINT64_C(0x100000000000)
#define LOOKS_MAX 101

static uint64_t bytes;

static void *wait_often(void *user)
{
	for (;;)
		if (usleep(200))
			return user;
}

static void be_looked_at(int threads, int ready)
{
	pthread_t thread;
	uint64_t *heap = mmap((void *)HEAP, bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	for (uint64_t i = 0; heap != MAP_FAILED && i < bytes / BLOCK; i++)
		heap[i * BLOCK / 8] = HEAP + i * 7919 % (bytes / BLOCK) * BLOCK;
	for (int i = 1; i < threads; i++)
		pthread_create(&thread, NULL, wait_often, NULL);
	if (write(ready, "r", 1) == 1)
		wait_often(NULL);
	_exit(1);
}

static int give_blocks(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	int error = 0;

	(void)user;
	look_settle(settled);
	for (uint64_t i = 0; !error && i < bytes / BLOCK; i++)
		error = graph_add(graph, &(struct graph_block){ HEAP + i * BLOCK, BLOCK, 0 });
	return error;
}

static int by_pause(const void *left, const void *right)
{
	const struct look_told *a = left, *b = right;

	return a->pause < b->pause ? -1 : a->pause > b->pause;
}

/* KiB of VmRSS and VmPTE. */
static void weigh(pid_t pid, long kib[2])
{
	char path[32], line[256];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib[0] = atol(line + 6);
		if (strncmp(line, "VmPTE:", 6) == 0)
			kib[1] = atol(line + 6);
	}
	if (file)
		fclose(file);
}

static int look_often(pid_t pid, int looks, bool clone)
{
	const struct look_question question = {
		.pid = pid, .blocks = give_blocks, .cow = clone ? cow_ready() : 0,
	};
	struct look_told told[LOOKS_MAX];
	long before[2] = { 0 }, after[2] = { 0 };

	weigh(pid, before);
	double from = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);

	for (int i = 0; i < looks; i++) {
		struct graph *graph;
		int error = look_at(&question, &graph, &told[i]);

		if (error) {
			fprintf(stderr, "%s\n", look_refusal(error));
			return 1;
		}
		graph_free(graph);
	}
	double seconds = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - from;

	weigh(pid, after);
	qsort(told, (size_t)looks, sizeof(*told), by_pause);
	printf("%s: %u threads, %.0f MiB: pause %.1f ms (of %d: least %.1f, most %.1f), "
	       "%.2f s of CPU a look, RSS %ld KiB before and %ld after, page tables %ld and %ld\n",
	       told[0].way == LOOK_COW ? "clone" : "copy", told[0].threads,
	       (double)told[0].copied / 1048576, (double)told[looks / 2].pause / 1e6, looks,
	       (double)told[0].pause / 1e6, (double)told[looks - 1].pause / 1e6,
	       seconds / looks, before[0], after[0], before[1], after[1]);
	return 0;
}

int main(int argc, char **argv)
{
	int threads = argc > 2 ? atoi(argv[2]) : 65, looks = argc > 3 ? atoi(argv[3]) : 5;
	int ready[2];
	char word;

	bytes = (uint64_t)(argc > 1 ? atoi(argv[1]) : 514) << 20;
	looks = looks < 1 ? 1 : looks < LOOKS_MAX ? looks : LOOKS_MAX;
	if (pipe(ready) != 0)
		return 1;
	pid_t pid = fork();

	if (pid == 0)
		be_looked_at(threads, ready[1]);
	close(ready[1]);
	int failed = read(ready[0], &word, 1) != 1 || look_often(pid, looks, argc <= 4 || strcmp(argv[4], "copy") != 0);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return failed;
}
