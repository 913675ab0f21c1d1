/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does what it is asked for, a line each on standard input, and says how much it holds:
 * "grow BYTES" and "free" (all); it aborts where malloc fails, and ends at the input's end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
};

static struct block *blocks;
static unsigned long held;

static void grow(unsigned long bytes)
{
	struct block *block = malloc(bytes);

	if (!block)
		abort();
	memset(block, 1, bytes);        /* what is not touched is in no cgroup's account */
	block->next = blocks;
	blocks = block;
	held += bytes;
}

static void give_back(void)
{
	while (blocks) {
		struct block *next = blocks->next;

		free(blocks);
		blocks = next;
	}
	held = 0;
}

int main(void)
{
	char line[64];

	while (fgets(line, sizeof line, stdin)) {
		if (!strncmp(line, "grow ", 5))
			grow(strtoul(line + 5, NULL, 10));
		else
			give_back();
		printf("%lu\n", held);
		fflush(stdout);
	}
	return 0;
}
