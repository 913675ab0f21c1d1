/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop_track: what belongs to whom, what counts, and what is refused. */
#include <memtop.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"

static uint64_t current(void)
{
	uint64_t bytes;

	MUST(memtop_traced_memory(&bytes, NULL) == 0);
	return bytes;
}

/* A child has what its parent tracked, and ends it for itself alone.  It meets
 * these domains in another order. */
static void fork_it(const int *things)
{
	uint64_t before = current();
	int status;
	pid_t pid;

	MUST(memtop_track(16, things, 100) == 0 && memtop_track(17, things, 50) == 0);
	pid = fork();
	if (!pid) {
		uint64_t begun = current();

		MUST(memtop_untrack(17, things) == 0 && current() == begun - 50);
		MUST(memtop_untrack(16, things) == 0 && current() == begun - 150);
		MUST(memtop_untrack(16, things) == 0 && current() == begun - 150);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	MUST(current() == before + 150);
	MUST(memtop_untrack(16, things) == 0 && memtop_untrack(17, things) == 0);
}

int main(void)
{
	static char buffer[BUFSIZ];
	static int things[20];
	uint64_t before, peak;
	volatile uintptr_t address;
	char *chunk;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (!memtop_is_tracing()) {
		MUST(memtop_track(16, things, 4) == -ENOSYS && memtop_untrack(16, things) == -ENOSYS);
		return 0;
	}
	before = current();
	MUST(memtop_track(16, things, 100) == 0 && current() == before + 100);
	MUST(memtop_track(17, things, 10) == 0 && current() == before + 110);
	/* Again: its size is another. */
	MUST(memtop_track(16, things, 7) == 0 && current() == before + 17);
	/* What was never tracked has no end, and a wrong domain ends nothing. */
	MUST(memtop_untrack(16, things + 1) == 0 && memtop_untrack(18, things) == 0);
	MUST(current() == before + 17);
	MUST(memtop_untrack(16, things) == 0 && memtop_untrack(16, things) == 0);
	MUST(memtop_untrack(17, things) == 0 && current() == before);

	fork_it(things);

	/* An arena that is malloc's: the first object stands where it does. */
	chunk = malloc(4096);
	KEEP(chunk);
	MUST(current() == before + 4096);
	MUST(memtop_untrack(0, chunk) == 0 && current() == before);
	MUST(memtop_track(16, chunk, 32) == 0 && memtop_track(16, chunk + 32, 64) == 0);
	MUST(current() == before + 96);
	MUST(memtop_track(0, chunk, 4096) == 0 && current() == before + 96 + 4096);
	address = (uintptr_t)chunk;
	free(chunk);
	chunk = (char *)address;
	MUST(current() == before + 96);
	MUST(memtop_untrack(16, chunk) == 0 && memtop_untrack(16, chunk + 32) == 0);
	MUST(memtop_traced_memory(NULL, &peak) == 0 && current() == before && peak >= before + 4192);

	MUST(memtop_track(1, things, 4) == -EINVAL && memtop_track(15, things, 4) == -EINVAL);
	MUST(memtop_track(65536, things, 4) == -EINVAL && memtop_untrack(2, things) == -EINVAL);
	MUST(memtop_track(16, NULL, 4) == -EINVAL && memtop_track(16, things, SIZE_MAX) == -EINVAL);
	for (unsigned i = 18; i < 29; i++)              /* 16, 17 and 18 have their place */
		MUST(memtop_track(i, things, i) == 0);
	MUST(memtop_track(29, things, 1) == -ENOSPC && memtop_track(28, things, 1) == 0);
	printf("tracked\n");
	return 0;
}
