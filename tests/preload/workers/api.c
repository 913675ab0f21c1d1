/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop.h: exact under memtop, a polite no-op without. */
#include <memtop.h>
#include <pthread.h>
#include "tests/preload/workers/expect.h"

static struct tally asked = {.name = "asked_block"};

OWN static void *asked_block(size_t size)
{
	void *p = malloc(size);

	tally_add(&asked, size);
	return p;
}

static void check_without(void)
{
	uint64_t current = 1;

	MUST(memtop_traced_memory(&current, NULL) == -ENOSYS && current == 1);
	MUST(memtop_snapshot("x") == -ENOSYS && memtop_mark("x") == -ENOSYS);
	printf("without memtop\n");
}

static void check_with(void)
{
	uint64_t before, after, peak;

	MUST(memtop_traced_memory(&before, &peak) == 0 && before <= peak);
	for (size_t i = 1; i <= 100; i++) {
		void *p = asked_block(i * 1000);

		MUST(memtop_traced_memory(&after, &peak) == 0);
		MUST(after == before + i * 1000 && peak >= after);
		free(p);
		tally_end(&asked, i * 1000);
	}
	MUST(memtop_traced_memory(&after, NULL) == 0 && after == before);
	MUST(memtop_snapshot(NULL) == 0 && memtop_snapshot("here") == 0);
	MUST(memtop_mark("a mark with words") == 0);
}

static void *other_thread(void *unused)
{
	uint64_t current, peak;

	MUST(memtop_traced_memory(&current, &peak) == 0 && current <= peak);
	return unused;
}

int main(void)
{
	pthread_t thread;

	printf("%s", "");               /* libc's buffer comes first */
	fflush(stdout);
	if (!memtop_is_tracing()) {
		check_without();
		return 0;
	}
	check_with();
	MUST(pthread_create(&thread, NULL, other_thread, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	tally_print(&asked);
	return 0;
}
