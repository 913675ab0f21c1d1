/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A timer interrupts the allocating loop wherever it is, often inside a hook;
 * the handler allocates, frees, and every third time longjmps out of it all.
 * Runs with libbump.so behind memtop.  What the handler does inside a hook can't
 * all be recorded, so only survival and what comes after the storm are checked.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include "tests/preload/workers/expect.h"

#define STORM 400
#define ROUNDS 1000

static struct tally calm = {.name = "calm_block"};
static sigjmp_buf out;
static volatile sig_atomic_t hits;

static void hit(int number)
{
	void *p = malloc(24), *q = realloc(NULL, (size_t)number);

	KEEP(p);
	KEEP(q);
	free(p);
	hits++;
	if (hits % 3 == 0)
		siglongjmp(out, 1);
	free(q);
}

OWN static void calm_block(void)
{
	void *p = malloc(48);

	tally_add(&calm, 48);
	p = realloc(p, 96);
	tally_end(&calm, 48);
	tally_add(&calm, 96);
	KEEP(p);
}

int main(void)
{
	struct itimerval every = {{0, 150}, {0, 150}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = hit};

	sigaction(SIGALRM, &action, NULL);
	sigsetjmp(out, 1);
	setitimer(ITIMER_REAL, &every, NULL);
	while (hits < STORM) {
		void *p = malloc(100);

		KEEP(p);
		free(realloc(p, 200));
	}
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_IGN);
	for (int i = 0; i < ROUNDS; i++)
		calm_block();
	tally_print(&calm);
	return 0;
}
