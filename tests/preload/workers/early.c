/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates before any constructor runs, and after all destructors began. */
#include "tests/preload/workers/expect.h"

static struct tally early = {.name = "before_all"}, late = {.name = "after_main"};
static void *kept[3];

OWN static void before_all(void)
{
	for (int i = 0; i < 3; i++) {
		kept[i] = malloc(100);
		tally_add(&early, 100);
	}
	free(kept[1]);
	tally_end(&early, 100);
}
__attribute__((section(".preinit_array"), used)) static void (*const preinit)(void) = before_all;

__attribute__((destructor)) OWN static void after_main(void)
{
	kept[1] = malloc(50);
	tally_add(&late, 50);
	free(kept[0]);
	tally_end(&early, 100);
	tally_print(&early);
	tally_print(&late);
}

int main(void) { return 0; }
