/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Coroutines on small stacks that come, are left half way, and go: each stack is
 * unmapped and the next one mapped at its address, so that what was remembered of
 * the last stack stands where another one, or nothing, stands now.  Signal
 * handlers on an alternate stack allocate in the middle of it.  Two switch to and
 * fro at different depths.
 */
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "tests/preload/workers/expect.h"

#define STACK 16384u
#define ROUNDS 2000u

static struct tally made = {.name = "make_block"};
static ucontext_t host, routine[2];
static void *place[2];
static unsigned seed = 1;

OWN static void make_block(size_t size)
{
	void *p = malloc(size);

	KEEP(p);
	tally_add(&made, size);
	free(p);
	tally_end(&made, size);
}

OWN static void sink(unsigned depth, unsigned me, unsigned other)
{
	char room[32];

	KEEP(me);
	room[0] = (char)depth;
	__asm__ volatile("" : : "r"(room) : "memory");
	make_block(16 + depth);
	if (depth > 0)
		sink(depth - 1, me, other);
	else if (other < 2)
		swapcontext(&routine[me], &routine[other]);
	else
		raise(SIGUSR1);
	make_block(40 + depth);
}

static void run(unsigned me, unsigned other, unsigned depth)
{
	sink(depth, me, other);
	sink(depth / 2, me, 2);
	/* The first is left for good where it waits. */
	setcontext(&host);
}

OWN static void irregular_handler(int number)
{
	void *p = malloc(64);

	(void)number;
	KEEP(p);
	free(p);
}

static void start(unsigned i, unsigned other)
{
	unsigned depth = (seed = seed * 1103515245u + 12345u) >> 16 & 15;

	place[i] = mmap(place[i], STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	MUST(place[i] != MAP_FAILED);
	MUST(getcontext(&routine[i]) == 0);
	routine[i].uc_stack.ss_sp = place[i];
	routine[i].uc_stack.ss_size = STACK;
	makecontext(&routine[i], (void (*)(void))run, 3, i, other, depth);
}

int main(void)
{
	static char alternate[16384];
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	struct sigaction action = {.sa_handler = irregular_handler, .sa_flags = SA_ONSTACK};

	MUST(sigaltstack(&stack, NULL) == 0);
	MUST(sigaction(SIGUSR1, &action, NULL) == 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		start(0, 1);
		start(1, i % 2 ? 0 : 2);
		MUST(swapcontext(&host, &routine[0]) == 0);
		munmap(place[0], STACK);
		munmap(place[1], STACK);
	}
	tally_print(&made);
	return 0;
}
