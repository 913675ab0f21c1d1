/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What modules.c loads, copied under many names. */
#include "tests/bench/work/work.h"

typedef void *(*next_fn)(unsigned level, uint64_t seed);
void *module_call(next_fn next, unsigned level, uint64_t seed);

void *module_call(next_fn next, unsigned level, uint64_t seed)
{
	void *made = level ? next(level - 1, seed) : malloc(16 + seed % 64);

	KEEP_FRAME;
	return made;
}
