/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks that live for a moment, in nested order, size 0 among them. */
#include "tests/preload/workers/expect.h"

#define ROUNDS 100000
#define DEPTH 4

static struct tally churn = {.name = "churn"};

OWN static void *grab(size_t size);

OWN static void churn_down(int depth, size_t size)
{
	void *p = grab(size);

	if (depth)
		churn_down(depth - 1, size * 3 + 1);
	free(p);
	tally_end(&churn, size);
}

OWN static void *grab(size_t size)
{
	void *p = malloc(size);

	tally_add(&churn, size);
	KEEP(p);
	return p;
}

int main(void)
{
	churn.name = "grab";
	for (size_t i = 0; i < ROUNDS; i++)
		churn_down(DEPTH, i % 17);
	tally_print(&churn);
	return 0;
}
