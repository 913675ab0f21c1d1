/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of live blocks beside a plain array: blocks of few kinds and of many, which
 * spans of each width hold, come, go, are booked anew and are copied, with memory and
 * without.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tracer/heap/live/entries.h"
#include "tracer/heap/live/quick.h"

#define PLACES 20000u
#define ROUNDS 150u

struct plain {
	uint64_t address;
	struct live_block block;
	bool there;
};

/* What blocks of a round have in common. */
enum manner {
	ALL,                            /* stack and time */
	TIME,                           /* the time */
	TURNS,                          /* two stacks in turn, with numbers far apart */
	NOTHING,
	MANNERS
};

static enum manner manner;
static uint32_t birth, stack;
static unsigned widths[LIVE_WHOLE + 1]; /* spans that were seen of each */
static unsigned refused;

/* Places of all alignments: side by side, far apart, and several in 16 bytes. */
static uint64_t place(uint32_t i)
{
	switch (i % 4) {
	case 0:
		return 0x555500000000 + (uint64_t)i * 12;
	case 1:
		return 0x7fff00000000 + (uint64_t)i * 4096;
	case 2:
		return 0x10 + (uint64_t)i * 8;
	default:
		return 0x7000000000 + ((uint64_t)i << 24) + 1;
	}
}

static uint32_t index_of(uint64_t address)
{
	if (address >= 0x7fff00000000)
		return (uint32_t)((address - 0x7fff00000000) / 4096);
	if (address >= 0x555500000000)
		return (uint32_t)((address - 0x555500000000) / 12);
	if (address >= 0x7000000000)
		return (uint32_t)((address - 0x7000000000) >> 24);
	return (uint32_t)((address - 0x10) / 8);
}

static void same(const struct live_block *a, const struct live_block *b)
{
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->tally, b->tally);
	assert_int_equal(a->birth, b->birth);
}

static uint32_t any_tally(void)
{
	uint64_t r = next_random() >> 20;

	switch (manner) {
	case ALL:
		return stack;
	case TIME:
		return (uint32_t)r % 5000;
	case TURNS:
		return r % 2 ? stack : stack ^ UINT32_C(0x3000000);
	default:
		return (uint32_t)r & (LIVE_TALLIES - 1);
	}
}

static struct live_block any_block(void)
{
	uint64_t r = next_random();

	return (struct live_block){
		.size = r % 50 ? r >> 40 & 511 :
			r % 3 ? LIVE_LARGE - 2 + (r >> 30) % 5 : r >> 28,
		.tally = any_tally(),
		.birth = manner == NOTHING ? (uint32_t)(r >> 20) & LIVE_BIRTH_MAX : birth,
	};
}

static void put(struct live *live, struct plain *plain, uint64_t r)
{
	struct live_block block = any_block(), old = { 0 };
	int was = (r & 2 ? live_put : quick_put)(live, plain->address, &block, &old);

	if (was == -ENOMEM) {
		refused++;
		return;
	}
	assert_int_equal(was, plain->there);
	if (plain->there)
		same(&old, &plain->block);
	plain->block = block;
	plain->there = true;
}

static void rebook(struct live *live, struct plain *plain, uint64_t r)
{
	uint32_t from = r & 2 && plain->there ? plain->block.tally : any_tally();
	uint32_t to = any_tally();

	if (live_rebook(live, plain->address, from, to) == -ENOMEM)
		refused++;
	else if (plain->there && plain->block.tally == from)
		plain->block.tally = to;
}

static void change(struct live *live, struct plain *plain)
{
	uint64_t r = next_random() >> 20;
	struct live_block old = { 0 };

	if (r & 4)
		assert_int_equal(quick_there(live, plain->address), plain->there);
	if (r & 1) {
		put(live, plain, r);
		return;
	}
	if (r % 32 == 8) {
		rebook(live, plain, r >> 6);
		return;
	}
	assert_int_equal((r & 2 ? live_take : quick_take)(live, plain->address, &old),
			 plain->there);
	if (plain->there)
		same(&old, &plain->block);
	plain->there = false;
}

struct walked {
	const struct plain *plain;
	uint64_t last, blocks;
};

static void see_in_order(void *user, uint64_t address, const struct live_block *block)
{
	struct walked *walked = user;
	uint64_t order = (uint64_t)((address & 15) != 0) << 48 | address;
	uint32_t i = index_of(address);

	assert_true(order > walked->last);
	walked->last = order;
	walked->blocks++;
	assert_int_equal(walked->plain[i].address, address);
	assert_true(walked->plain[i].there);
	same(block, &walked->plain[i].block);
}

/* What the table's own sums should be. */
struct sums {
	const struct live *live;
	uint64_t entries, places, units;
};

static void add_span(void *user, uint32_t number, uint64_t key)
{
	struct sums *sums = user;
	uint32_t *span = live_piece(sums->live, number);
	unsigned room = live_room(span), length = machine_count_bits(live_bits(span));

	assert_int_equal(live_place(span), live_digit(key, 1));
	assert_in_range(length, 0, room);
	widths[live_width(span)]++;
	sums->entries += length;
	sums->places += room;
	sums->units += spread_units(room, live_width(span)) - 2;
}

static void sums_hold(const struct live *live)
{
	struct sums sums = { .live = live };
	uint64_t key = 0;

	while (entries_spans(live, &key, add_span, &sums))
		;
	assert_int_equal(sums.entries, live->entries);
	assert_int_equal(sums.places, live->places);
	assert_int_equal(sums.units, live->places_units);
}

static void compare(const struct live *live, const struct plain *plain)
{
	struct walked walked = { .plain = plain };
	struct live_block block;
	uint64_t at = 0, there = 0;

	for (uint32_t i = 0; i < PLACES; i++) {
		assert_int_equal(live_find(live, plain[i].address, &block), plain[i].there);
		if (plain[i].there)
			same(&block, &plain[i].block);
		there += plain[i].there;
	}
	while (live_walk(live, &at, see_in_order, &walked))
		;
	assert_int_equal(walked.blocks, there);
	assert_int_equal(live->blocks, there);
	sums_hold(live);
}

/* ---- booked anew ---- */

static uint32_t book_as(uint64_t address, uint32_t tally)
{
	return manner == ALL ? tally ^ 1 :
	       manner == TIME ? (tally + index_of(address)) % 5000 :
	       (tally + index_of(address) * 70001) % LIVE_TALLIES;
}

static uint32_t book(void *user, uint64_t address, const struct live_block *block)
{
	const struct plain *plain = user;

	same(block, &plain[index_of(address)].block);
	return book_as(address, block->tally);
}

static void each(struct live *live, struct plain *plain)
{
	int error = live_each(live, book, plain);

	for (uint32_t i = 0; i < PLACES; i++) {
		uint32_t to = book_as(plain[i].address, plain[i].block.tally);
		struct live_block block = { 0 };

		if (!plain[i].there)
			continue;
		assert_true(live_find(live, plain[i].address, &block));
		if (error)
			assert_true(block.tally == to || block.tally == plain[i].block.tally);
		else
			assert_int_equal(block.tally, to);
		plain[i].block.tally = block.tally;
	}
}

/* ---- memory that fails ---- */

static unsigned memory_left;            /* times that it is given */

static void *resize(void *user, void *memory, size_t from, size_t to)
{
	(void)user;
	(void)from;
	if (!to) {
		free(memory);
		return NULL;
	}
	if (to > from && !memory_left)
		return NULL;
	memory_left -= to > from;
	return realloc(memory, to);
}

static void some_change(struct live *live, struct plain *plain, unsigned round)
{
	uint32_t from = (uint32_t)(next_random() % PLACES);
	uint32_t length = (uint32_t)(next_random() % (PLACES - from)) + 1;

	manner = (next_random() >> 20) % MANNERS;
	birth = round < 2 ? LIVE_BIRTH_MAX * round : round / 2;
	stack = round % 2 ? round : LIVE_TALLIES - 1 - round;
	for (unsigned i = 0; i < 6000; i++)
		change(live, &plain[from + next_random() % length]);
	if (round % 3 == 2)
		for (uint32_t i = from; i < from + length; i++)
			plain[i].there = live_take(live, plain[i].address,
						   &plain[i].block) && false;
	if (round % 5 == 4)
		each(live, plain);
	if (round % 7 == 6)
		live_ease(live);
	if (round % 11 == 10)
		entries_pack(live);
	compare(live, plain);
}

static struct plain *nothing_yet(void)
{
	struct plain *plain = calloc(PLACES, sizeof(*plain));

	for (uint32_t i = 0; i < PLACES; i++)
		plain[i].address = place(i);
	return plain;
}

/* Some of the places change at a time, so that there are full and empty regions. */
static void it_holds_what_a_plain_array_holds(void **state)
{
	struct live *live = calloc(1, sizeof(*live)), *copy = calloc(1, sizeof(*copy));
	struct plain *plain = nothing_yet();

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		some_change(live, plain, round);
		if (round % 13)
			continue;
		/* And goes on as the copy. */
		assert_int_equal(live_copy(copy, live), 0);
		live_free(live);
		compare(copy, plain);
		struct live *other = live;

		live = copy;
		copy = other;
	}
	live_free(live);
	free(plain);
	free(live);
	free(copy);
	assert_int_equal(refused, 0);
	for (unsigned i = 0; i <= LIVE_WHOLE; i++)
		assert_true(widths[i] > 1000);
}

/* What is refused has changed nothing. */
static void and_so_where_memory_fails(void **state)
{
	struct live *live = calloc(1, sizeof(*live));
	struct plain *plain = nothing_yet();

	(void)state;
	live->memory.resize = resize;
	for (unsigned round = 0; round < ROUNDS; round++) {
		memory_left = (unsigned)(next_random() >> 20) % 2;
		some_change(live, plain, round);
		if (round % 40 == 39) {
			live_free(live);
			for (uint32_t i = 0; i < PLACES; i++)
				plain[i].there = false;
		}
	}
	live_free(live);
	free(plain);
	free(live);
	assert_true(refused > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_a_plain_array_holds),
		cmocka_unit_test(and_so_where_memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
