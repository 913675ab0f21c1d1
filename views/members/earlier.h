/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_EARLIER_H
#define VIEWS_MEMBERS_EARLIER_H
/* What the rows of a snapshot held at an earlier moment; their rates are computed from
 * this. */
#include "tracer/ground/finder.h"
#include "tracer/heap/snapshot.h"

struct earlier {
	const struct snapshot *of;      /* borrowed; NULL: there is none */
	size_t next;                    /* the rows before this one have been found or are
					 * missing now; with an index: how many have been
					 * found */
	struct finder index;            /* by stack, thread and domain; used where the
					 * orders differ */
};

/* Begins on a zeroed struct.  The rows of `now` must then be asked for in their order.
 * False: out of memory; call earlier_free even then. */
bool earlier_begin(struct earlier *earlier, const struct snapshot *of,
		   const struct snapshot *now);
/* The bytes of the same stack, thread and domain at the earlier moment; 0: there were
 * none. */
uint64_t earlier_size(struct earlier *earlier, const struct snapshot_row *row);
/* To be asked after all rows.  True if so many rows of the earlier moment are missing
 * that the program must have cleared its figures in between, so that the difference gives
 * no rate. */
bool earlier_cleared(const struct earlier *earlier);
void earlier_free(struct earlier *earlier);

#endif
