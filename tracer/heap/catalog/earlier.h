/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_EARLIER_H
#define TRACER_HEAP_CATALOG_EARLIER_H
/*
 * What a program had allocated before memtop was attached to it.  Of those blocks only
 * the sum is known, by the allocator's own count; frees of blocks whose allocation was
 * never seen are taken to be frees of these.
 */
#include <stdbool.h>
#include <stdint.h>

struct catalog;

/* Says that the run of this catalog began by attaching; `before` is the bytes plus 1, or
 * 0 if they are not known.  May be called in any thread. */
void earlier_set(struct catalog *catalog, uint64_t before);
/* Whether the run began by attaching.  If so, *bytes is set, to UINT64_MAX if they are
 * not known. */
bool earlier_is(const struct catalog *catalog, uint64_t *bytes);

#endif
