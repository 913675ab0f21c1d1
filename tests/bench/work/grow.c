/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 64 arrays that realloc makes longer in turn, a sixteenth a time: grow [STEPS]. */
#include "tests/bench/work/work.h"

#define ARRAYS 64u
#define LONGEST 65536u

int main(int argc, char *argv[])
{
	struct {
		char *bytes;
		size_t size;
	} arrays[ARRAYS] = {{NULL, 0}};
	uint64_t steps = work_size(argc, argv, 3000000), seed = 1;

	for (uint64_t i = 0; i < steps; i++) {
		unsigned at = work_random(&seed) % ARRAYS;
		size_t size = arrays[at].size;

		size = size > LONGEST ? 16 : size + size / 16 + 16;
		arrays[at].bytes = realloc(arrays[at].bytes, size);
		arrays[at].bytes[size - 1] = 1;
		arrays[at].size = size;
	}
	for (unsigned i = 0; i < ARRAYS; i++)
		free(arrays[i].bytes);
	return 0;
}
