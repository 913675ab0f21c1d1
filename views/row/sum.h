/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_SUM_H
#define VIEWS_ROW_SUM_H
/* Sums of figures from a recording, which may contain any numbers: a sum that is too
 * large becomes the largest number, and never wraps around to a small one. */
#include "tracer/heap/snapshot.h"

static inline void figure_add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static inline void sum_figures(struct figures *sum, const struct figures *more)
{
#define SUM_FIGURE(name) figure_add(&sum->name, more->name);
	FIGURES_EACH(SUM_FIGURE)
#undef SUM_FIGURE
}

static inline void sum_look(struct look_figures *sum, const struct look_figures *more)
{
	figure_add(&sum->garbage, more->garbage);
	figure_add(&sum->garbage_blocks, more->garbage_blocks);
	figure_add(&sum->indirect, more->indirect);
	figure_add(&sum->indirect_blocks, more->indirect_blocks);
	figure_add(&sum->cycles, more->cycles);
	figure_add(&sum->inside, more->inside);
	figure_add(&sum->inside_blocks, more->inside_blocks);
	figure_add(&sum->pins, more->pins);
	figure_add(&sum->pinning, more->pinning);
}

/* The bytes of unreachable blocks: held by nobody, or only by other such blocks. */
static inline uint64_t look_unreachable(const struct look_figures *look)
{
	uint64_t sum = look->garbage;

	figure_add(&sum, look->indirect);
	return sum;
}
static inline uint64_t look_unreachable_blocks(const struct look_figures *look)
{
	uint64_t sum = look->garbage_blocks;

	figure_add(&sum, look->indirect_blocks);
	return sum;
}

/* now - old. */
static inline int64_t sum_difference(uint64_t now, uint64_t old)
{
	uint64_t most = now > old ? now - old : old - now;
	int64_t size = most > INT64_MAX ? INT64_MAX : (int64_t)most;

	return now > old ? size : -size;
}

#endif
