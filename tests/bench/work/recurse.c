/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The explosion of paths: a random walk of calls between depth 20 and 200,
 * with an allocation at each step, so that nearly each stack is a new one.
 * recurse [STEPS]
 */
#include "tests/bench/work/work.h"

#define LIVE 1024u
#define DEEPEST 200u

static char *slots[LIVE];
static uint64_t seed = 1, left;

static NOINLINE void step(unsigned depth);
static NOINLINE void step_a(unsigned depth) { step(depth); KEEP_FRAME; }
static NOINLINE void step_b(unsigned depth) { step(depth); KEEP_FRAME; }
static NOINLINE void step_c(unsigned depth) { step(depth); KEEP_FRAME; }
static NOINLINE void step_d(unsigned depth) { step(depth); KEEP_FRAME; }

static NOINLINE void step(unsigned depth)
{
	static void (*const ways[])(unsigned) = {step_a, step_b, step_c, step_d};

	while (left > 0) {
		uint32_t r = work_random(&seed);
		char **slot = &slots[r % LIVE];

		left--;
		free(*slot);
		*slot = malloc(16 + (r >> 10) % 64);
		if (depth < 20 || (depth < DEEPEST && r >> 30))
			ways[(r >> 20) & 3](depth + 1);
		else
			return;
	}
}

int main(int argc, char *argv[])
{
	left = work_size(argc, argv, 1000000);
	while (left > 0)
		step(0);
	return 0;
}
