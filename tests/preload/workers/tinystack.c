/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocates on a coroutine's stack that was painted before, and prints how much
 * of it was used: with memtop at most 512 bytes more than without.
 */
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "tests/preload/workers/expect.h"

#define STACK 16384
#define PAINT 0x5a

static struct tally tiny = {.name = "tiny_block"};
static ucontext_t host, coroutine;

OWN static void tiny_block(void)
{
	void *p = malloc(128);

	KEEP(p);
	tally_add(&tiny, 128);
	free(realloc(p, 256));
	tally_end(&tiny, 128);
	tally_add(&tiny, 256);
	tally_end(&tiny, 256);
}

static void run(void)
{
	for (int i = 0; i < 100; i++)
		tiny_block();
}

/* Bytes of the stack that are not painted any more. */
static size_t used(const unsigned char *stack)
{
	size_t clean = 0;

	while (clean < STACK && stack[clean] == PAINT)
		clean++;
	return STACK - clean;
}

int main(void)
{
	unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(stack != MAP_FAILED);
	tiny_block();                   /* libc's and the tracer's first steps */
	free(malloc(100000));
	memset(stack, PAINT, STACK);
	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = stack;
	coroutine.uc_stack.ss_size = STACK;
	coroutine.uc_link = &host;
	makecontext(&coroutine, run, 0);
	MUST(swapcontext(&host, &coroutine) == 0);
	printf("stack used=%zu\n", used(stack));
	munmap(stack, STACK);
	tally_print(&tiny);
	return 0;
}
