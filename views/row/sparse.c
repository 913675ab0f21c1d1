/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Four levels of pages.  Pages are only ever added, because a table fills its memo once
 * and then frees all of it.
 */
#include "views/row/sparse.h"
#include <stdlib.h>
#include <string.h>

uint32_t *sparse_make(struct sparse *sparse, uint32_t id)
{
	uint32_t ****upper = &sparse->upper[id >> 26], ***lower, **page;

	if (!*upper)
		*upper = calloc(256, sizeof(**upper));
	if (!*upper)
		return NULL;
	lower = &(*upper)[id >> 18 & 255];
	if (!*lower)
		*lower = calloc(256, sizeof(**lower));
	if (!*lower)
		return NULL;
	page = &(*lower)[id >> 10 & 255];
	if (!*page)
		*page = calloc(1024, sizeof(**page));
	return *page ? *page + (id & 1023) : NULL;
}

static void free_lower(uint32_t **lower)
{
	for (unsigned i = 0; lower && i < 256; i++)
		free(lower[i]);
	free(lower);
}

void sparse_free(struct sparse *sparse)
{
	for (unsigned i = 0; i < 64; i++) {
		for (unsigned j = 0; sparse->upper[i] && j < 256; j++)
			free_lower(sparse->upper[i][j]);
		free(sparse->upper[i]);
	}
	memset(sparse, 0, sizeof(*sparse));
}
