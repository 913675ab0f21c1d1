/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_FOLD_YOUNG_H
#define TRACER_HEAP_FOLD_YOUNG_H
/* The fold of a batch in which many blocks begin and end. */
#include "tracer/heap/fold/batch.h"

#define NEWEST_BITS 11u

/* An address at which a block is kept aside, or none is. */
struct young {
	uint64_t key;                   /* the address; YOUNG_NONE is set: no block */
	struct tally *tally;            /* of the block, */
	const struct model_event *of;   /* with which it began */
	uint32_t index, size;           /* the tally's number; the block's bytes */
};

struct nursery {
	uint64_t room;                  /* bytes up to the peak, beyond current and the
					 * blocks that are kept aside */
	uint64_t ended, ended_size, ended_temporary;    /* blocks that never were in the
					 * table, and are not in the totals yet */
	unsigned paired;                /* all events of such blocks */
	unsigned first, length;         /* entries in use; older ones say nothing */
	struct young of[BATCH_MAX + 1]; /* from 1 on */
	uint64_t judges[BATCH_MAX + 1]; /* where parts are kept: those of a block aside */
	uint16_t newest[1u << NEWEST_BITS];     /* by address: the last entry of that
					 * hash; 0: none */
};

/* Applies `n` events, of which BATCH_MAX are the most, and returns how many of them were
 * of blocks that never entered the table.  Not for a model of samples, or one that notes
 * where blocks begin and end. */
unsigned young_fold(struct model *model, struct nursery *nursery,
		    const struct model_event *events, unsigned n);

#endif
