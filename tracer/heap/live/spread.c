/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/live/spread.h"

#include <assert.h>

unsigned spread_length(const struct spread *spread)
{
	return machine_count_bits(spread->bits);
}

void spread_read(struct spread *spread, uint32_t *span)
{
	spread->bits = live_bits(span);
	for (unsigned i = 0, length = spread_length(spread); i < length; i++)
		spread->entries[i] = live_read(span, live_slot(span, i));
}

/* The entry of a block that has not ended; 0: there is none. */
static uint64_t spread_any(const struct spread *spread)
{
	for (unsigned i = 0, length = spread_length(spread); i < length; i++)
		if (live_entry_lives(spread->entries[i]))
			return spread->entries[i];
	return 0;
}

void spread_write(const struct spread *spread, uint32_t *span)
{
	uint64_t any = spread_any(spread), head = live_head(span) & LIVE_SIZE_MASK;

	assert(spread_length(spread) <= live_room(span));
	live_set_bits(span, spread->bits);
	if (any)
		live_set_head(span, (any & ~LIVE_SIZE_MASK) | head);
	for (unsigned i = 0, length = spread_length(spread); i < length; i++) {
		unsigned char *slot = live_slot(span, i);

		if (live_entry_lives(spread->entries[i]))
			live_write(span, slot, spread->entries[i]);
		else
			live_slot_end(slot);
	}
}

void spread_set(struct spread *spread, unsigned digit, uint64_t entry)
{
	unsigned rank = live_rank(spread->bits, digit);
	uint64_t *at = &spread->entries[rank];

	if (!(spread->bits >> digit & 1))
		memmove(at + 1, at, (spread_length(spread) - rank) * sizeof(*at));
	spread->bits |= UINT64_C(1) << digit;
	*at = entry;
}

unsigned spread_tidy(struct spread *spread)
{
	unsigned length = spread_length(spread), kept = 0;
	uint64_t bits = spread->bits;

	spread->bits = 0;
	for (unsigned i = 0; i < length; i++, bits &= bits - 1)
		if (live_entry_lives(spread->entries[i])) {
			spread->bits |= bits & -bits;
			spread->entries[kept++] = spread->entries[i];
		}
	return length - kept;
}

enum live_width spread_width(const struct spread *spread)
{
	uint64_t any = spread_any(spread), differs = 0;

	for (unsigned i = 0, length = spread_length(spread); i < length; i++)
		if (live_entry_lives(spread->entries[i]))
			differs |= spread->entries[i] ^ any;
	return differs >> 32 ? LIVE_WHOLE : differs >> 16 ? LIVE_HALVES : LIVE_SIZES;
}

unsigned spread_room(unsigned entries, enum live_width width)
{
	unsigned least = 4u >> width;
	unsigned step = entries <= 2 ? 1 : entries <= 16 ? 2 : entries <= 32 ? 4 : 8;

	if (step < least)
		step = least;
	return (entries + step - 1) & ~(step - 1);
}

unsigned spread_units(unsigned room, enum live_width width)
{
	const unsigned words = LIVE_ENTRIES + (room << width) / 2;

	return (words + LIVE_UNIT - 1) / LIVE_UNIT;
}

enum live_width spread_widest(unsigned entries, enum live_width width)
{
	unsigned units = spread_units(spread_room(entries, width), width);

	while (width < LIVE_WHOLE &&
	       spread_units(spread_room(entries, width + 1), width + 1) <= units)
		width++;
	return width;
}
