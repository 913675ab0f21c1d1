/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LOOKED_H
#define TRACER_HEAP_TALLY_LOOKED_H
/* What a look at the heap found, by rows of the snapshot that was frozen with it
 * (share/doc/HEAP.md). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What it found of blocks that have something in common: bytes and blocks. */
struct look_figures {
	uint64_t garbage, garbage_blocks;       /* unreachable, no other points there */
	uint64_t indirect, indirect_blocks;     /* unreachable, such blocks point there */
	uint64_t inside, inside_blocks;         /* held by pointers to the inside alone */
	uint64_t pins;                          /* bytes of pages that these blocks pin */
	uint64_t pinning;                       /* live bytes there, of all rows */
};

struct snapshot_look {
	uint64_t pause;                 /* ns that the program stood */
	uint64_t copied, unread;        /* bytes of its memory; unread: that could not be read,
					 * so what is called unreachable may be held from there */
	struct look_figures *rows;      /* of each row of the snapshot */
	struct look_types *types;       /* what its blocks are; NULL: nobody knows */
	uint32_t *type_of_row;          /* where rows are of one type each: its number; else NULL */
	bool *own;                      /* there: whether its stack has (nearly) no other blocks */
	uint32_t *whole_of_row;         /* the same: the row that it is a part of, and how many */
	size_t wholes_length;           /* those were */
	bool sizes_alone;               /* they are of one holder or arena each instead, and
					 * nothing else is known of them */
	struct look_arenas *arenas;     /* malloc's; NULL: nobody knows, or it is not glibc's */
	struct look_held *held;         /* who holds them; NULL: nobody knows */
};

/* Whether a look found out what would be free without whom (NULL: there was none). */
bool look_retains(const struct snapshot_look *look);
/* A look with zeroes for so many rows; NULL: out of memory. */
struct snapshot_look *snapshot_look_new(size_t rows);
/* NULL is allowed. */
void snapshot_look_free(struct snapshot_look *look);
void look_figures_add(struct look_figures *to, const struct look_figures *from);

#endif
