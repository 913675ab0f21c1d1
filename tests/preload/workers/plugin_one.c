/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin: allocates for its host; as large as plugin_two.c, so that each may
 * land where the other was. */
#include <stdlib.h>

void *plugin_block(size_t size);
void *plugin_block(size_t size)
{
	void *p = malloc(size);

	__asm__ volatile("" : "+r"(p));
	return p;
}
