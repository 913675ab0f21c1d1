/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pairs of malloc and free, 16 to 512 bytes, at depth 12, by 256 call paths,
 * with 4,096 blocks live: pairs [PAIRS].
 */
#include "tests/bench/work/work.h"

#define LIVE 4096u

static char *slots[LIVE];
static uint64_t seed = 1;

static NOINLINE void leaf(uint32_t r)
{
	char **slot = &slots[r % LIVE];

	free(*slot);
	*slot = malloc(16 + (r >> 12) % 497);
	**slot = (char)r;
}

/* Eight levels of two call sites each; a main and a loop above make it 12. */
static NOINLINE void descend(uint32_t path, unsigned level, uint32_t r)
{
	if (level == 0)
		leaf(r);
	else if (path & 1)
		descend(path >> 1, level - 1, r);
	else
		descend(path >> 1, level - 1, r ^ 1);
	KEEP_FRAME;
}

static NOINLINE void work(uint64_t pairs)
{
	for (uint64_t i = 0; i < pairs; i++)
		descend(work_random(&seed) & 255, 8, work_random(&seed));
	KEEP_FRAME;
}

int main(int argc, char *argv[])
{
	work(work_size(argc, argv, 5000000));
	return 0;
}
