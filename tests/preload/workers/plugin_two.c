/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The other plugin: the same function, at another place in its text. */
#include <stdlib.h>

void *plugin_spare(size_t size);
void *plugin_spare(size_t size)
{
	void *p = calloc(size + 1, 3);

	__asm__ volatile("" : "+r"(p));
	return p;
}

void *plugin_block(size_t size);
void *plugin_block(size_t size)
{
	void *p = malloc(size + 1);

	__asm__ volatile("" : "+r"(p));
	return p;
}
