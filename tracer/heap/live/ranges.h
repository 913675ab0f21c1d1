/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_RANGES_H
#define TRACER_HEAP_LIVE_RANGES_H
/*
 * What mmap gave out: pieces of address space, sorted, none over another.
 *
 *	pieces     [0x1000 .. 0x3000)  [0x5000 .. 0x6000)  [0x6000 .. 0x9000)
 *	mapping           0                    0                   1
 *
 * A block of malloc's ends as a whole; of a mapping any part may go.  A hole
 * makes two pieces of one, and a mapping ends with its last piece.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t start, end;            /* bytes [start, end) */
	uint32_t mapping;
};

struct mapping {
	uint64_t address;               /* where it began */
	uint64_t size;                  /* bytes of it that are mapped now */
	uint32_t tally;
	uint32_t pieces;                /* pieces of it in the table or taken out; 0: this
					 * slot is free... */
	uint32_t next;                  /* ...and this is the next free slot + 1 */
	uint32_t birth;                 /* the tick in which it began */
};

struct ranges {
	struct range *pieces;
	size_t length, room;
	struct mapping *mappings;
	size_t mappings_room;
	uint32_t mappings_length;
	uint32_t free;                  /* index of the first free slot + 1; 0: none */
};

/* On a zeroed struct; this ends it. */
void ranges_free(struct ranges *ranges);

/* Adds a new mapping as one piece, where there must be no piece yet; the caller sets its
 * size.  0 or -ENOMEM. */
int ranges_add(struct ranges *ranges, uint64_t start, uint64_t end, uint32_t *mapping);

/* Takes the lowest piece within [start, end) out of the table into *piece, which keeps
 * its mapping alive.  Returns 1, 0 (there is none), or -ENOMEM. */
int ranges_take(struct ranges *ranges, uint64_t start, uint64_t end, struct range *piece);
/* Puts back a piece that was taken out.  0, -ENOMEM, or -EINVAL: others stand there by
 * now. */
int ranges_put(struct ranges *ranges, const struct range *piece);
/* Forgets a piece that was taken out and will not come back. */
void ranges_drop(struct ranges *ranges, const struct range *piece);

/* Books all mappings of tally `from` under tally `to`. */
void ranges_rebook(struct ranges *ranges, uint32_t from, uint32_t to);
/* Makes `to`, which is zeroed, a copy.  0 or -ENOMEM. */
int ranges_copy(struct ranges *to, const struct ranges *from);
uint64_t ranges_bytes(const struct ranges *ranges);

#endif
