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
	uint32_t pieces;                /* in the table or held; 0: this place is free... */
	uint32_t next;                  /* ...and so is that one, less 1 */
	uint32_t birth;                 /* the tick that it began in */
};

struct ranges {
	struct range *pieces;
	size_t length, room;
	struct mapping *mappings;
	size_t mappings_room;
	uint32_t mappings_length;
	uint32_t free;                  /* + 1; 0: none */
};

/* On a zeroed struct; this ends it. */
void ranges_free(struct ranges *ranges);

/* A new mapping, all in one piece, where no piece may be; it is the caller's to
 * say its size.  0 or -ENOMEM. */
int ranges_add(struct ranges *ranges, uint64_t start, uint64_t end, uint32_t *mapping);

/* Takes the lowest part of [start, end) that is mapped out of the table into
 * *piece, which keeps its mapping alive.  1, 0 (nothing there), or -ENOMEM. */
int ranges_take(struct ranges *ranges, uint64_t start, uint64_t end, struct range *piece);
/* Puts such a piece back.  0, -ENOMEM, or -EINVAL: others are there by now. */
int ranges_put(struct ranges *ranges, const struct range *piece);
/* Such a piece will not come back. */
void ranges_drop(struct ranges *ranges, const struct range *piece);

/* Mappings of one tally are another's. */
void ranges_rebook(struct ranges *ranges, uint32_t from, uint32_t to);
/* `to`, zeroed, becomes a copy.  0 or -ENOMEM. */
int ranges_copy(struct ranges *to, const struct ranges *from);
uint64_t ranges_bytes(const struct ranges *ranges);

#endif
