/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_PACK_H
#define TRACER_HEAP_GROWTH_PACK_H
/*
 * Curves and their axis as bytes, for a recording (share/doc/RECORDING.md).  Most of a
 * curve's figures are equal to the one before: a count stands before each.
 */
#include <stddef.h>
#include "tracer/heap/growth/growth.h"

#define GROWTH_FIGURES (sizeof(struct growth_curve) / sizeof(float))
/* Of what older memtops wrote: without blocks by birth, and without the run. */
#define GROWTH_FIGURES_1 (offsetof(struct growth_curve, count) / sizeof(float))
#define GROWTH_FIGURES_2 (offsetof(struct growth_curve, run) / sizeof(float))
#define GROWTH_PACKED (GROWTH_FIGURES * 5)      /* bytes at most */
#define GROWTH_AXIS_FIGURES (1 + GROWTH_WINDOWS * (GROWTH_SLICES + 2))
#define GROWTH_AXIS_PACKED (GROWTH_AXIS_FIGURES * 8)

/* How many bytes were written. */
size_t growth_pack(const struct growth_curve *curve, uint8_t bytes[GROWTH_PACKED]);
/* Older curves end before their counts, or their run: these are 0 then.  False: this
 * is no curve. */
bool growth_unpack(struct growth_curve *curve, const uint8_t *bytes, size_t length);
void growth_pack_axis(const struct growth_axis *axis, uint8_t bytes[GROWTH_AXIS_PACKED]);
/* False: this is no axis. */
bool growth_unpack_axis(struct growth_axis *axis, const uint8_t *bytes, size_t length);

#endif
