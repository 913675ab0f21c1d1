/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_PACK_H
#define TRACER_HEAP_GROWTH_PACK_H
/*
 * Curves and their axis as bytes, for a recording (share/doc/RECORDING.md).  Most figures
 * of a curve are equal to the one before, so figures are stored with a repeat count.
 */
#include <stddef.h>
#include "tracer/heap/growth/growth.h"

#define GROWTH_FIGURES (sizeof(struct growth_curve) / sizeof(float))
/* The figures that older versions wrote: without counts of blocks, and without the
 * run. */
#define GROWTH_FIGURES_1 (offsetof(struct growth_curve, count) / sizeof(float))
#define GROWTH_FIGURES_2 (offsetof(struct growth_curve, run) / sizeof(float))
#define GROWTH_PACKED (GROWTH_FIGURES * 5)      /* bytes at most */
#define GROWTH_AXIS_FIGURES (1 + GROWTH_WINDOWS * (GROWTH_SLICES + 2))
#define GROWTH_AXIS_PACKED (GROWTH_AXIS_FIGURES * 8)    /* bytes at most */

/* Returns how many bytes were written. */
size_t growth_pack(const struct growth_curve *curve, uint8_t bytes[GROWTH_PACKED]);
/* Curves of older versions lack their counts or their run, which are then 0.  False: this
 * is not a curve. */
bool growth_unpack(struct growth_curve *curve, const uint8_t *bytes, size_t length);
/* Returns how many bytes were written: of an axis without slices, as of a process that ended
 * within seconds, only its end. */
size_t growth_pack_axis(const struct growth_axis *axis, uint8_t bytes[GROWTH_AXIS_PACKED]);
/* False: this is not an axis. */
bool growth_unpack_axis(struct growth_axis *axis, const uint8_t *bytes, size_t length);

#endif
