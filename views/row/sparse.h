/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_SPARSE_H
#define VIEWS_ROW_SPARSE_H
/*
 * An array of 2^32 numbers of which only the pages that were touched exist.  It is used
 * to remember something for each id, whatever ids a recording has.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bits of an id: 6, 8 and 8 choose the page, and 10 the place on it. */
struct sparse {
	uint32_t ***upper[64];
};

/* Makes the place for `id`.  NULL: out of memory. */
uint32_t *sparse_make(struct sparse *sparse, uint32_t id);
void sparse_free(struct sparse *sparse);

static inline uint32_t *sparse_page(const struct sparse *sparse, uint32_t id)
{
	uint32_t ***upper = sparse->upper[id >> 26];
	uint32_t **lower = upper ? upper[id >> 18 & 255] : NULL;

	return lower ? lower[id >> 10 & 255] : NULL;
}

/* The place of `id`, which is 0 at first and never moves.  NULL: out of memory. */
static inline uint32_t *sparse_at(struct sparse *sparse, uint32_t id)
{
	uint32_t *page = sparse_page(sparse, id);

	return page ? page + (id & 1023) : sparse_make(sparse, id);
}

/* The value of `id` without making a place for it; 0 if it has no place. */
static inline uint32_t sparse_get(const struct sparse *sparse, uint32_t id)
{
	const uint32_t *page = sparse_page(sparse, id);

	return page ? page[id & 1023] : 0;
}

#endif
