/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dlsym allocates, as it did up to glibc 2.33: its first block is from the tracer's pool, as
 * the next definitions are not known yet, and is given back and moved like any other. */
#include <dlfcn.h>
#include <string.h>
#include "tests/preload/workers/expect.h"

#define PAIRS 1000

static struct tally pairs = {.name = "allocates"};
static char *block[2];
static unsigned given;
void *next_dlsym;
void before_dlsym(void);

void before_dlsym(void)
{
	if (!next_dlsym)
		next_dlsym = dlvsym(RTLD_DEFAULT, "dlsym", "GLIBC_2.2.5");
	if (given < 2)
		block[given++] = calloc(1, 100);
}

/* It ends in a jump, because dlsym judges its caller by the return address. */
__asm__(".globl dlsym\n"
	".type dlsym, @function\n"
	"dlsym:\n"
	"	push %rdi\n"
	"	push %rsi\n"
	"	sub $8, %rsp\n"
	"	call before_dlsym\n"
	"	add $8, %rsp\n"
	"	pop %rsi\n"
	"	pop %rdi\n"
	"	jmp *next_dlsym(%rip)\n");

OWN static void allocates(void)
{
	for (int i = 0; i < PAIRS; i++) {
		char *p = malloc(100);

		KEEP(p);
		tally_add(&pairs, 100);
		free(p);
		tally_end(&pairs, 100);
	}
}

/* (The block that it gets is begun by the tracer.) */
OWN static void moves(void)
{
	memset(block[1], 7, 100);
	block[1] = realloc(block[1], 1000);
	MUST(block[1] && block[1][0] == 7 && block[1][99] == 7);
}

int main(void)
{
	MUST(given == 2);
	allocates();
	free(block[0]);
	moves();
	allocates();
	tally_print(&pairs);
	return 0;
}
