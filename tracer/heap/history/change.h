/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_CHANGE_H
#define TRACER_HEAP_HISTORY_CHANGE_H
/*
 * By how much the figures of a (trace, thread, domain) changed, and lists of such changes
 * as bytes, about 5 to 10 for each.  A list is in ascending order and has each key once.
 * An entry is
 *
 *	varint	trace, minus that of the entry before (the first one: minus 0)
 *	byte	which of these follow, in this order: 1 thread, 2 domain, 4 size, 8 count,
 *		16 allocations, 32 total
 *	varint	each of these; the last four may be negative: (n << 1) ^ (n >> 63)
 *
 * A thread or domain that does not follow is that of the entry before (at first 0).  A
 * size or count that does not follow is 0, allocations are then as many as count, and
 * total is as much as size.  A varint has seven bits a byte, the lowest first; 128 is set
 * in all bytes but the last.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum change_figure { CHANGE_SIZE, CHANGE_COUNT, CHANGE_ALLOCATIONS, CHANGE_TOTAL,
		     CHANGE_FIGURES };

struct change {
	uint32_t trace;
	uint16_t thread, domain;
	int64_t by[CHANGE_FIGURES];
};

/* Bytes that their owner has in memory; zero-initialise, and free `of`. */
struct bytes {
	uint8_t *of;
	size_t length, room;
};

/* Makes room for `more` bytes at the end.  False: out of memory. */
bool bytes_room(struct bytes *bytes, size_t more);
/* Appends a number; there must be room for VARINT_MAX bytes. */
#define VARINT_MAX 10u
void bytes_varint(struct bytes *bytes, uint64_t value);

/* Sorts changes into the order of a list, adds up those of the same key, and drops those
 * that add up to nothing.  Returns how many are left, or SIZE_MAX: out of memory. */
size_t changes_order(struct change *changes, size_t length);
/* Appends ordered changes as a list.  False: out of memory. */
bool changes_encode(const struct change *changes, size_t length, struct bytes *bytes);

/* A list that is being written.  Zero-initialise, and free its bytes. */
struct change_list {
	struct bytes bytes;
	size_t length;                  /* entries */
	struct change last;
};
/* Appends a change whose key is above all before.  False: out of memory. */
bool change_list_put(struct change_list *list, const struct change *change);
/* Appends ordered changes, and those of another list, to an empty one.  False: out of
 * memory. */
bool change_list_merge(struct change_list *list, const struct change *changes, size_t length,
		       const struct change_list *other);

/* Reads a list that may come from anywhere. */
struct change_reader {
	const uint8_t *at, *end;
	struct change last;             /* the key that was read last; its figures mean
					 * nothing */
	bool begun, bad;                /* bad: it is not a list of changes, and nothing
					 * more is read */
};

static inline struct change_reader change_reader(const uint8_t *bytes, size_t length)
{
	return (struct change_reader){ .at = bytes, .end = bytes + length };
}
/* Reads the next change.  False: there are no more, or the list is bad. */
bool change_next(struct change_reader *reader, struct change *change);
/* Reads a number.  If there is none, returns 0 and sets `bad`. */
uint64_t change_varint(struct change_reader *reader);

/* The key as one number, which sorts like the entries of lists. */
static inline uint64_t change_key(const struct change *change)
{
	return (uint64_t)change->trace << 32 | (uint32_t)change->thread << 16 | change->domain;
}

static inline bool change_is_none(const struct change *change)
{
	return !(change->by[0] | change->by[1] | change->by[2] | change->by[3]);
}

/* Adds a change, or with -1 subtracts it; numbers from anywhere may wrap around. */
static inline void change_add(struct change *to, const struct change *from, int sign)
{
	for (unsigned i = 0; i < CHANGE_FIGURES; i++)
		to->by[i] = (int64_t)((uint64_t)to->by[i] +
				      (uint64_t)from->by[i] * (uint64_t)(int64_t)sign);
}

#endif
