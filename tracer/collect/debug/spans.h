/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_SPANS_H
#define TRACER_COLLECT_DEBUG_SPANS_H
/* Address ranges, each with an index of the caller's; they may nest. */
#include <stddef.h>
#include <stdint.h>

struct span {
	uint64_t low, high;             /* [low, high) */
	uint64_t top;                   /* highest `high` of this and all before */
	uint32_t index;
};
struct spans {
	struct span *v;
	size_t length, room;
};

/* Adds a span; an empty one is left out.  0 or -ENOMEM. */
int spans_add(struct spans *spans, uint64_t low, uint64_t high, uint32_t index);
/* Call it once, after the last spans_add. */
void spans_sort(struct spans *spans);
/* The innermost span that contains `address`, or NULL. */
const struct span *spans_find(const struct spans *spans, uint64_t address);
void spans_free(struct spans *spans);

#endif
