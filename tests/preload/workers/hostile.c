/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates with libhostile.so behind memtop, from fresh stacks, modules and
 * depths, which is where a tracer might be tempted to allocate itself. */
#include <dlfcn.h>
#include "tests/preload/workers/expect.h"

#define DEPTH 300

static struct tally deep = {.name = "deep_block"};
static void (*arm)(int), (*allow)(void);

OWN static void deep_block(int depth)
{
	void *volatile p;

	if (depth)
		deep_block(depth - 1);
	allow();
	p = malloc(64);
	tally_add(&deep, 64);
	allow();
	p = realloc(p, 128);
	tally_end(&deep, 64);
	tally_add(&deep, 128);
	if (depth % 2) {
		allow();
		free(p);
		tally_end(&deep, 128);
	}
}

int main(void)
{
	*(void **)&arm = dlsym(RTLD_DEFAULT, "hostile_arm");
	*(void **)&allow = dlsym(RTLD_DEFAULT, "hostile_allow");
	MUST(arm && allow);
	arm(1);
	deep_block(DEPTH);
	arm(0);
	tally_print(&deep);
	return 0;
}
