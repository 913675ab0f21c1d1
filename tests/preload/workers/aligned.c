/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The aligned family: sizes are what was asked for, alignment is kept. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include "tests/preload/workers/expect.h"

static struct tally all = {.name = "aligned_blocks"};

static void *checked(void *p, size_t alignment, size_t size)
{
	MUST(p && (uintptr_t)p % alignment == 0 && malloc_usable_size(p) >= size);
	memset(p, 1, size);
	tally_add(&all, size);
	return p;
}

OWN static void aligned_blocks(size_t alignment, size_t size)
{
	void *p = NULL;

	free(checked(aligned_alloc(alignment, size), alignment, size));
	tally_end(&all, size);
	checked(memalign(alignment, size), alignment, size);
	MUST(posix_memalign(&p, alignment, size) == 0);
	checked(p, alignment, size);
	errno = 7;
	MUST(posix_memalign(&p, 24, size) == EINVAL && errno == 7);
	checked(valloc(size), 4096, size);
	free(checked(pvalloc(size), 4096, size));
	tally_end(&all, size);
}

int main(void)
{
	for (size_t alignment = 8; alignment <= 65536; alignment *= 2)
		for (size_t size = 1; size < 100000; size = size * 3 + 1)
			aligned_blocks(alignment, size);
	tally_print(&all);
	return 0;
}
