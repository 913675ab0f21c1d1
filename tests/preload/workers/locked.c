/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program with all its memory locked that is attached to again and again.  Each "keep" waits
 * until it is traced, then keeps a block for each of 800 other stacks; "drop" frees them. */
#include <memtop.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCKS 800

static void *kept[BLOCKS];
static int length;

/* A call of its own for each of 16 numbers, on a line of its own. */
#define WAY(n)                                                                                \
	case n:                                                                               \
		keep(numbers >> 4, depth - 1);                                                \
		__asm__ volatile(".rept " #n "\n nop\n .endr" ::: "memory");                \
		break;

__attribute__((noinline)) static void keep(uint32_t numbers, int depth)
{
	if (depth == 0) {
		kept[length++] = malloc(100);
		__asm__ volatile("" ::: "memory");
		return;
	}
	switch (numbers % 16) {
	WAY(0)
	WAY(1)
	WAY(2)
	WAY(3)
	WAY(4)
	WAY(5)
	WAY(6)
	WAY(7)
	WAY(8)
	WAY(9)
	WAY(10)
	WAY(11)
	WAY(12)
	WAY(13)
	WAY(14)
	WAY(15)
	}
}

static void wait_for_memtop(void)
{
	size_t current, peak;

	while (memtop_traced_memory(&current, &peak) != 0) {
		void *volatile p = malloc(1);

		free(p);
		sched_yield();
	}
}

/* 800 of the 4,096 stacks, in an order of this turn alone. */
static void keep_all(uint32_t turn)
{
	for (uint32_t i = 0; i < BLOCKS; i++)
		keep((i + turn * 1001) * 2654435761u >> 20, 3);
	memtop_mark("kept");
}

int main(void)
{
	char line[64];

	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		perror("its memory is not locked");
	setvbuf(stdin, NULL, _IONBF, 0);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	for (uint32_t turn = 0; fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n");) {
		if (!strcmp(line, "keep\n")) {
			wait_for_memtop();
			keep_all(turn++);
		} else {
			while (length > 0)
				free(kept[--length]);
		}
		puts("done");
		fflush(stdout);
	}
	return 0;
}
