/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LOOK_TYPES_H
#define TRACER_HEAP_TALLY_LOOK_TYPES_H
/* What the blocks of a snapshot's rows are, as a look at the heap found: one part for
 * each pair (row, type), so that the parts of a row add up to all its blocks. */
#include "tracer/ground/finder.h"
#include "tracer/heap/tally/looked.h"

#define LOOK_NO_TYPE 0u

struct look_part {
	uint32_t row, type;             /* of the snapshot; LOOK_NO_TYPE: type not
					 * known */
	uint64_t size, count;           /* live bytes and blocks */
	struct look_figures look;       /* `pins` and `pinning` are not set */
};

struct look_types {
	char **names;                   /* by type number; [0] is "-" */
	size_t names_length, names_room;
	struct finder by_name;
	struct look_part *parts;
	size_t parts_length, parts_room;
	struct finder by_row;           /* index of the part + 1, by row and type */
};

/* NULL: out of memory. */
struct look_types *look_types_new(void);
/* NULL is allowed. */
void look_types_free(struct look_types *types);
/* The number of a type, which is added if it is new; UINT32_MAX: out of memory. */
uint32_t look_types_name(struct look_types *types, const char *name);
/* The part of a row's blocks that are of a type; it is added if it is new.  Valid until
 * the next call.  NULL: out of memory. */
struct look_part *look_types_part(struct look_types *types, uint32_t row, uint32_t type);

#endif
