/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LOOKED_H
#define TRACER_HEAP_TALLY_LOOKED_H
/* What a look at the heap found, by rows of the snapshot that was frozen with it
 * (share/doc/HEAP.md). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a look found of a group of blocks, in bytes and blocks. */
struct look_figures {
	uint64_t garbage, garbage_blocks;       /* unreachable, and no other block points
						 * there */
	uint64_t indirect, indirect_blocks;     /* unreachable, but other such blocks
						 * point there */
	uint64_t cycles;                        /* of the indirect bytes, those that only
						 * blocks which hold each other hold */
	uint64_t inside, inside_blocks;         /* held only by pointers into their
						 * middle */
	uint64_t pins;                          /* bytes of pages that these blocks pin */
	uint64_t pinning;                       /* live bytes on those pages, of all
						 * rows */
};

struct snapshot_look {
	uint64_t pause;                 /* nanoseconds for which the program was
					 * stopped */
	uint64_t copied, unread;        /* bytes of the program's memory that were copied,
					 * and that could not be read: blocks that are
					 * called unreachable may be held from there */
	struct look_figures *rows;      /* by row of the snapshot */
	struct look_types *types;       /* what the blocks are; NULL: not known */
	uint32_t *type_of_row;          /* if each row is of one type: that type's number;
					 * else NULL */
	bool *own;                      /* likewise: whether its stack has (nearly) no
					 * blocks of other types */
	uint32_t *whole_of_row;         /* likewise: the row of which this row is a part,
					 * ... */
	size_t wholes_length;           /* ... and how many such rows there were */
	bool sizes_alone;               /* each row is of one holder or arena instead, of
					 * which nothing but sizes is known */
	struct look_arenas *arenas;     /* malloc's arenas; NULL: not known, or it is not
					 * glibc's malloc */
	struct look_held *held;         /* who holds the blocks; NULL: not known */
};

/* Whether a look found out what would be freed without each holder; false for NULL. */
bool look_retains(const struct snapshot_look *look);
/* A new look whose figures are all 0, for so many rows.  NULL: out of memory. */
struct snapshot_look *snapshot_look_new(size_t rows);
/* NULL is allowed. */
void snapshot_look_free(struct snapshot_look *look);
void look_figures_add(struct look_figures *to, const struct look_figures *from);

#endif
