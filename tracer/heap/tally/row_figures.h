/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_ROW_FIGURES_H
#define TRACER_HEAP_TALLY_ROW_FIGURES_H
/*
 * A snapshot's rows, and what they count.  Most stacks allocated one block of one of a few sizes,
 * so rows are many and their figures few: a row is small and points to figures, which are
 * kept once for all rows of the snapshot that have the same.
 */
#include <stdbool.h>
#include "tracer/ground/finder.h"
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/catalog/chunk.h"
#include "tracer/heap/tally/figures.h"

struct row_figures {
	struct figures now;
	uint64_t peak;                  /* its bytes when the total peaked */
	uint32_t sizes[SIZE_CLASSES];   /* of now.count */
	uint64_t born;                  /* sum of bytes times their second of birth; AGE_UNKNOWN */
	uint64_t oldest;                /* second of birth of its oldest block, as of
					 * `walked`; 0: it has no blocks; AGE_UNKNOWN */
	uint64_t digest;                /* of all of the above; set when they are kept */
};

#define AGE_UNKNOWN UINT64_MAX

struct snapshot_row {
	struct trace_id trace;
	uint16_t thread;                /* struct thread_id */
	uint16_t domain;                /* enum wire_domain; users' from 16 up */
	const struct row_figures *figures;      /* the snapshot's; never NULL in one */
};

/* Figures that were kept; none moves or changes.  Zero-initialise. */
struct kept_figures {
	struct chunks of;               /* struct row_figures */
	uint32_t length;
	uint64_t asked;                 /* how many were to be kept */
	struct finder index;            /* by digest: which of them, + 1 */
};

#define FIGURES_LATELY_BITS 12

/* Figures that were kept lately, each in a place that follows from some of its numbers,
 * which stand there as one.  Zero-initialise. */
struct figures_lately {
	struct {
		uint64_t few;
		const struct row_figures *figures;
	} of[1u << FIGURES_LATELY_BITS];
};

/* Figures of which all are 0. */
extern const struct row_figures row_figures_none;

/* The same figures among those kept, which they join if they are new.  NULL: out of
 * memory. */
const struct row_figures *row_figures_keep(struct kept_figures *kept,
					   const struct row_figures *figures);
/* The same for one who asks for many, with those that it got lately, all from `kept`. */
const struct row_figures *row_figures_lately(struct kept_figures *kept,
					     struct figures_lately *lately,
					     const struct row_figures *figures);
/* Finds the memory for so many, as far as there is any. */
void row_figures_reserve(struct kept_figures *kept, uint32_t length);
void row_figures_free(struct kept_figures *kept);
/* Whether both count the same. */
bool row_figures_same(const struct row_figures *a, const struct row_figures *b);

/* Says that the births of the blocks, if there are any, are not known. */
static inline void row_figures_ageless(struct row_figures *figures)
{
	figures->born = figures->oldest = figures->now.count ? AGE_UNKNOWN : 0;
}

#endif
