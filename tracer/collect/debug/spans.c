/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sorted by start, the wider first, so that the innermost span with an address is the
 * last one that starts at or before it and still reaches it; `top` tells when no earlier
 * one can.
 */
#include "tracer/collect/debug/spans.h"
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"

#include <errno.h>
#include <stdlib.h>

int spans_add(struct spans *spans, uint64_t low, uint64_t high, uint32_t index)
{
	if (low >= high)
		return 0;
	if (!array_grow(&spans->v, &spans->room, spans->length + 1, sizeof(*spans->v)))
		return -ENOMEM;
	spans->v[spans->length++] =
		(struct span){ .low = low, .high = high, .index = index };
	return 0;
}

static int spans_compare(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->high != b->high)
		return a->high > b->high ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

void spans_sort(struct spans *spans)
{
	uint64_t top = 0;

	if (spans->length > 1)
		qsort(spans->v, spans->length, sizeof(spans->v[0]), spans_compare);
	for (size_t i = 0; i < spans->length; i++) {
		top = spans->v[i].high > top ? spans->v[i].high : top;
		spans->v[i].top = top;
	}
}

const struct span *spans_find(const struct spans *spans, uint64_t address)
{
	size_t at;

	BISECT(at, spans->length, spans->v[at].low <= address);
	for (; at > 0 && spans->v[at - 1].top > address; at--)
		if (spans->v[at - 1].high > address)
			return &spans->v[at - 1];
	return NULL;
}

void spans_free(struct spans *spans)
{
	free(spans->v);
	*spans = (struct spans){ 0 };
}
