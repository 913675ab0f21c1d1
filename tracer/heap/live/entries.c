/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory is one piece that grows at its end.  A node or a span that needs more room, or a
 * span whose entries need more bits, moves to a larger piece of it, and leaves its own to
 * others.  Nothing else is given back one by one: when three eighths of the memory are
 * wasted and more is needed, all is packed anew, each span as narrow as its blocks allow.
 * With 5 million blocks that takes 0.1 to 0.3 s, while events wait in their rings.
 *
 * A span becomes wider when a block comes that has not in common what the others have.  So
 * that this is rare, a new span begins with the width that the last blocks before it need;
 * and where no block is left, a later one of another second takes over a narrow span.
 */
#include "tracer/heap/live/entries.h"
#include "tracer/heap/live/quick.h"
#include "tracer/heap/live/spread.h"
#include "tracer/ground/large.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_UNITS 12288u              /* 96 KiB */
#define UNITS_MAX LIVE_NUMBER
#define UNIT_BYTES (LIVE_UNIT * sizeof(uint32_t))
#define HEAD_UNITS (LIVE_ENTRIES / LIVE_UNIT)
#define LAST_ONES 4u                    /* blocks that say how wide the next ones are */
#define SPARSE_MOST 25u                 /* children of a node that is not dense */

static void *resize_by_malloc(void *memory, size_t from, size_t to)
{
	void *piece = to ? aligned_alloc(64, (to + 63) / 64 * 64) : NULL;

	if (piece && !memory)
		large_pages(piece, to);
	if (piece && memory)
		memcpy(piece, memory, from < to ? from : to);
	if (piece || !to)
		free(memory);
	return piece;
}

int entries_resize(struct live *live, uint64_t units)
{
	size_t from = live->room * UNIT_BYTES, to = units * UNIT_BYTES;

	if (units > UNITS_MAX)
		return -ENOMEM;
	if (to > from && !budget_take(live->memory.budget, to - from))
		return -ENOMEM;
	void *words = live->memory.resize ?
		      live->memory.resize(live->memory.user, live->words, from, to) :
		      resize_by_malloc(live->words, from, to);

	if (!words && to) {
		budget_give(live->memory.budget, to > from ? to - from : 0);
		return -ENOMEM;
	}
	budget_give(live->memory.budget, from > to ? from - to : 0);
	live->words = words;
	live->room = (uint32_t)units;
	if (!from && to) {
		memset(words, 0, UNIT_BYTES);
		live->top = 1;
	}
	return 0;
}

uint64_t entries_wasted_units(const struct live *live)
{
	uint64_t ended = live->entries - live->blocks;

	if (ended)
		ended = ended * live->places_units / live->places;
	return live->spare_units + ended;
}

static int entries_grow(struct live *live)
{
	uint64_t more = live->room / 16 > LEAST_UNITS ? live->room / 16 : LEAST_UNITS;

	if (entries_wasted_units(live) > live->room / 8 * 3 && !entries_pack(live) &&
	    live->room - live->top >= LIVE_RESERVE)
		return 0;
	/* At a limit nothing is packed for less: each block that is refused would take as long as
	 * all of it, and a copy of all is beyond the limit. */
	if (entries_resize(live, live->room + more) &&
	    entries_resize(live, live->room + UINT64_C(2) * LIVE_RESERVE))
		return -ENOMEM;
	return 0;
}

int entries_reserve(struct live *live)
{
	if (__builtin_expect(live->room - live->top >= LIVE_RESERVE, 1))
		return 0;
	return entries_grow(live);
}

static void leave_piece(struct live *live, uint32_t unit, uint32_t units)
{
	*live_piece(live, unit) = live->spare[units];
	live->spare[units] = unit;
	live->spare_units += units;
}

/* A piece of so many units, of which there are enough (entries_reserve). */
static uint32_t new_piece(struct live *live, uint32_t units)
{
	uint32_t unit = live->spare[units];

	assert(units < LIVE_PIECES);
	if (unit) {
		live->spare[units] = *live_piece(live, unit);
		live->spare_units -= units;
		return unit;
	}
	unit = live->top;
	live->top += units;
	assert(live->top <= live->room);
	return unit;
}

/* ---- nodes ------------------------------------------------------------------- */

/* From here on memory does not move (entries_reserve), so pointers into it stay good; but nodes
 * and spans do, and *at, what refers to one, is set anew. */
static unsigned node_units(unsigned room)
{
	return (LIVE_CHILDREN + room + LIVE_UNIT - 1) / LIVE_UNIT;
}

static uint32_t node_new(struct live *live)
{
	const uint32_t room = 3;
	uint32_t node = new_piece(live, node_units(room));
	uint32_t *piece = live_piece(live, node);

	live_set_bits(piece, 0);
	piece[2] = room;
	return node;
}

/* Moves a node, to which `at` refers, to a piece with twice the room, or to a dense one. */
static void node_grow(struct live *live, uint32_t *at)
{
	uint32_t had = live_piece(live, *at)[2], room = had * 2 + 1;
	bool dense = had == SPARSE_MOST;

	if (room > SPARSE_MOST)
		room = dense ? SPAN_PLACES : SPARSE_MOST;
	uint32_t node = new_piece(live, node_units(room));
	const uint32_t *from = live_piece(live, *at);
	uint32_t *to = live_piece(live, node);

	memcpy(to, from, (LIVE_CHILDREN + (dense ? 0 : had)) * sizeof(*to));
	to[2] = room;
	if (dense)
		memset(&to[LIVE_CHILDREN], 0, SPAN_PLACES * sizeof(*to));
	for (uint64_t bits = dense ? live_bits(from) : 0; bits; bits &= bits - 1)
		to[LIVE_CHILDREN + (unsigned)__builtin_ctzll(bits)] = *(from++ + LIVE_CHILDREN);
	leave_piece(live, *at & LIVE_NUMBER, node_units(had));
	*at = node | (dense ? LIVE_DENSE : 0);
}

/* What refers to this child of the node to which `at` refers; 0 is written there if it is
 * a new one. */
static uint32_t *node_make_child(struct live *live, uint32_t *at, unsigned digit)
{
	if (!*at)
		*at = node_new(live);
	uint32_t *piece = live_piece(live, *at), *child;
	uint64_t bits = live_bits(piece);

	if (!(bits >> digit & 1) && machine_count_bits(bits) == piece[2]) {
		node_grow(live, at);
		piece = live_piece(live, *at);
	}
	if (*at & LIVE_DENSE) {
		child = &piece[LIVE_CHILDREN + digit];
	} else {
		child = &piece[LIVE_CHILDREN + live_rank(bits, digit)];
		if (!(bits >> digit & 1))
			memmove(child + 1, child, (machine_count_bits(bits) - live_rank(bits, digit)) *
						  sizeof(*child));
	}
	if (!(bits >> digit & 1))
		*child = 0;
	live_set_bits(piece, bits | UINT64_C(1) << digit);
	return child;
}

static void note_region(struct live *live, uint64_t key, uint32_t node)
{
	uint64_t number = key >> (3 * LIVE_LEVEL_BITS);

	live->regions[number % LIVE_REGIONS] =
		(struct live_region){ (uint32_t)number, node };
}

/* What refers to the node of the key's region; NULL: there is none. */
static uint32_t *region_node(const struct live *live, uint64_t key)
{
	uint32_t *at = live->words;

	for (unsigned level = LIVE_TOP; at && *at && level > LIVE_REGION; level--)
		at = live_child(live, *at, live_digit(key, level));
	return at && *at ? at : NULL;
}

uint32_t *entries_find(const struct live *live, uint64_t key)
{
	uint32_t node = live_region(live, key);

	if (!node && live->room) {
		const uint32_t *at = region_node(live, key);

		node = at ? *at : 0;
	}
	return node ? live_span_in(live, node, key) : NULL;
}

uint32_t *entries_find_again(struct live *live, uint64_t key)
{
	uint32_t node = live_region(live, key);

	if (__builtin_expect(!node, 0)) {
		const uint32_t *at = live->room ? region_node(live, key) : NULL;

		if (!at)
			return NULL;
		note_region(live, key, node = *at);
	}
	return live_span_in(live, node, key);
}

/* ---- spans ------------------------------------------------------------------- */

/* Makes what refers to a new span of this key, which has to be written there. */
static uint32_t *span_place(struct live *live, uint64_t key, uint32_t *lone)
{
	uint32_t *at = live->words;

	for (unsigned level = LIVE_TOP; level > LIVE_REGION; level--)
		at = node_make_child(live, at, live_digit(key, level));
	uint32_t *group = node_make_child(live, at, live_digit(key, LIVE_REGION));

	note_region(live, key, *at);
	*lone = *group ? 0 : LIVE_LONE;
	if (!*group)
		return group;
	if (*group & LIVE_LONE) {
		uint32_t span = *group & LIVE_NUMBER;

		*group = 0;
		*node_make_child(live, group, live_place(live_piece(live, span))) = span;
	}
	return node_make_child(live, group, live_digit(key, 1));
}

/* A span without entries, for blocks that have in common with this one what the width
 * demands.  What refers to it is to be written by the caller. */
static uint32_t span_new(struct live *live, uint64_t entry, unsigned place,
			 unsigned room, enum live_width width)
{
	uint32_t span = new_piece(live, spread_units(room, width));
	uint32_t *piece = live_piece(live, span);

	live_set_bits(piece, 0);
	live_set_head(piece, (entry & ~LIVE_SIZE_MASK) | place << LIVE_PLACE_SHIFT |
			     room << LIVE_ROOM_SHIFT | width);
	live->places += room;
	live->places_units += spread_units(room, width) - HEAD_UNITS;
	return span;
}

/* A span of these entries. */
static uint32_t span_make(struct live *live, const struct spread *spread, unsigned place,
			  enum live_width width)
{
	unsigned length = spread_length(spread);
	uint32_t span = span_new(live, 0, place, spread_room(length, width), width);

	spread_write(spread, live_piece(live, span));
	live->entries += length;
	return span;
}

static void span_leave(struct live *live, uint32_t span)
{
	const uint32_t *piece = live_piece(live, span);
	unsigned room = live_room(piece), units = spread_units(room, live_width(piece));

	live->entries -= machine_count_bits(live_bits(piece));
	live->places -= room;
	live->places_units -= units - HEAD_UNITS;
	leave_piece(live, span, units);
}

/* Leaves out the entries of blocks that have ended, if there are enough of them. */
static bool span_tidy(struct live *live, uint32_t *span)
{
	struct spread spread;
	unsigned length, ended;

	spread_read(&spread, span);
	length = spread_length(&spread);
	ended = spread_tidy(&spread);
	if (ended < length / 4 || !ended)
		return false;
	spread_write(&spread, span);
	live->entries -= ended;
	return true;
}

void entries_spread(struct live *live, uint32_t *at, const struct spread *spread,
		    enum live_width least)
{
	enum live_width width = spread_width(spread);
	unsigned place = live_place(live_piece(live, *at));

	width = spread_widest(spread_length(spread), width > least ? width : least);
	span_leave(live, *at & LIVE_NUMBER);
	*at = span_make(live, spread, place, width) | (*at & LIVE_LONE);
}

/* Makes a span anew, in which the entry of a key has room. */
static void span_refit(struct live *live, uint32_t *at, uint64_t key, uint64_t entry)
{
	uint32_t *span = live_piece(live, *at);
	uint64_t differs = entry ^ live_head(span);
	enum live_width least = live_width(span);
	struct spread spread;

	/* Where no block is left, what they had in common may change, but only as often as
	 * the time does: blocks of two stacks in turn would have it changed each time. */
	if (least == LIVE_SIZES && differs >> 16 && !(differs >> LIVE_BIRTH_SHIFT))
		least = LIVE_HALVES;
	else if (least == LIVE_HALVES && differs >> 32 && !(differs >> LIVE_BIRTH_SHIFT))
		least = LIVE_WHOLE;
	else if (least == LIVE_WHOLE)
		least = LIVE_HALVES;
	spread_read(&spread, span);
	spread_set(&spread, live_digit(key, 0), entry);
	entries_spread(live, at, &spread, least);
}

/* The width that blocks like this one need, by the last ones of the span before; that they
 * are of another time says nothing about those to come. */
static enum live_width width_at_first(uint32_t *before, uint64_t entry)
{
	unsigned length = machine_count_bits(live_bits(before));
	uint64_t differs = 0;

	for (unsigned i = length; i && i + LAST_ONES > length; i--)
		differs |= entry ^ live_read(before, live_slot(before, i - 1));
	return (uint32_t)(differs >> 32) << LIVE_BIRTH_BITS ? LIVE_WHOLE :
	       differs >> 16 ? LIVE_HALVES : LIVE_SIZES;
}

/* A new span for a key.  It gets as much room as the one before it has, if that was used
 * lately, and the width that its blocks seem to need.  So where blocks come side by side,
 * their spans seldom have to be made anew. */
static uint32_t span_first(struct live *live, uint64_t key, uint64_t entry)
{
	uint32_t *before = live_known_span(live, key - SPAN_PLACES);
	unsigned length = before ? machine_count_bits(live_bits(before)) : 1;
	enum live_width width = before ? width_at_first(before, entry) : LIVE_SIZES;
	unsigned room = spread_room(length, width);

	return span_new(live, entry, live_digit(key, 1), room, width);
}

unsigned char *entries_make(struct live *live, uint32_t *at, uint64_t key, uint64_t entry)
{
	if (!at) {
		uint32_t lone;

		at = span_place(live, key, &lone);
		*at = span_first(live, key, entry) | lone;
	}
	uint32_t *span = live_piece(live, *at);
	unsigned char *slot = live_slot_in(span, key);

	if (!slot && live_fits(span, entry) && (live_has_room(span) || span_tidy(live, span))) {
		slot = live_insert(live, span, key);
	} else {
		span_refit(live, at, key, entry);
		slot = live_slot_in(live_piece(live, *at), key);
	}
	live_know(live, key, *at);
	return slot;
}

/* ---- all of it --------------------------------------------------------------- */

/* As entries_next, in a node of this level whose first key is `first`. */
static uint32_t *next_in(const struct live *live, uint32_t node, unsigned level,
			 uint64_t *key)
{
	uint64_t span = UINT64_C(1) << (level * LIVE_LEVEL_BITS);
	uint64_t bits = live_bits(live_piece(live, node));

	bits = bits >> live_digit(*key, level) << live_digit(*key, level);
	for (; bits; bits &= bits - 1) {
		unsigned digit = (unsigned)__builtin_ctzll(bits);
		uint32_t *child = live_child(live, node, digit), *found;

		if (digit != live_digit(*key, level))
			*key = (*key & ~(64 * span - 1)) | digit * span;
		found = level == LIVE_REGION ? child : next_in(live, *child, level - 1, key);
		if (found)
			return found;
	}
	return NULL;
}

/* The next reference to a span or a node of spans at or behind *key, which is set to the
 * first key there; NULL: none. */
static uint32_t *entries_next(const struct live *live, uint64_t *key)
{
	*key &= ~((UINT64_C(1) << (LIVE_REGION * LIVE_LEVEL_BITS)) - 1);
	if (*key >> ((LIVE_TOP + 1) * LIVE_LEVEL_BITS) || !live->room || !*live->words)
		return NULL;
	return next_in(live, *live->words, LIVE_TOP, key);
}

bool entries_spans(const struct live *live, uint64_t *key,
		   void (*see)(void *user, uint32_t span, uint64_t key), void *user)
{
	const uint32_t *at = entries_next(live, key);

	if (!at)
		return false;
	if (*at & LIVE_LONE) {
		uint64_t place = live_place(live_piece(live, *at));

		see(user, *at & LIVE_NUMBER, *key | place << LIVE_LEVEL_BITS);
	} else {
		for (uint64_t bits = live_bits(live_piece(live, *at)); bits; bits &= bits - 1) {
			unsigned digit = (unsigned)__builtin_ctzll(bits);

			see(user, *live_child(live, *at, digit),
			    *key | (uint64_t)digit << LIVE_LEVEL_BITS);
		}
	}
	*key += UINT64_C(1) << (LIVE_REGION * LIVE_LEVEL_BITS);
	return true;
}

/* Makes a copy of a span with the blocks that are alive alone. */
static int pack_span(struct live *to, const struct live *from, uint32_t span,
		     uint64_t key)
{
	struct spread spread;
	uint32_t lone, *at;

	spread_read(&spread, live_piece(from, span));
	spread_tidy(&spread);
	unsigned alive = spread_length(&spread);

	if (!alive)
		return 0;
	if (entries_reserve(to))
		return -ENOMEM;
	enum live_width width = spread_widest(alive, spread_width(&spread));

	at = span_place(to, key, &lone);
	*at = span_make(to, &spread, live_digit(key, 1), width) | lone;
	to->blocks += alive;
	return 0;
}

struct packing {
	struct live *to;
	const struct live *from;
	int error;
};

static void pack_one(void *user, uint32_t span, uint64_t key)
{
	struct packing *packing = user;

	if (!packing->error)
		packing->error = pack_span(packing->to, packing->from, span, key);
}

/* Copies all that is alive. */
static int pack_into(struct live *to, const struct live *from)
{
	struct packing packing = { to, from, 0 };
	uint64_t key = 0;

	while (!packing.error && entries_spans(from, &key, pack_one, &packing))
		;
	return packing.error;
}

/* The packed tree is made in memory of its own, and copied back, as the table's own
 * memory is one piece. */
int entries_pack(struct live *live)
{
	uint64_t needed = live->top - entries_wasted_units(live);
	struct live packed = { 0 };

	if (!live->room)
		return -ENOMEM;
	if (entries_resize(&packed, needed + needed / 8 + LEAST_UNITS) ||
	    pack_into(&packed, live) || packed.top > live->room) {
		entries_resize(&packed, 0);
		return -ENOMEM;
	}
	assert(packed.entries == live->blocks && packed.blocks == live->blocks);
	memcpy(live->words, packed.words, packed.top * UNIT_BYTES);
	live->top = packed.top;
	memcpy(live->spare, packed.spare, sizeof(live->spare));
	live->spare_units = packed.spare_units;
	live->entries = packed.entries;
	live->places = packed.places;
	live->places_units = packed.places_units;
	memcpy(live->regions, packed.regions, sizeof(live->regions));
	memset(live->known, 0, sizeof(live->known));
	entries_resize(&packed, 0);
	return 0;
}
