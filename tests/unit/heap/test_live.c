/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of live blocks: what it holds, through growth and shrinking, and
 * what a block costs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tracer/heap/live/quick.h"

#define BLOCKS 600000u
#define TOP ((UINT64_C(1) << 48) - 1)

static uint64_t address_of(uint32_t i, uint32_t stride)
{
	return 0x7f0000000000 + (uint64_t)i * stride;
}

static void holds(const struct live *live, uint32_t from, uint32_t to, uint32_t stride)
{
	struct live_block b;

	for (uint32_t i = from; i < to; i += 97) {
		assert_true(live_find(live, address_of(i, stride), &b));
		assert_int_equal(b.size, i);
		assert_int_equal(b.tally, LIVE_TALLIES - 1 - i);
	}
}

/* Costs at most `most` bytes a block. */
static void grow_and_shrink(uint32_t stride, uint32_t most)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b, old;

	for (uint32_t i = 0; i < BLOCKS; i++) {
		b = (struct live_block){ .size = i, .tally = LIVE_TALLIES - 1 - i };
		assert_int_equal(live_put(live, address_of(i, stride), &b, &old), 0);
		if (i > 100000)
			assert_true(live_bytes(live) <= most * live->blocks);
	}
	holds(live, 0, BLOCKS, stride);
	for (uint32_t i = 0; i < BLOCKS - 100; i++) {
		assert_true(live_take(live, address_of(i, stride), &b));
		assert_int_equal(b.size, i);
		assert_false(live_find(live, address_of(i, stride), &b));
	}
	holds(live, BLOCKS - 100, BLOCKS, stride);
	assert_int_equal(live->blocks, 100);
	/* The first pass saw the high, the second one nothing of it. */
	assert_true(live_bytes(live) > 12 * BLOCKS);
	live_ease(live);
	assert_true(live_bytes(live) > 12 * BLOCKS);
	live_ease(live);
	holds(live, BLOCKS - 100, BLOCKS, stride);
	assert_true(live_bytes(live) < 512 * 1024);
	live_free(live);
	free(live);
}

static void strides(void **state)
{
	(void)state;
	grow_and_shrink(16, 16);
	grow_and_shrink(32, 16);
	grow_and_shrink(48, 16);
	grow_and_shrink(512, 24);
	/* Where blocks lie far apart, more of the tree is each one's alone. */
	grow_and_shrink(4096, 36);
	grow_and_shrink(16384, 38);
	grow_and_shrink(65536 + 16, 32);
	/* Places of their own. */
	grow_and_shrink(24, 24);
	grow_and_shrink(1, 16);
}

/* A small heap that fills and empties again and again keeps its memory. */
static void stays(void **state)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b = { .size = 1 }, old;
	uint64_t bytes = 0;

	(void)state;
	for (unsigned round = 0; round < 4; round++) {
		for (uint32_t i = 0; i < 100000; i++)
			assert_int_equal(live_put(live, address_of(i, 48), &b, &old), 0);
		if (!round)
			bytes = live_bytes(live);
		assert_int_equal(live_bytes(live), bytes);
		for (uint32_t i = 0; i < 100000; i++)
			assert_true(live_take(live, address_of(i, 48), &b));
		live_ease(live);
	}
	assert_int_equal(live_bytes(live), bytes);
	assert_true(bytes < 4 << 20);
	live_free(live);
	free(live);
}

static void replaces(void **state)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_block a = { .size = TOP / 2, .tally = 0x2adbeef }, b = { .size = 5, .tally = 1 };
	struct live_block old;

	(void)state;
	assert_false(live_take(live, TOP, &old));
	assert_int_equal(live_put(live, TOP, &a, &old), 0);
	assert_int_equal(live_put(live, TOP, &b, &old), 1);
	assert_int_equal(old.size, TOP / 2);
	assert_int_equal(old.tally, 0x2adbeef);
	live_rebook(live, TOP, 2, 3);
	live_rebook(live, TOP, 1, 0x2345678);
	live_rebook(live, 1, 1, 4);
	assert_true(live_find(live, TOP, &old));
	assert_int_equal(old.tally, 0x2345678);
	assert_int_equal(old.size, 5);
	assert_int_equal(live->blocks, 1);
	live_free(live);
	free(live);
}

struct seen {
	uint64_t blocks, bytes, births;
};

static void see(void *user, uint64_t address, const struct live_block *block)
{
	struct seen *seen = user;

	assert_true(address);
	seen->blocks++;
	seen->bytes += block->size;
	seen->births += block->birth;
}

static struct seen walk(const struct live *live)
{
	struct seen seen = { 0 };

	uint64_t at = 0;

	while (live_walk(live, &at, see, &seen))
		;
	return seen;
}

/* Blocks of 4 GiB and more among others, that come, change, move house and go. */
static void large_ones(void **state)
{
	struct live *live = calloc(1, sizeof(*live)), *copy = calloc(1, sizeof(*copy));
	const uint64_t large = LIVE_LARGE - 2;
	struct live_block b, old;
	struct seen seen;

	(void)state;
	for (uint32_t i = 1; i <= 5000; i++) {
		b = (struct live_block){ .size = i % 5 ? i : large + i, .tally = i,
					 .birth = LIVE_BIRTH_MAX - i };
		assert_int_equal(live_put(live, address_of(i, 24), &b, &old), 0);
	}
	assert_int_equal(live->large.used, 1000);
	assert_int_equal(live_copy(copy, live), 0);
	for (uint32_t i = 1; i <= 5000; i++) {
		b = (struct live_block){ .size = i % 5 ? large + 2 : 7, .tally = 1, .birth = 1 };
		assert_int_equal(live_put(live, address_of(i, 24), &b, &old), 1);
		assert_int_equal(old.size, i % 5 ? i : large + i);
		assert_int_equal(old.tally, i);
		assert_int_equal(old.birth, LIVE_BIRTH_MAX - i);
	}
	seen = walk(live);
	assert_int_equal(seen.blocks, 5000);
	assert_int_equal(seen.bytes, 4000 * (large + 2) + 7000);
	assert_int_equal(seen.births, 5000);
	for (uint32_t i = 1; i <= 5000; i++) {
		assert_true(live_take(live, address_of(i, 24), &b));
		assert_int_equal(b.size, i % 5 ? large + 2 : 7);
	}
	assert_int_equal(live->large.used, 0);
	for (uint32_t i = 1; i <= 5000; i++) {
		assert_true(live_find(copy, address_of(i, 24), &b));
		assert_int_equal(b.size, i % 5 ? i : large + i);
	}
	live_free(live);
	live_free(copy);
	free(live);
	free(copy);
}

/* No memory for large sizes: the block is refused, nothing else is. */
static void large_ones_take_of_the_budget(void **state)
{
	struct heap_budget budget = { 1 << 20 };
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b = { .size = LIVE_LARGE }, old;
	uint32_t i = 1;

	(void)state;
	live->memory.budget = &budget;
	while (i < 100000 && !live_put(live, address_of(i, 16), &b, &old))
		i++;
	assert_true(i > 1000 && i < 100000);
	assert_int_equal(live->blocks, i - 1);
	live_free(live);
	assert_int_equal(budget.left, 1 << 20);
	free(live);
}

/* Where no more memory is to be had, entries that are there serve again, and so does all that
 * was given back once that is much. */
static void goes_on_at_its_limit(void **state)
{
	struct heap_budget budget = { 1 << 20 };
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b = { .size = 1 }, old;
	uint32_t i = 1;

	(void)state;
	live->memory.budget = &budget;
	while (i < 200000 && !live_put(live, address_of(i, 16), &b, &old))
		i++;
	assert_true(i > 10000 && i < 200000);
	assert_int_equal(live_put(live, address_of(i + 5000, 16), &b, &old), -ENOMEM);
	assert_true(live_take(live, address_of(1, 16), &b));
	assert_int_equal(live_put(live, address_of(1, 16), &b, &old), 0);
	assert_int_equal(live_put(live, address_of(2, 16), &b, &old), 1);
	assert_int_equal(live->blocks, i - 1);
	for (uint32_t n = 1; n < i; n += 2)
		assert_true(live_take(live, address_of(n, 16), &b));
	assert_int_equal(live_put(live, address_of(i + 5000, 16), &b, &old), 0);
	for (uint32_t n = 1; n < i; n++)
		assert_int_equal(live_find(live, address_of(n, 16), &b), n % 2 == 0);
	live_free(live);
	assert_int_equal(budget.left, 1 << 20);
	free(live);
}

/* ---- beside a plain array ---- */

#define PLACES 20000u

struct plain {
	uint64_t address;
	struct live_block block;
	bool there;
};

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

static void same(const struct live_block *a, const struct live_block *b)
{
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->tally, b->tally);
	assert_int_equal(a->birth, b->birth);
}

static struct live_block any_block(void)
{
	uint64_t r = next_random();

	return (struct live_block){
		.size = r % 50 ? r >> 40 : LIVE_LARGE - 2 + r % 5,
		.tally = (uint32_t)(r >> 8) & (LIVE_TALLIES - 1),
		.birth = (uint32_t)(r >> 20) & LIVE_BIRTH_MAX,
	};
}

static void change(struct live *live, struct plain *plain)
{
	struct live_block block = any_block(), old = { 0 };
	uint64_t r = next_random();

	if (r >> 62)
		assert_int_equal(quick_there(live, plain->address), plain->there);
	if (r % 2) {
		int was = (r & 2 ? live_put : quick_put)(live, plain->address, &block, &old);

		assert_int_equal(was, plain->there);
		if (plain->there)
			same(&old, &plain->block);
		plain->block = block;
		plain->there = true;
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
	uint32_t i = 0;

	assert_true(order > walked->last);
	walked->last = order;
	walked->blocks++;
	if (address >= 0x7fff00000000)
		i = (uint32_t)((address - 0x7fff00000000) / 4096);
	else if (address >= 0x555500000000)
		i = (uint32_t)((address - 0x555500000000) / 12);
	else if (address >= 0x7000000000)
		i = (uint32_t)((address - 0x7000000000) >> 24);
	else
		i = (uint32_t)((address - 0x10) / 8);
	assert_int_equal(walked->plain[i].address, address);
	assert_true(walked->plain[i].there);
	same(block, &walked->plain[i].block);
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
}

/* Some of the places change at a time, so that there are full and empty regions. */
static void as_a_plain_array(void **state)
{
	struct live *live = calloc(1, sizeof(*live)), *copy = calloc(1, sizeof(*copy));
	struct plain *plain = calloc(PLACES, sizeof(*plain));

	(void)state;
	for (uint32_t i = 0; i < PLACES; i++)
		plain[i].address = place(i);
	for (unsigned round = 0; round < 60; round++) {
		uint32_t from = (uint32_t)(next_random() % PLACES);
		uint32_t length = (uint32_t)(next_random() % (PLACES - from)) + 1;

		for (unsigned i = 0; i < 6000; i++)
			change(live, &plain[from + next_random() % length]);
		if (round % 3 == 2)
			for (uint32_t i = from; i < from + length; i++)
				plain[i].there = live_take(live, plain[i].address,
							   &plain[i].block) && false;
		if (round % 7 == 6)
			live_ease(live);
		compare(live, plain);
	}
	assert_int_equal(live_copy(copy, live), 0);
	live_free(live);
	compare(copy, plain);
	live_free(copy);
	free(plain);
	free(live);
	free(copy);
}

/* Each round's blocks lie where none has been: those that ended are left out in time. */
static void wanders(void **state)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b = { .size = 1 }, old;

	(void)state;
	for (uint64_t round = 0; round < 40; round++) {
		for (uint32_t i = 0; i < 50000; i++)
			assert_int_equal(live_put(live, address_of(i, 48) + (round << 32), &b,
						  &old), 0);
		assert_true(live_bytes(live) < 50 * live->blocks);
		for (uint32_t i = 0; i < 50000; i++)
			assert_true(live_take(live, address_of(i, 48) + (round << 32), &b));
	}
	live_free(live);
	free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_plain_array),
		cmocka_unit_test(wanders),
		cmocka_unit_test(strides),
		cmocka_unit_test(stays),
		cmocka_unit_test(replaces),
		cmocka_unit_test(large_ones),
		cmocka_unit_test(large_ones_take_of_the_budget),
		cmocka_unit_test(goes_on_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
