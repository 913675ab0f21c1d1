/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_BLOCKS_H
#define TRACER_HEAP_BLOCKS_H
/* All live blocks of a model, one by one, for a look at the heap (share/doc/HEAP.md). */
#include "tracer/heap/model.h"

/* A live block and its owner: `tally` is the index of its (trace, thread, domain), below
 * model_rows; see model_owner. */
struct model_block {
	uint64_t address, size;
	uint32_t tally;
};
struct model_owner {
	struct trace_id trace;
	uint16_t thread, domain;        /* as in struct snapshot_row */
};

/* Calls show once for each live block, malloc's and Python's first, then each of the
 * program's own domains, otherwise in no order.  Mappings (--mmap) are not blocks.  A
 * result of show other than 0 ends the walk and is returned. */
int model_blocks(const struct model *model,
		 int (*show)(void *user, const struct model_block *block), void *user);
/* Memory that the program mapped itself (--mmap), and by which stack. */
struct model_mapping {
	uint64_t start, end;            /* bytes [start, end) */
	struct trace_id trace;
};
/* Calls show for each such piece of memory, by address.  A result other than 0 ends that
 * and is returned. */
int model_mappings(const struct model *model,
		   int (*show)(void *user, const struct model_mapping *mapping), void *user);
/* Begins, or ends, to note the memory in which blocks end and begin. */
void model_watch_stirred(struct model *model, bool on);
void model_note_stirred(struct model *model, uint64_t address, uint64_t size);
/* Shows that memory, as stirred_each does (tracer/heap/live/stirred.h). */
int model_stirred(struct model *model,
		  int (*show)(void *user, uint64_t address, uint64_t size), void *user);
/* For a snapshot that has just been frozen: sets rows[model_rows] to the index of the row
 * in which each tally's blocks count, or to UINT32_MAX for none. */
void model_rows_of(const struct model *model, const struct snapshot *snapshot,
		   uint32_t *rows);
/* The trace, thread and domain of a tally's blocks. */
struct model_owner model_owner(const struct model *model, uint32_t tally);

#endif
