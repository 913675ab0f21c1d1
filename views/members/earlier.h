/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_EARLIER_H
#define VIEWS_MEMBERS_EARLIER_H
/* What a snapshot's rows held at an earlier moment, from which rates are told. */
#include "tracer/ground/finder.h"
#include "tracer/heap/snapshot.h"

struct earlier {
	const struct snapshot *of;      /* borrowed; NULL: there is none */
	size_t next;                    /* its rows up to here were found, or are gone; with an
					 * index: how many were found */
	struct finder index;            /* by stack, thread and domain, where orders differ */
};

/* On a zeroed struct; rows of `now` are to be asked for in their order.  False: out of
 * memory; earlier_free it all the same. */
bool earlier_begin(struct earlier *earlier, const struct snapshot *of,
		   const struct snapshot *now);
/* Bytes of the same stack, thread and domain at that moment; 0: it was not there. */
uint64_t earlier_size(struct earlier *earlier, const struct snapshot_row *row);
/* After all rows: so many of the earlier moment are gone that the program has cleared its
 * figures in between, and the difference tells no rate. */
bool earlier_cleared(const struct earlier *earlier);
void earlier_free(struct earlier *earlier);

#endif
