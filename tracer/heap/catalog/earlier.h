/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_EARLIER_H
#define TRACER_HEAP_CATALOG_EARLIER_H
/*
 * What was there before: a run that began by attaching to a program knows nothing of the
 * blocks that it had by then, but how many bytes its allocator counted.  Frees of blocks
 * that nobody saw begin are theirs.
 */
#include <stdbool.h>
#include <stdint.h>

struct catalog;

/* The run that this catalog belongs to began so; `before` is bytes + 1, 0: not known.
 * Any thread. */
void earlier_set(struct catalog *catalog, uint64_t before);
/* Whether it did; then *bytes, UINT64_MAX if they are not known. */
bool earlier_is(const struct catalog *catalog, uint64_t *bytes);

#endif
