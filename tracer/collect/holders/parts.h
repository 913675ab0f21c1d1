/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_HOLDERS_PARTS_H
#define TRACER_COLLECT_HOLDERS_PARTS_H
/* Adds up what a look found, block by block, by the rows of its snapshot. */
#include "tracer/collect/look/paged.h"
#include "tracer/collect/look/typed.h"
#include "tracer/heap/tally/look_types.h"

/* Says which row a trace's blocks belong to: indexed by the graph's traces; UINT32_MAX:
 * none. */
struct parts_question {
	const struct graph *graph;      /* after marking */
	const uint32_t *rows;
	const struct typed *typed;
};

#define PARTS_NONE UINT32_MAX

/* Adds each block's state to its row. */
void parts_states(const struct parts_question *question, struct snapshot_look *look);
/* Makes look->types, by rows and types. part_of: gets for each of graph_length's numbers
 * the part that its block belongs to, or PARTS_NONE; NULL: not asked for.  0 or
 * -ENOMEM. */
int parts_find(const struct parts_question *question, struct snapshot_look *look,
	       uint32_t *part_of);
/* Makes look->arenas, by rows and arenas; leaves it NULL if there is none.  0 or
 * -ENOMEM. */
int parts_arenas(const struct parts_question *question, const struct paged *paged,
		 struct snapshot_look *look);

#endif
