/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_CHANGE_H
#define TRACER_HEAP_HISTORY_CHANGE_H
/*
 * By how much the figures of a (trace, thread, domain) changed, and lists of such as
 * bytes, about 5 to 10 each.  A list is in ascending order, each key once.  An entry is
 *
 *	varint	trace, minus that of the entry before (the first one: minus 0)
 *	byte	what follows, and in which order: 1 thread, 2 domain, 4 size, 8 count,
 *		16 allocations, 32 total
 *	varint	each of these; the last four may be negative: (n << 1) ^ (n >> 63)
 *
 * Thread and domain that do not follow are those of the entry before (at first 0), size
 * and count are 0, allocations as many as count, and total as much as size.  A varint has
 * seven bits a byte, the lowest first; 128 says that another one follows.
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

/* Bytes in memory of their owner's; zero-initialise, free `of`. */
struct bytes {
	uint8_t *of;
	size_t length, room;
};

/* Room for `more` bytes behind those that there are.  False: out of memory. */
bool bytes_room(struct bytes *bytes, size_t more);
/* At the end, where there is room for VARINT_MAX. */
#define VARINT_MAX 10u
void bytes_varint(struct bytes *bytes, uint64_t value);

/* Into the order of a list; those of one key are added up, and what adds up to nothing
 * is left out.  How many are left, or SIZE_MAX: out of memory. */
size_t changes_order(struct change *changes, size_t length);
/* Appends an ordered list.  False: out of memory. */
bool changes_encode(const struct change *changes, size_t length, struct bytes *bytes);

/* Reads a list that may come from anywhere. */
struct change_reader {
	const uint8_t *at, *end;
	struct change last;             /* that was read; its figures mean nothing */
	bool begun, bad;                /* bad: it is no such list; nothing more is read */
};

static inline struct change_reader change_reader(const uint8_t *bytes, size_t length)
{
	return (struct change_reader){ .at = bytes, .end = bytes + length };
}
/* False: that was the last one, or the list is bad. */
bool change_next(struct change_reader *reader, struct change *change);
/* A number; 0 and `bad` where there is none. */
uint64_t change_varint(struct change_reader *reader);

/* The key as one number, in the order of lists. */
static inline uint64_t change_key(const struct change *change)
{
	return (uint64_t)change->trace << 32 | (uint32_t)change->thread << 16 | change->domain;
}

static inline bool change_is_none(const struct change *change)
{
	return !(change->by[0] | change->by[1] | change->by[2] | change->by[3]);
}

/* Adds, or with -1 takes away; numbers from anywhere may wrap around. */
static inline void change_add(struct change *to, const struct change *from, int sign)
{
	for (unsigned i = 0; i < CHANGE_FIGURES; i++)
		to->by[i] = (int64_t)((uint64_t)to->by[i] +
				      (uint64_t)from->by[i] * (uint64_t)(int64_t)sign);
}

#endif
