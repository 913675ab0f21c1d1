/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A block stands in its home line or, where that is full, in a later line of its column.
 * Each line that it went past counts it, so a search ends at the first line that nobody
 * went past, which is nearly always the home line.
 *
 * A shard that is more than four fifths full grows by a third: that takes 20 to 27 bytes
 * a block while the heap grows, and each block is moved about three times.  A small shard
 * doubles instead, with one move.  Heaps fill and empty many times a second, so rows are
 * given back in live_ease alone: the table stays as large as the recent maximum needs.
 */
#include "tracer/heap/live/home.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_LIMIT (UINT64_C(1) << 48)
#define MANY 15u
#define AHEAD 16u                       /* rows to prefetch: two stripes */
#define LEAST_ROWS LIVE_STRIPE          /* rows that every shard has memory for */
#define DOUBLED_ROWS 64u                /* up to here a shard doubles; all shards of this
					 * size take 2 MiB */
#define KEPT_ROWS 128u                  /* up to here a shard is not shrunk; all shards of
					 * this size take 4 MiB */

/* A place in one shard. */
struct place {
	size_t column;
	uint32_t rows, row;
};

static struct live_line *live_line_at(const struct live *live, const struct place *place)
{
	return live_at(live, place->column, place->row);
}

static void live_step(struct place *place)
{
	if (++place->row == place->rows)
		place->row = 0;
}

#define BIRTH_MASK ((UINT64_C(1) << LIVE_BIRTH_LOW) - 1)

static struct live_block entry_block(const struct live *live, const struct live_entry *entry)
{
	struct live_block block = {
		.size = (entry->low & ~PASSED) >> 32,
		.tally = live_tally(entry),
		.birth = (uint32_t)((entry->high & UINT16_MAX) << LIVE_BIRTH_LOW |
				    (entry->low & BIRTH_MASK)),
	};

	if (__builtin_expect(block.size == LIVE_LARGE, 0))
		block.size = large_size(&live->large, entry->high >> 16);
	return block;
}

/* Writes an entry, and keeps the bit in it that belongs to its line's counter. */
static void entry_set(struct live_entry *entry, uint64_t address, const struct live_block *block)
{
	uint64_t size = block->size < LIVE_LARGE ? block->size : LIVE_LARGE;

	entry->high = address << 16 | block->birth >> LIVE_BIRTH_LOW;
	entry->low = (entry->low & PASSED) | size << 32 |
		     (uint64_t)block->tally << LIVE_BIRTH_LOW | (block->birth & BIRTH_MASK);
}

static void entry_clear(struct live_entry *entry)
{
	entry->high = 0;
	entry->low &= PASSED;
}

/* Counts one block more, or one fewer, that went past this line. */
static void count_passed(struct live_line *line, int more)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LIVE_LINE; i++)
		n |= (unsigned)(line->entry[i].low >> 63) << i;
	if (n == MANY)                  /* the counter is full and stays so until the
					 * shard is rehashed */
		return;
	n += (unsigned)more;
	for (unsigned i = 0; i < LIVE_LINE; i++)
		line->entry[i].low = (line->entry[i].low & ~PASSED) | (uint64_t)(n >> i & 1) << 63;
}

static unsigned gaps(const struct live_line *line)
{
	return (unsigned)!line->entry[0].high | (unsigned)!line->entry[1].high << 1 |
	       (unsigned)!line->entry[2].high << 2 | (unsigned)!line->entry[3].high << 3;
}

static struct live_shard *shard_of(const struct live *live, uint64_t address)
{
	size_t column = live_hash(address) >> (64 - LIVE_SHARD_BITS);

	return (struct live_shard *)(uintptr_t)&live->shards[column];
}

/* The home of the address, in a shard that has rows. */
static struct place home_of(const struct live *live, uint64_t address)
{
	size_t column = live_hash(address) >> (64 - LIVE_SHARD_BITS);
	const struct live_shard *shard = &live->shards[column];

	return (struct place){ column, shard->rows, live_home(shard, address) };
}

/* The entry of the address beyond its home line, which blocks went past; or NULL. */
static __attribute__((noinline)) struct live_entry *probe_on(const struct live *live,
							     struct place *place,
							     uint64_t address)
{
	for (uint32_t i = 1; i < place->rows; i++) {
		live_step(place);
		struct live_line *line = live_line_at(live, place);
		unsigned found = live_match(line, address);

		if (found)
			return &line->entry[__builtin_ctz(found)];
		if (!live_was_passed(line))
			return NULL;
	}
	return NULL;
}

/* The entry of the address, or NULL; *place begins as its home and ends as its line. */
static inline struct live_entry *probe(const struct live *live, struct place *place,
				       uint64_t address)
{
	struct live_line *line = live_line_at(live, place);
	unsigned found = live_match(line, address);

	if (found)
		return &line->entry[__builtin_ctz(found)];
	return live_was_passed(line) ? probe_on(live, place, address) : NULL;
}

/* A free entry for a block whose home is `place`; there must be one. */
static struct live_entry *live_make_entry(struct live *live, struct place place)
{
	struct live_line *line;
	unsigned free;

	while (!(free = gaps(line = live_line_at(live, &place)))) {
		count_passed(line, 1);
		live_step(&place);
	}
	return &line->entry[__builtin_ctz(free)];
}

static void *resize_by_malloc(void *memory, size_t from, size_t to)
{
	void *piece = to ? aligned_alloc(_Alignof(struct live_line), to) : NULL;

	if (piece && memory)
		memcpy(piece, memory, from < to ? from : to);
	if (piece || !to)
		free(memory);
	return piece;
}

/* Makes the table at least `rows` high.  0 or -ENOMEM. */
static int set_rows(struct live *live, uint32_t rows)
{
	rows = (rows + LIVE_STRIPE - 1) / LIVE_STRIPE * LIVE_STRIPE;
	const size_t row = LIVE_SHARDS * sizeof(struct live_line);
	size_t from = live->rows * row, to = rows * row;

	if (from == to)
		return 0;
	if (to > from && !budget_take(live->memory.budget, to - from))
		return -ENOMEM;
	void *lines = live->memory.resize ?
		      live->memory.resize(live->memory.user, live->lines, from, to) :
		      resize_by_malloc(live->lines, from, to);

	if (!lines && to) {
		budget_give(live->memory.budget, to > from ? to - from : 0);
		return -ENOMEM;
	}
	budget_give(live->memory.budget, from > to ? from - to : 0);
	live->lines = lines;
	live->rows = rows;
	return 0;
}

static int need_scratch(struct live *live, uint32_t entries)
{
	if (entries < live->scratch_room)
		return 0;
	uint32_t room = entries + entries / 4 + 64;     /* lift() writes one entry more
							 * than it keeps */
	struct live_entry *scratch = realloc(live->scratch, room * sizeof(*scratch));

	if (!scratch)
		return -ENOMEM;
	live->scratch = scratch;
	live->scratch_room = room;
	return 0;
}

/* Moves all blocks of a shard into the scratch memory. */
static void lift(struct live *live, size_t column)
{
	uint32_t n = 0, rows = live->shards[column].rows;

	for (uint32_t row = 0; row < rows; row++) {
		const struct live_line *line = live_at(live, column, row);

		if (row + AHEAD < rows)
			__builtin_prefetch(live_at(live, column, row + AHEAD), 1);
		for (unsigned i = 0; i < LIVE_LINE; i++) {
			live->scratch[n] = line->entry[i];
			n += line->entry[i].high != 0;
		}
	}
	assert(n == live->shards[column].used);
}

static void clear_rows(struct live *live, size_t column, uint32_t from, uint32_t to)
{
	for (uint32_t row = from; row < to; row++) {
		if (row + AHEAD < to)
			__builtin_prefetch(live_at(live, column, row + AHEAD), 1);
		*live_at(live, column, row) = (struct live_line){ 0 };
	}
}

static void set_down(struct live_entry *to, const struct live_entry *from)
{
	to->high = from->high;
	to->low = (to->low & PASSED) | (from->low & ~PASSED);
}

/* Puts the first n blocks of the scratch memory into the shard, wherever there is
 * room. */
static void put_back(struct live *live, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct live_entry *from = &live->scratch[i];

		set_down(live_make_entry(live, home_of(live, from->high >> 16)), from);
	}
}

/* As live_make_entry, but it looks from row `home` to the shard's last row only.  NULL:
 * there is no free entry, and no line has been changed. */
static struct live_entry *make_entry_up(struct live *live, size_t column, uint32_t home)
{
	uint32_t row = home, rows = live->shards[column].rows;
	unsigned free;

	while (!(free = gaps(live_at(live, column, row))))
		if (++row == rows)
			return NULL;
	for (; home < row; home++)
		count_passed(live_at(live, column, home), 1);
	return &live_at(live, column, row)->entry[__builtin_ctz(free)];
}

/* Moves the blocks of row `row` up to where they belong; all rows above are done.  Blocks
 * that belong further down, or find no room above, are added to the scratch memory, which
 * holds `aside` blocks before the call.  Returns how many it holds then. */
static uint32_t raise_row(struct live *live, size_t column, uint32_t row, uint32_t aside)
{
	struct live_line *line = live_at(live, column, row), from = *line;

	*line = (struct live_line){ 0 };
	for (unsigned i = 0; i < LIVE_LINE; i++) {
		const struct live_entry *entry = &from.entry[i];
		struct live_entry *to = NULL;

		if (!entry->high)
			continue;
		uint32_t home = live_home(&live->shards[column], entry->high >> 16);
		if (home >= row)
			to = make_entry_up(live, column, home);
		if (to)
			set_down(to, entry);
		else
			live->scratch[aside++] = *entry;
	}
	return aside;
}

/* When a shard grows, homes keep their order and none moves down.  So blocks can be moved
 * within the shard, from the last row on, and only those that would go past its end, or
 * far past their home, have to be set aside meanwhile. */
static void grow_shard(struct live *live, struct live_shard *shard, uint32_t rows)
{
	size_t column = (size_t)(shard - live->shards);
	uint32_t row = shard->rows, aside = 0;

	clear_rows(live, column, row, rows);
	shard->rows = rows;
	while (row-- > 0) {
		if (row >= AHEAD)
			__builtin_prefetch(live_at(live, column, row - AHEAD), 1);
		aside = raise_row(live, column, row, aside);
	}
	put_back(live, aside);
}

static int live_resize(struct live *live, struct live_shard *shard, uint32_t rows)
{
	size_t column = (size_t)(shard - live->shards);

	assert((uint64_t)rows * LIVE_LINE > shard->used);
	if (need_scratch(live, shard->used))
		return -ENOMEM;
	if (rows > live->rows && set_rows(live, rows + rows / 32) && set_rows(live, rows))
		return -ENOMEM;
	if (rows >= shard->rows) {
		grow_shard(live, shard, rows);
		return 0;
	}
	lift(live, column);
	clear_rows(live, column, 0, rows);
	shard->rows = rows;
	put_back(live, shard->used);
	return 0;
}

/* Makes sure that the shard has a free entry left after one more block.  If there is
 * no memory to grow, it goes on with a fuller shard as long as there is an entry to
 * spare. */
static int make_room(struct live *live, struct live_shard *shard)
{
	uint64_t rows = shard->rows;

	if (__builtin_expect((shard->used + UINT64_C(1)) * 5 <= rows * LIVE_LINE * 4, 1))
		return 0;
	if (rows < DOUBLED_ROWS)
		rows = rows ? 2 * rows : LEAST_ROWS;
	else
		rows += rows / 3 + 1;
	if (rows <= UINT32_MAX / LIVE_LINE && !live_resize(live, shard, (uint32_t)rows))
		return 0;
	return shard->used + UINT64_C(1) < (uint64_t)shard->rows * LIVE_LINE ? 0 : -ENOMEM;
}

/* Gives back rows that no shard uses any more; if that fails, nothing is lost. */
static void give_rows_back(struct live *live)
{
	uint32_t highest = 0;

	for (unsigned i = 0; i < LIVE_SHARDS; i++)
		if (live->shards[i].rows > highest)
			highest = live->shards[i].rows;
	highest += highest / 32;
	if (highest + highest / 16 + LIVE_STRIPE <= live->rows)
		set_rows(live, highest);
}

/* Shrinks a shard that was less than half full ever since the last pass, to a load of
 * 16/25.  True: it moved blocks. */
static bool give_back(struct live *live, struct live_shard *shard)
{
	bool low = shard->rows > KEPT_ROWS &&
		   shard->most < (uint64_t)shard->rows * LIVE_LINE / 2;
	uint32_t rows = (uint32_t)(shard->most * UINT64_C(25) / (16 * LIVE_LINE) + 1);

	shard->most = shard->used;
	return low && !live_resize(live, shard, rows < LEAST_ROWS ? LEAST_ROWS : rows);
}

static bool live_adds_up(const struct live *live)
{
	uint64_t blocks = 0;

	for (unsigned i = 0; i < LIVE_SHARDS; i++)
		blocks += live->shards[i].used;
	return blocks == live->blocks;
}

bool live_ease(struct live *live)
{
	while (live->turn < LIVE_SHARDS)
		if (give_back(live, &live->shards[live->turn++]))
			return true;
	live->turn = 0;
	assert(live_adds_up(live));
	give_rows_back(live);
	return false;
}

void live_free(struct live *live)
{
	const struct heap_memory memory = live->memory;

	set_rows(live, 0);
	free(live->scratch);
	large_free(&live->large, memory.budget);
	*live = (struct live){ .memory = memory };
}

static struct live_entry *find(const struct live *live, uint64_t address)
{
	struct place place;

	if (!shard_of(live, address)->used)
		return NULL;
	place = home_of(live, address);
	return probe(live, &place, address);
}

bool live_find(const struct live *live, uint64_t address, struct live_block *block)
{
	const struct live_entry *entry = find(live, address);

	if (entry)
		*block = entry_block(live, entry);
	return entry;
}

int live_put(struct live *live, uint64_t address, const struct live_block *block,
	     struct live_block *old)
{
	struct live_shard *shard = shard_of(live, address);

	bool large = __builtin_expect(block->size >= LIVE_LARGE, 0);

	assert(address && address < ADDRESS_LIMIT && block->size < ADDRESS_LIMIT / 2);
	assert(!(block->tally >> LIVE_TALLY_BITS | block->birth >> LIVE_BIRTH_BITS));
	if (make_room(live, shard) ||
	    (large && large_reserve(&live->large, live->memory.budget)))
		return -ENOMEM;
	struct place home = home_of(live, address), place = home;
	struct live_entry *entry = probe(live, &place, address);

	if (entry) {
		*old = entry_block(live, entry);
		if (old->size >= LIVE_LARGE)
			large_take(&live->large, address);
		entry_set(entry, address, block);
		if (large)
			large_set(&live->large, address, block->size);
		return 1;
	}
	entry_set(live_make_entry(live, home), address, block);
	if (large)
		large_set(&live->large, address, block->size);
	if (++shard->used > shard->most)
		shard->most = shard->used;
	live->blocks++;
	return 0;
}

bool live_take(struct live *live, uint64_t address, struct live_block *block)
{
	struct live_shard *shard = shard_of(live, address);

	if (!shard->used)
		return false;
	struct place home = home_of(live, address), place = home;
	struct live_entry *entry = probe(live, &place, address);

	if (!entry)
		return false;
	*block = entry_block(live, entry);
	if (__builtin_expect(block->size >= LIVE_LARGE, 0))
		large_take(&live->large, address);
	entry_clear(entry);
	for (; home.row != place.row; live_step(&home))
		count_passed(live_line_at(live, &home), -1);
	shard->used--;
	live->blocks--;
	return true;
}

void live_rebook(struct live *live, uint64_t address, uint32_t from, uint32_t to)
{
	struct live_entry *entry = find(live, address);
	struct live_block block;

	if (!entry)
		return;
	block = entry_block(live, entry);
	if (block.tally != from)
		return;
	block.tally = to;
	entry_set(entry, address, &block);
}

int live_copy(struct live *to, const struct live *from)
{
	if (set_rows(to, from->rows) || large_copy(&to->large, &from->large, to->memory.budget))
		return -ENOMEM;
	if (from->rows)
		memcpy(to->lines, from->lines,
		       from->rows * (LIVE_SHARDS * sizeof(struct live_line)));
	memcpy(to->shards, from->shards, sizeof(to->shards));
	to->blocks = from->blocks;
	return 0;
}

void live_walk(const struct live *live, unsigned shard,
	       void (*show)(void *user, uint64_t address, const struct live_block *block),
	       void *user)
{
	uint32_t rows = live->shards[shard].rows;

	for (uint32_t row = 0; row < rows; row++) {
		const struct live_line *line = live_at(live, shard, row);

		if (row + AHEAD < rows)
			__builtin_prefetch(live_at(live, shard, row + AHEAD));
		for (unsigned i = 0; i < LIVE_LINE; i++) {
			const struct live_entry *entry = &line->entry[i];

			if (!entry->high)
				continue;
			const struct live_block block = entry_block(live, entry);
			show(user, entry->high >> 16, &block);
		}
	}
}

void live_each(struct live *live,
	       uint32_t (*book)(void *user, uint64_t address, const struct live_block *block),
	       void *user)
{
	for (size_t column = 0; column < LIVE_SHARDS; column++)
		for (uint32_t row = 0; row < live->shards[column].rows; row++)
			for (unsigned i = 0; i < LIVE_LINE; i++) {
				struct live_entry *entry = &live_at(live, column, row)->entry[i];
				struct live_block block = entry_block(live, entry);

				if (!entry->high)
					continue;
				block.tally = book(user, entry->high >> 16, &block);
				entry_set(entry, entry->high >> 16, &block);
			}
}

uint64_t live_bytes(const struct live *live)
{
	return sizeof(*live) + live->rows * (LIVE_SHARDS * sizeof(struct live_line)) +
	       live->scratch_room * sizeof(*live->scratch) + large_bytes(&live->large);
}
