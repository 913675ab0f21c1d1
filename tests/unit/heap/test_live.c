/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of live blocks: what it holds, through growth and shrinking, and
 * what a block costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tracer/heap/live/live.h"

#define BLOCKS 300000u
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
	assert_true(live_bytes(live) > 20 * BLOCKS);
	while (live_ease(live))
		;
	assert_true(live_bytes(live) > 20 * BLOCKS);
	while (live_ease(live))
		;
	holds(live, BLOCKS - 100, BLOCKS, stride);
	assert_true(live_bytes(live) < 512 * 1024);
	live_free(live);
	free(live);
}

static void strides(void **state)
{
	(void)state;
	grow_and_shrink(16, 32);
	grow_and_shrink(32, 32);
	grow_and_shrink(48, 32);
	grow_and_shrink(4096, 32);
	grow_and_shrink(65536 + 16, 32);
	/* No allocator's: many blocks have one home. */
	grow_and_shrink(1, 40);
}

/* A heap that fills and empties again and again: its small shards stay. */
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
		while (live_ease(live))
			;
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

	for (unsigned i = 0; i < LIVE_SHARDS; i++)
		live_walk(live, i, see, &seen);
	return seen;
}

/* Blocks of 2 GiB and more among others, that come, change, move house and go. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strides),
		cmocka_unit_test(stays),
		cmocka_unit_test(replaces),
		cmocka_unit_test(large_ones),
		cmocka_unit_test(large_ones_take_of_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
