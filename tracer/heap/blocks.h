/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_BLOCKS_H
#define TRACER_HEAP_BLOCKS_H
/* The live blocks of a model one by one, for a look at the heap (share/doc/HEAP.md). */
#include "tracer/heap/model.h"

/* A live block, and whose it is: `tally` numbers (trace, thread, domain), below
 * model_rows; see model_owner. */
struct model_block {
	uint64_t address, size;
	uint32_t tally;
};
struct model_owner {
	struct trace_id trace;
	uint16_t thread, domain;        /* as in struct snapshot_row */
};

/* Shows each live block once, malloc's and Python's first, then each of the program's own
 * domains; in no order.  Mappings (--mmap) are no blocks.  What `show` returns other
 * than 0 ends it, and is returned. */
int model_blocks(const struct model *model,
		 int (*show)(void *user, const struct model_block *block), void *user);
/* From now on notes the memory that blocks leave, and where they begin; or does so no
 * longer. */
void model_watch_stirred(struct model *model, bool on);
void model_note_stirred(struct model *model, uint64_t address, uint64_t size);
/* Shows it, as stirred_each does (tracer/heap/live/stirred.h). */
int model_stirred(struct model *model,
		  int (*show)(void *user, uint64_t address, uint64_t size), void *user);
/* Of a snapshot that was frozen right now: in which of its rows the blocks of each tally
 * count, in rows[model_rows]; UINT32_MAX: in none. */
void model_rows_of(const struct model *model, const struct snapshot *snapshot,
		   uint32_t *rows);
/* Whose the blocks of a tally are. */
struct model_owner model_owner(const struct model *model, uint32_t tally);

#endif
