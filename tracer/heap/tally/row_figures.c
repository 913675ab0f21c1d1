/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures are found again by their digest.  Where hardly any are the same, the search is
 * given up: it would cost more than it saves, and those that were kept lately are found
 * without it. */
#include "tracer/heap/tally/row_figures.h"

#include <stddef.h>
#include <string.h>
#include "tracer/ground/digest.h"

#define COUNTED offsetof(struct row_figures, digest)
#define SEARCHED 8192u                  /* figures, before it can be given up */
#define RESERVED 32768u                 /* so many that were not given up find their places
					 * ahead */
#define IN_A_PAGE 16u                   /* at least so many */

_Static_assert(COUNTED == sizeof(struct figures) + 8 + 4 * SIZE_CLASSES + 16 && COUNTED % 8 == 0,
	       "no padding in figures");

const struct row_figures row_figures_none;

static struct row_figures *kept_at(const struct kept_figures *kept, uint32_t index)
{
	return chunk_at(&kept->of, sizeof(struct row_figures), index);
}

/* Without a call, as rows come by the hundred thousand. */
static inline bool same_words(const struct row_figures *a, const struct row_figures *b)
{
	const unsigned char *x = (const void *)a, *y = (const void *)b;
	uint64_t differ = 0;

	for (unsigned i = 0; i < COUNTED; i += 8)
		differ |= digest_load(x + i) ^ digest_load(y + i);
	return !differ;
}

bool row_figures_same(const struct row_figures *a, const struct row_figures *b)
{
	return a == b || same_words(a, b);
}

static bool same_kept(const void *context, uint32_t number, const void *key)
{
	return row_figures_same(kept_at(context, number - 1), key);
}

static bool is_searched(const struct kept_figures *kept)
{
	return kept->length < SEARCHED || kept->length < kept->asked / 2;
}

const struct row_figures *row_figures_keep(struct kept_figures *kept,
					   const struct row_figures *figures)
{
	uint64_t digest = digest_words(1, figures, COUNTED);
	uint32_t hash = (uint32_t)(digest >> 32);
	uint32_t number = finder_find(&kept->index, hash, same_kept, kept, figures);
	struct row_figures *to;

	kept->asked++;
	if (number)
		return kept_at(kept, number - 1);
	to = chunk_reserve(&kept->of, sizeof(*to), kept->length);
	if (!to)
		return NULL;
	*to = *figures;
	to->digest = digest;
	kept->length++;
	if (!is_searched(kept))
		finder_free(&kept->index);
	else if (finder_room(&kept->index))
		finder_put(&kept->index, hash, kept->length);
	return to;
}

/* Some of its numbers as one: most figures that differ do so in these. */
static uint64_t few_of(const struct row_figures *figures)
{
	const struct figures *now = &figures->now;

	return now->total * 31 + now->size * 7 + figures->peak * 3 + now->allocations;
}

/* A comparison costs a third of a digest and a search, and is made only where the few
 * numbers are the same, since figures that are read in vain are rarely in the cache. */
const struct row_figures *row_figures_lately(struct kept_figures *kept,
					     struct figures_lately *lately,
					     const struct row_figures *figures)
{
	uint64_t few = few_of(figures);
	size_t place = few * UINT64_C(0x9e3779b97f4a7c15) >> (64 - FIGURES_LATELY_BITS);

	if (lately->of[place].few == few && lately->of[place].figures &&
	    same_words(lately->of[place].figures, figures)) {
		kept->asked++;
		return lately->of[place].figures;
	}
	lately->of[place].few = few;
	lately->of[place].figures = row_figures_keep(kept, figures);
	return lately->of[place].figures;
}

void row_figures_reserve(struct kept_figures *kept, uint32_t length)
{
	if (length && length <= RESERVED)
		finder_reserve(&kept->index, length);
	for (uint32_t i = 0; i < length; i += IN_A_PAGE) {
		struct row_figures *of = chunk_reserve(&kept->of, sizeof(*of), i);

		if (!of)
			return;
		*(volatile uint64_t *)&of->peak = 0;
	}
}

void row_figures_free(struct kept_figures *kept)
{
	chunk_free(&kept->of);
	finder_free(&kept->index);
}
