/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three call paths to known lines; a third of the blocks is freed. */
#include "tests/preload/workers/expect.h"

#define BLOCKS 1000

static struct tally build = {.name = "build_rows"}, cache = {.name = "cache_add"},
		    shared = {.name = "buffer_new"};

OWN static void *build_rows(size_t size)
{
	void *p = malloc(size);

	tally_add(&build, size);
	return p;
}

OWN static void *cache_add(size_t size)
{
	void *p = calloc(2, size / 2);

	tally_add(&cache, size);
	return p;
}

OWN static void *buffer_new(size_t size)
{
	void *p = malloc(size);

	tally_add(&shared, size);
	return p;
}

OWN static void *by_left(size_t size)
{
	void *p = buffer_new(size);

	KEEP(p);
	return p;
}

OWN static void *by_right(size_t size)
{
	void *p = buffer_new(size);

	KEEP(p);
	return p;
}

int main(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		void *rows = build_rows(1000), *entry = cache_add(64);
		void *left = by_left(i), *right = by_right(2 * i);

		KEEP(entry);
		KEEP(left);
		if (i % 3 == 0) {
			free(rows);
			tally_end(&build, 1000);
			free(right);
			tally_end(&shared, 2 * i);
		}
	}
	free(NULL);
	tally_print(&build);
	tally_print(&cache);
	tally_print(&shared);
	return 0;
}
