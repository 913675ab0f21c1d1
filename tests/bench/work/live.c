/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A large live heap: BLOCKS of 24 to 40 bytes, kept to the end: live [BLOCKS]. */
#include "tests/bench/work/work.h"

struct block {
	struct block *next;
};

static NOINLINE struct block *one(struct block *next, uint32_t r)
{
	struct block *block = malloc(24 + r % 17);

	block->next = next;
	return block;
}

int main(int argc, char *argv[])
{
	struct block *all = NULL;
	uint64_t seed = 1;

	for (uint64_t left = work_size(argc, argv, 10000000); left > 0; left--)
		all = one(all, work_random(&seed));
	return all == NULL;
}
