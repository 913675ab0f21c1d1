/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handlers that allocate on an alternate stack, raised outside the allocator. */
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include "tests/preload/workers/expect.h"

#define ROUNDS 1000

static struct tally handler = {.name = "irregular_block"}, plain = {.name = "plain_block"};
static sigjmp_buf out;
static volatile sig_atomic_t jump;
static void *volatile last;

OWN static void irregular_block(int number)
{
	void *p = malloc(300 + (size_t)number % 2);

	tally_add(&handler, 300 + (size_t)number % 2);
	if (number == SIGUSR1) {
		free(p);
		tally_end(&handler, 300 + (size_t)number % 2);
	}
	last = p;
	if (jump)
		siglongjmp(out, 1);
}

OWN static void plain_block(void)
{
	void *p = malloc(40);

	KEEP(p);
	tally_add(&plain, 40);
}

int main(void)
{
	struct sigaction action = {.sa_handler = irregular_block, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = getauxval(AT_MINSIGSTKSZ) + 8192};

	stack.ss_sp = malloc(stack.ss_size);
	MUST(sigaltstack(&stack, NULL) == 0);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		jump = i % 3 == 0;
		plain_block();
		if (sigsetjmp(out, 1) == 0)
			raise(i % 2 ? SIGUSR1 : SIGUSR2);
		plain_block();
	}
	tally_print(&handler);
	tally_print(&plain);
	return 0;
}
