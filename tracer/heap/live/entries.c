/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory is one piece that grows at its end.  A node or a span that needs more room moves
 * to a larger piece of it, and leaves its own to others.  Nothing else is given back one
 * by one: when three eighths of the memory are wasted and more is needed, all is packed
 * anew.  With 5 million blocks that takes 0.1 to 0.3 s, while events wait in their rings.
 */
#include "tracer/heap/live/entries.h"
#include "tracer/heap/live/quick.h"
#include "tracer/ground/large.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_UNITS 8192u               /* 96 KiB */
#define UNITS_MAX LIVE_NUMBER
#define SPARSE_MOST 24u                 /* children of a node that is not dense */
#define DENSE_UNITS (1 + (SPAN_PLACES + LIVE_UNIT - 1) / LIVE_UNIT)
#define SPAN_PLACES 64u
#define PLACE_MASK 63u

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
	const size_t unit = LIVE_UNIT * sizeof(uint32_t);
	size_t from = live->room * unit, to = units * unit;

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
		memset(words, 0, unit);
		live->top = 1;
	}
	return 0;
}

uint64_t entries_wasted_units(const struct live *live)
{
	return live->spare_units + (live->entries - live->blocks);
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
static uint32_t node_new(struct live *live)
{
	uint32_t node = new_piece(live, 2);
	uint32_t *piece = live_piece(live, node);

	live_set_bits(piece, 0);
	piece[2] = LIVE_UNIT;
	return node;
}

/* Moves a node, to which `at` refers, to a piece with twice the room, or to a dense one. */
static void node_grow(struct live *live, uint32_t *at)
{
	uint32_t had = live_piece(live, *at)[2], room = had * 2;
	bool dense = room > SPARSE_MOST;
	uint32_t node = new_piece(live, dense ? DENSE_UNITS : 1 + room / LIVE_UNIT);
	const uint32_t *from = live_piece(live, *at);
	uint32_t *to = live_piece(live, node);

	memcpy(to, from, (LIVE_UNIT + (dense ? 0 : had)) * sizeof(*to));
	to[2] = dense ? SPAN_PLACES : room;
	if (dense)
		memset(&to[LIVE_UNIT], 0, SPAN_PLACES * sizeof(*to));
	for (uint64_t bits = dense ? live_bits(from) : 0; bits; bits &= bits - 1)
		to[LIVE_UNIT + (unsigned)__builtin_ctzll(bits)] = *(from++ + LIVE_UNIT);
	leave_piece(live, *at & LIVE_NUMBER, 1 + had / LIVE_UNIT);
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
		child = &piece[LIVE_UNIT + digit];
	} else {
		child = &piece[LIVE_UNIT + live_rank(bits, digit)];
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

/* The entries that a span gets room for if it needs so many. */
static uint32_t room_for(uint32_t entries)
{
	return entries <= 2 ? entries : entries <= 16 ? (entries + 1) & ~1u :
	       entries <= 32 ? (entries + 3) & ~3u : (entries + 7) & ~7u;
}

static uint32_t span_new(struct live *live, uint64_t key, uint32_t room)
{
	uint32_t span = new_piece(live, 1 + room);
	uint32_t *piece = live_piece(live, span);

	live_set_bits(piece, 0);
	piece[2] = live_digit(key, 1) | room << LIVE_ROOM_SHIFT;
	return span;
}

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
		*node_make_child(live, group, live_piece(live, span)[2] & PLACE_MASK) = span;
	}
	return node_make_child(live, group, live_digit(key, 1));
}

/* Leaves out the entries of blocks that have ended, if there are enough of them. */
static bool span_tidy(struct live *live, uint32_t *piece)
{
	struct live_entry *entries = (struct live_entry *)(void *)&piece[LIVE_UNIT];
	uint64_t bits = live_bits(piece), kept = 0;
	unsigned n = machine_count_bits(bits), alive = 0;

	for (unsigned i = 0; i < n; i++)
		alive += entries[i].alive;
	if (n - alive < n / 4 || n == alive)
		return false;
	alive = 0;
	for (unsigned i = 0; i < n; i++, bits &= bits - 1)
		if (entries[i].alive) {
			kept |= bits & -bits;
			entries[alive++] = entries[i];
		}
	live_set_bits(piece, kept);
	live->entries -= n - alive;
	return true;
}

static void span_grow(struct live *live, uint32_t *at)
{
	uint32_t span = *at & LIVE_NUMBER;
	const uint32_t *from = live_piece(live, span);
	uint32_t had = live_room(from), room = room_for(had + 1);
	uint32_t grown = new_piece(live, 1 + room);
	uint32_t *to = live_piece(live, grown);

	memcpy(to, from, (1 + had) * LIVE_UNIT * sizeof(*to));
	to[2] = (from[2] & PLACE_MASK) | room << LIVE_ROOM_SHIFT;
	leave_piece(live, span, 1 + had);
	*at = grown | (*at & LIVE_LONE);
}

/* The entries that a new span gets room for: as many as the one before it has, if that was
 * used lately.  So where blocks come side by side, their spans seldom have to grow. */
static uint32_t room_at_first(const struct live *live, uint64_t key)
{
	uint32_t before = live_known(live, key - SPAN_PLACES);
	const uint32_t *piece = live_piece(live, before);

	return room_for(before ? machine_count_bits(live_bits(piece)) : 1);
}

struct live_entry *entries_make(struct live *live, uint32_t *at, uint64_t key)
{
	if (!at) {
		uint32_t lone;

		at = span_place(live, key, &lone);
		*at = span_new(live, key, room_at_first(live, key)) | lone;
		live_know(live, key, *at);
	}
	uint32_t *piece = live_piece(live, *at);

	if (machine_count_bits(live_bits(piece)) == live_room(piece) && !span_tidy(live, piece)) {
		span_grow(live, at);
		live_know(live, key, *at);
		piece = live_piece(live, *at);
	}
	return live_insert(live, piece, key);
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
		uint64_t place = live_piece(live, *at)[2] & PLACE_MASK;

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
	const uint32_t *piece = live_piece(from, span);
	const struct live_entry *entries =
		(const struct live_entry *)(const void *)&piece[LIVE_UNIT];
	uint64_t bits = live_bits(piece), kept = 0;
	unsigned n = machine_count_bits(bits), alive = 0;
	uint32_t lone, *at, copy;

	for (unsigned i = 0; i < n; i++)
		alive += entries[i].alive;
	if (!alive)
		return 0;
	if (entries_reserve(to))
		return -ENOMEM;
	at = span_place(to, key, &lone);
	copy = span_new(to, key, room_for(alive));
	*at = copy | lone;
	struct live_entry *out = (struct live_entry *)(void *)&live_piece(to, copy)[LIVE_UNIT];

	for (unsigned i = 0; i < n; i++, bits &= bits - 1)
		if (entries[i].alive) {
			kept |= bits & -bits;
			*out++ = entries[i];
		}
	live_set_bits(live_piece(to, copy), kept);
	to->entries += alive;
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
	memcpy(live->words, packed.words, packed.top * LIVE_UNIT * sizeof(*live->words));
	live->top = packed.top;
	memcpy(live->spare, packed.spare, sizeof(live->spare));
	live->spare_units = packed.spare_units;
	live->entries = packed.entries;
	memcpy(live->regions, packed.regions, sizeof(live->regions));
	memset(live->known, 0, sizeof(live->known));
	entries_resize(&packed, 0);
	return 0;
}
