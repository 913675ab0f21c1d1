/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All memory locked, now and later, by a program that may lock little. */
#include <sys/mman.h>
#include "tests/preload/workers/expect.h"

static struct tally locked = {.name = "locked_block"};

OWN static void locked_block(size_t size)
{
	void *p = malloc(size);

	KEEP(p);
	tally_add(&locked, size);
}

int main(void)
{
	int r;

	locked_block(100);
	r = mlockall(MCL_CURRENT | MCL_FUTURE);
	fprintf(stderr, "mlockall: %d\n", r);
	for (size_t i = 0; i < 5000; i++)
		locked_block(i);
	tally_print(&locked);
	return 0;
}
