/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lives that allocate once, or a few times. */
#include <dlfcn.h>
#include <stdlib.h>
#include "tests/preload/workers/kinds/kinds.h"

static void configuration(unsigned turn)
{
	for (unsigned i = 0; i < 4000 && !turn; i++)
		kept = malloc(500);
}

static void module_tables(unsigned turn)
{
	static const char *const modules[] = {
		"libz.so.1", "libelf.so.1", "libncursesw.so.6", "libunwind.so.8", "libsqlite3.so.0",
	};
	unsigned at = turn / (6 * PER_SECOND);

	if (turn % (6 * PER_SECOND) || at >= sizeof(modules) / sizeof(modules[0]))
		return;
	dlopen(modules[at], RTLD_NOW);
	for (unsigned i = 0; i < 100; i++)
		kept = malloc(500 + draw(1000));
}

static void three_logins(unsigned turn)
{
	if (turn != PART(0.3) && turn != PART(0.6) && turn != PART(0.8))
		return;
	for (unsigned i = 0; i < 300; i++)
		kept = malloc(1000);
}

static void heap_that_shrinks(unsigned turn)
{
	static void *slot[3000];
	static unsigned next;

	for (unsigned i = 0; i < 3000 && !turn; i++)
		slot[i] = malloc(500);
	if (next < 3000)
		free(slot[next++]);
}

const struct life kinds_once[] = {
	{ LIFE(configuration), "other", "settled", "2 MB at the start" },
	{ LIFE(module_tables), "other", "settled,steps,too short", "5 modules, each loaded when needed" },
	{ LIFE(three_logins), "other", "steps", "300 KB each" },
	{ LIFE(heap_that_shrinks), "other", "shrinking", "what came at the start goes bit by bit" },
	{ 0 },
};
