/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Realloc in all its ways: growing, shrinking, from NULL, to nothing, failing. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "tests/preload/workers/expect.h"

static struct tally grow = {.name = "grow_to"}, arrays = {.name = "array_to"},
		    first = {.name = "first_block"};

OWN static void *grow_to(void *p, size_t from, size_t to)
{
	void *q = realloc(p, to);

	MUST(q);
	if (p)
		tally_end(&grow, from);
	tally_add(&grow, to);
	return q;
}

OWN static void *array_to(void *p, size_t from, size_t count, size_t size)
{
	void *q = reallocarray(p, count, size);

	MUST(q);
	if (p)
		tally_end(&arrays, from);
	tally_add(&arrays, count * size);
	return q;
}

OWN static char *first_block(size_t size)
{
	char *p = malloc(size);

	tally_add(&first, size);
	return p;
}

static void fail_to_grow(void)
{
	volatile size_t huge = PTRDIFF_MAX, most = SIZE_MAX / 2;
	char *p = first_block(777);

	memset(p, 'x', 777);
	errno = 0;
	MUST(realloc(p, huge) == NULL && errno == ENOMEM);
	errno = 0;
	MUST(reallocarray(p, most, 4) == NULL && errno == ENOMEM);
	MUST(reallocarray(NULL, most, 4) == NULL && malloc(huge) == NULL);
	MUST(calloc(most, 4) == NULL);
	MUST(p[0] == 'x' && p[776] == 'x');
}

int main(void)
{
	void *chain = NULL, *array = NULL;
	char *gone;
	volatile size_t nothing = 0;

	for (size_t size = 1; size < 5000000; size = size * 2 + 3)
		chain = grow_to(chain, (size - 3) / 2, size);
	chain = grow_to(chain, 4194301, 100);
	for (size_t n = 0; n < 200; n++)
		array = array_to(array, n * 24, n + 1, 24);
	fail_to_grow();
	gone = first_block(4321);
	MUST(realloc(gone, nothing) == NULL);
	tally_end(&first, 4321);
	KEEP(chain);
	tally_print(&grow);
	tally_print(&arrays);
	tally_print(&first);
	return 0;
}
