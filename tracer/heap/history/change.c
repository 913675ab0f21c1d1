/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of changes.  They are sorted digit by digit (radix sort), because comparisons
 * would take most of the time that it takes to sort a hundred thousand of them. */
#include "tracer/heap/history/change.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"

#define DIGIT 256u
#define GIVEN(figure) (4u << (figure))
#define THREAD 1u
#define DOMAIN 2u
#define ENTRY_MAX (7 * VARINT_MAX + 1)

bool bytes_room(struct bytes *bytes, size_t more)
{
	return array_grow(&bytes->of, &bytes->room, bytes->length + more, 1);
}

void bytes_varint(struct bytes *bytes, uint64_t value)
{
	for (; value > 127; value >>= 7)
		bytes->of[bytes->length++] = (uint8_t)(value | 128);
	bytes->of[bytes->length++] = (uint8_t)value;
}

static size_t fold_equal(struct change *changes, size_t length)
{
	size_t kept = 0;

	for (size_t i = 0; i < length; i++) {
		if (kept && change_key(&changes[kept - 1]) == change_key(&changes[i])) {
			change_add(&changes[kept - 1], &changes[i], 1);
			continue;
		}
		kept -= kept && change_is_none(&changes[kept - 1]);
		changes[kept++] = changes[i];
	}
	return kept - (kept && change_is_none(&changes[kept - 1]));
}

/* Sorts by one digit, from `from` to `to`.  False: all keys have the same digit, and
 * nothing was done. */
static bool order_digit(const struct change *from, struct change *to, size_t length,
		       unsigned shift)
{
	size_t at[DIGIT] = { 0 }, sum = 0;

	for (size_t i = 0; i < length; i++)
		at[change_key(&from[i]) >> shift & (DIGIT - 1)]++;
	if (at[change_key(&from[0]) >> shift & (DIGIT - 1)] == length)
		return false;
	for (unsigned i = 0; i < DIGIT; i++) {
		size_t n = at[i];

		at[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < length; i++)
		to[at[change_key(&from[i]) >> shift & (DIGIT - 1)]++] = from[i];
	return true;
}

/* Those of stacks that are all new are in order already, as stacks are numbered as they
 * come. */
static bool in_order(const struct change *changes, size_t length)
{
	for (size_t i = 1; i < length; i++)
		if (change_key(&changes[i - 1]) > change_key(&changes[i]))
			return false;
	return true;
}

size_t changes_order(struct change *changes, size_t length)
{
	struct change *other, *from = changes, *to;

	if (in_order(changes, length))
		return fold_equal(changes, length);
	other = to = large_malloc(length * sizeof(*other));
	if (!other)
		return SIZE_MAX;
	for (unsigned shift = 0; shift < 64; shift += 8) {
		if (!order_digit(from, to, length, shift))
			continue;
		struct change *sorted = to;

		to = from;
		from = sorted;
	}
	if (from != changes)
		memcpy(changes, from, length * sizeof(*changes));
	free(other);
	return fold_equal(changes, length);
}

static uint64_t to_unsigned(int64_t value)
{
	return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t to_signed(uint64_t value)
{
	return (int64_t)(value >> 1 ^ -(value & 1));
}

static unsigned figures_given(const struct change *change)
{
	const int64_t *by = change->by;

	return (by[CHANGE_SIZE] ? GIVEN(CHANGE_SIZE) : 0) |
	       (by[CHANGE_COUNT] ? GIVEN(CHANGE_COUNT) : 0) |
	       (by[CHANGE_ALLOCATIONS] != by[CHANGE_COUNT] ? GIVEN(CHANGE_ALLOCATIONS) : 0) |
	       (by[CHANGE_TOTAL] != by[CHANGE_SIZE] ? GIVEN(CHANGE_TOTAL) : 0);
}

bool change_list_put(struct change_list *list, const struct change *change)
{
	struct bytes *bytes = &list->bytes;
	unsigned given = figures_given(change) |
			 (change->thread != list->last.thread ? THREAD : 0) |
			 (change->domain != list->last.domain ? DOMAIN : 0);

	if (bytes->room - bytes->length < ENTRY_MAX && !bytes_room(bytes, ENTRY_MAX))
		return false;
	bytes_varint(bytes, change->trace - list->last.trace);
	bytes->of[bytes->length++] = (uint8_t)given;
	if (given & THREAD)
		bytes_varint(bytes, change->thread);
	if (given & DOMAIN)
		bytes_varint(bytes, change->domain);
	for (unsigned k = 0; k < CHANGE_FIGURES; k++)
		if (given & GIVEN(k))
			bytes_varint(bytes, to_unsigned(change->by[k]));
	list->last = *change;
	list->length++;
	return true;
}

bool changes_encode(const struct change *changes, size_t length, struct bytes *bytes)
{
	struct change_list list = { .bytes = *bytes };
	bool fine = true;

	for (size_t i = 0; i < length && fine; i++)
		fine = change_list_put(&list, &changes[i]);
	*bytes = list.bytes;
	return fine;
}

bool change_list_merge(struct change_list *list, const struct change *changes, size_t length,
		       const struct change_list *other)
{
	struct change_reader reader = change_reader(other->bytes.of, other->bytes.length);
	struct change next = { 0 };
	bool more = change_next(&reader, &next), fine = true;
	size_t i = 0;

	while (fine && (more || i < length)) {
		if (!more || (i < length && change_key(&changes[i]) < change_key(&next))) {
			fine = change_list_put(list, &changes[i++]);
			continue;
		}
		if (i < length && change_key(&changes[i]) == change_key(&next))
			change_add(&next, &changes[i++], 1);
		if (!change_is_none(&next))
			fine = change_list_put(list, &next);
		more = change_next(&reader, &next);
	}
	return fine;
}

uint64_t change_varint(struct change_reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; reader->at < reader->end && shift < 64; shift += 7) {
		uint8_t byte = *reader->at++;

		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
	reader->bad = true;
	return 0;
}

/* Reads a number that must be at most `max`. */
static uint64_t varint_below(struct change_reader *reader, uint64_t max)
{
	uint64_t value = change_varint(reader);

	reader->bad |= value > max;
	return value;
}

static void read_figures(struct change_reader *reader, unsigned given,
			 int64_t by[CHANGE_FIGURES])
{
	for (unsigned k = 0; k < CHANGE_FIGURES; k++)
		by[k] = given & GIVEN(k) ? to_signed(change_varint(reader)) :
			k < CHANGE_ALLOCATIONS ? 0 : by[k == CHANGE_TOTAL ? CHANGE_SIZE : CHANGE_COUNT];
}

bool change_next(struct change_reader *reader, struct change *change)
{
	uint64_t before = change_key(&reader->last);
	struct change *last = &reader->last;

	if (reader->bad || reader->at == reader->end)
		return false;
	last->trace += (uint32_t)varint_below(reader, UINT32_MAX - last->trace);
	if (reader->at == reader->end)
		reader->bad = true;
	if (reader->bad)
		return false;
	unsigned given = *reader->at++;

	if (given & THREAD)
		last->thread = (uint16_t)varint_below(reader, UINT16_MAX);
	if (given & DOMAIN)
		last->domain = (uint16_t)varint_below(reader, UINT16_MAX);
	read_figures(reader, given, last->by);
	reader->bad |= given > 63 || (reader->begun && change_key(last) <= before);
	reader->begun = true;
	*change = *last;
	return !reader->bad;
}
