/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sorted array.  A system call stands behind each change, and by default the kernel
 * allows 65,530 mappings, so moving the rest of the array costs little in comparison. */
#include "tracer/heap/live/ranges.h"
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void ranges_free(struct ranges *ranges)
{
	free(ranges->pieces);
	free(ranges->mappings);
	*ranges = (struct ranges){ 0 };
}

/* The first piece that ends above `address`. */
static size_t ranges_find(const struct ranges *ranges, uint64_t address)
{
	size_t at;

	BISECT(at, ranges->length, ranges->pieces[at].end <= address);
	return at;
}

#define PIECES_MAX ((size_t)1 << 18)    /* a bound on what a target can make us keep;
					 * kernels are hardly ever told to allow more */

static int reserve_piece(struct ranges *ranges)
{
	return ranges->length < PIECES_MAX &&
	       array_grow(&ranges->pieces, &ranges->room, ranges->length + 1,
			  sizeof(*ranges->pieces)) ? 0 : -ENOMEM;
}

static void ranges_insert(struct ranges *ranges, size_t at, const struct range *piece)
{
	memmove(&ranges->pieces[at + 1], &ranges->pieces[at],
		(ranges->length - at) * sizeof(*ranges->pieces));
	ranges->pieces[at] = *piece;
	ranges->length++;
}

static void take_out(struct ranges *ranges, size_t at)
{
	ranges->length--;
	memmove(&ranges->pieces[at], &ranges->pieces[at + 1],
		(ranges->length - at) * sizeof(*ranges->pieces));
}

static int take_mapping(struct ranges *ranges, uint32_t *mapping)
{
	if (ranges->free) {
		*mapping = ranges->free - 1;
		ranges->free = ranges->mappings[*mapping].next;
		return 0;
	}
	if (ranges->mappings_length == UINT32_MAX ||
	    !array_grow(&ranges->mappings, &ranges->mappings_room, ranges->mappings_length + 1u,
			sizeof(*ranges->mappings)))
		return -ENOMEM;
	*mapping = ranges->mappings_length++;
	return 0;
}

static bool ranges_is_free(const struct ranges *ranges, size_t at, uint64_t end)
{
	return at == ranges->length || ranges->pieces[at].start >= end;
}

int ranges_add(struct ranges *ranges, uint64_t start, uint64_t end, uint32_t *mapping)
{
	size_t at = ranges_find(ranges, start);
	struct range piece = { .start = start, .end = end };

	assert(start < end && ranges_is_free(ranges, at, end));
	if (reserve_piece(ranges) || take_mapping(ranges, &piece.mapping))
		return -ENOMEM;
	ranges->mappings[piece.mapping] = (struct mapping){ .address = start, .pieces = 1 };
	ranges_insert(ranges, at, &piece);
	*mapping = piece.mapping;
	return 0;
}

int ranges_take(struct ranges *ranges, uint64_t start, uint64_t end, struct range *piece)
{
	size_t at = ranges_find(ranges, start);

	if (ranges_is_free(ranges, at, end))
		return 0;
	if (reserve_piece(ranges))
		return -ENOMEM;
	struct range *whole = &ranges->pieces[at], rest = *whole;

	*piece = *whole;
	piece->start = whole->start > start ? whole->start : start;
	piece->end = whole->end < end ? whole->end : end;
	if (piece->start > whole->start && piece->end < whole->end) {
		ranges->mappings[piece->mapping].pieces += 2;
		whole->end = piece->start;
		rest.start = piece->end;
		ranges_insert(ranges, at + 1, &rest);
	} else if (piece->start > whole->start) {
		ranges->mappings[piece->mapping].pieces++;
		whole->end = piece->start;
	} else if (piece->end < whole->end) {
		ranges->mappings[piece->mapping].pieces++;
		whole->start = piece->end;
	} else {
		take_out(ranges, at);
	}
	return 1;
}

int ranges_put(struct ranges *ranges, const struct range *piece)
{
	size_t at = ranges_find(ranges, piece->start);

	if (!ranges_is_free(ranges, at, piece->end))
		return -EINVAL;
	if (reserve_piece(ranges))
		return -ENOMEM;
	ranges_insert(ranges, at, piece);
	return 0;
}

void ranges_drop(struct ranges *ranges, const struct range *piece)
{
	struct mapping *mapping = &ranges->mappings[piece->mapping];

	assert(mapping->pieces);
	if (--mapping->pieces)
		return;
	mapping->next = ranges->free;
	ranges->free = piece->mapping + 1;
}

void ranges_rebook(struct ranges *ranges, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < ranges->mappings_length; i++)
		if (ranges->mappings[i].pieces && ranges->mappings[i].tally == from)
			ranges->mappings[i].tally = to;
}

static void *copy(const void *from, size_t bytes)
{
	void *to = malloc(bytes ? bytes : 1);

	if (to && bytes)
		memcpy(to, from, bytes);
	return to;
}

int ranges_copy(struct ranges *to, const struct ranges *from)
{
	*to = *from;
	to->room = from->length;
	to->mappings_room = from->mappings_length;
	to->pieces = copy(from->pieces, from->length * sizeof(*from->pieces));
	to->mappings = copy(from->mappings,
			    from->mappings_length * sizeof(*from->mappings));
	if (to->pieces && to->mappings)
		return 0;
	ranges_free(to);
	return -ENOMEM;
}

uint64_t ranges_bytes(const struct ranges *ranges)
{
	return ranges->room * sizeof(*ranges->pieces) +
	       ranges->mappings_room * sizeof(*ranges->mappings);
}
