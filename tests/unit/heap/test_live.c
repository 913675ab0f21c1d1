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

/* What blocks side by side have in common: stack and time, the time, or nothing. */
enum common { ALL, TIME, NOTHING };

static struct live_block block_of(uint32_t i, enum common common)
{
	return (struct live_block){
		.size = i % 60000,
		.tally = common == ALL ? 7 : LIVE_TALLIES - 1 - i,
		.birth = common == NOTHING ? LIVE_BIRTH_MAX - i : 5,
	};
}

static void same(const struct live_block *a, const struct live_block *b)
{
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->tally, b->tally);
	assert_int_equal(a->birth, b->birth);
}

static void holds(const struct live *live, uint32_t from, uint32_t to, uint32_t stride,
		  enum common common)
{
	struct live_block b, expected;

	for (uint32_t i = from; i < to; i += 97) {
		assert_true(live_find(live, address_of(i, stride), &b));
		expected = block_of(i, common);
		same(&b, &expected);
	}
}

/* Costs at most `most` bytes a block. */
static void grow_and_shrink(uint32_t stride, enum common common, uint32_t most)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b, old, expected;
	uint64_t high;

	for (uint32_t i = 0; i < BLOCKS; i++) {
		b = block_of(i, common);
		assert_int_equal(live_put(live, address_of(i, stride), &b, &old), 0);
		if (i > 100000)
			assert_true(live_bytes(live) <= most * live->blocks);
	}
	holds(live, 0, BLOCKS, stride, common);
	high = live_bytes(live);
	for (uint32_t i = 0; i < BLOCKS - 100; i++) {
		assert_true(live_take(live, address_of(i, stride), &b));
		expected = block_of(i, common);
		same(&b, &expected);
		assert_false(live_find(live, address_of(i, stride), &b));
	}
	holds(live, BLOCKS - 100, BLOCKS, stride, common);
	assert_int_equal(live->blocks, 100);
	/* The first pass saw the high, the second one nothing of it. */
	live_ease(live);
	assert_int_equal(live_bytes(live), high);
	live_ease(live);
	holds(live, BLOCKS - 100, BLOCKS, stride, common);
	assert_true(live_bytes(live) < 512 * 1024 || high <= 4 << 20);
	live_free(live);
	free(live);
}

static void strides(void **state)
{
	(void)state;
	grow_and_shrink(16, ALL, 4);
	grow_and_shrink(16, TIME, 6);
	grow_and_shrink(16, NOTHING, 12);
	grow_and_shrink(48, ALL, 5);
	grow_and_shrink(48, TIME, 7);
	grow_and_shrink(48, NOTHING, 16);
	for (enum common common = ALL; common <= NOTHING; common++) {
		grow_and_shrink(32, common, 12);
		grow_and_shrink(512, common, 20);
		/* Where blocks lie far apart, more of the tree is each one's alone. */
		grow_and_shrink(4096, common, 36);
		grow_and_shrink(16384, common, 38);
		grow_and_shrink(65536 + 16, common, 32);
		/* Places of their own. */
		grow_and_shrink(24, common, 24);
		grow_and_shrink(1, common, 12);
	}
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

/* Blocks of 64 KiB and more among others, that come, change, move house and go. */
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

/* A table that has taken all of its budget, for blocks in all places from 1 to below the
 * result. */
static uint32_t fill(struct live *live, struct heap_budget *budget)
{
	struct live_block b = { .size = 1 }, old;
	uint32_t i = 1;

	live->memory.budget = budget;
	while (i < 1000000 && !live_put(live, address_of(i, 16), &b, &old))
		i++;
	assert_true(i > 10000 && i < 1000000);
	return i;
}

/* Where no more memory is to be had, entries that are there serve again, and so does all
 * that was given back once that is much. */
static void goes_on_at_its_limit(void **state)
{
	struct heap_budget budget = { 1 << 20 };
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b = { .size = 1 }, old;
	uint32_t i = fill(live, &budget);

	(void)state;
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

static uint32_t every_other(void *user, uint64_t address, const struct live_block *block)
{
	(void)user;
	return block->tally + (address >> 4) % 2;
}

/* A block that has not in common what its neighbours have needs more than its place. */
static void a_stranger_is_refused_where_no_memory_is_left(void **state)
{
	struct heap_budget budget = { 1 << 20 };
	struct live *live = calloc(1, sizeof(*live));
	struct live_block stranger = { .size = 1, .tally = 1, .birth = 1 }, b, old;
	uint32_t i = fill(live, &budget), anew = 0;

	(void)state;
	assert_int_equal(live_put(live, address_of(2, 16), &stranger, &old), -ENOMEM);
	assert_true(live_find(live, address_of(2, 16), &b));
	assert_int_equal(b.birth, 0);
	assert_int_equal(live_rebook(live, address_of(2, 16), 0, 1), -ENOMEM);
	assert_true(live_take(live, address_of(2, 16), &b));
	assert_int_equal(b.tally, 0);
	assert_int_equal(live_put(live, address_of(2, 16), &stranger, &old), -ENOMEM);
	assert_false(live_there(live, address_of(2, 16)));
	assert_int_equal(live_each(live, every_other, NULL), -ENOMEM);
	for (uint32_t n = 3; n < i; n++) {
		assert_true(live_find(live, address_of(n, 16), &b));
		anew += b.tally;
	}
	assert_int_equal(live->blocks, i - 2);
	assert_true(anew < i / 2 - 1);
	live_free(live);
	assert_int_equal(budget.left, 1 << 20);
	free(live);
}

/* Where all blocks have ended, those of another time take no more than they did; those of
 * two stacks in turn are not written anew each time. */
static void what_is_in_common_changes_with_the_time(void **state)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_block b, old;

	(void)state;
	for (uint32_t second = 0; second < 5; second++) {
		b = (struct live_block){ .size = 1, .tally = 4 + second, .birth = second };
		for (uint32_t i = 0; i < 40; i++)
			assert_int_equal(live_put(live, address_of(i, 16), &b, &old), 0);
		assert_int_equal(live->places, 40);
		assert_int_equal(live->places_units, 10);
		for (uint32_t i = 0; i < 40; i++) {
			assert_true(live_take(live, address_of(i, 16), &old));
			same(&old, &b);
		}
	}
	b.tally++;
	assert_int_equal(live_put(live, address_of(3, 16), &b, &old), 0);
	assert_int_equal(live->places_units, 20);
	live_free(live);
	free(live);
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

/* Threads allocate from heaps that are 64 MiB apart: the spans at their beginnings are all
 * known at one time. */
static void heaps_of_threads_do_not_drive_each_other_out(void **state)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_block old;

	(void)state;
	for (uint32_t i = 0; i < 8 * 181; i++) {
		uint64_t address = 0x7f1234000000 + i % 8 * (UINT64_C(64) << 20) + i / 8 * 1024;
		const struct live_block b = block_of(i, ALL);

		assert_int_equal(live_put(live, address, &b, &old), 0);
	}
	for (uint32_t i = 0; i < 8 * 181; i++) {
		uint64_t address = 0x7f1234000000 + i % 8 * (UINT64_C(64) << 20) + i / 8 * 1024;

		assert_non_null(live_known_span(live, live_key(address)));
	}
	live_free(live);
	free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wanders),
		cmocka_unit_test(strides),
		cmocka_unit_test(stays),
		cmocka_unit_test(replaces),
		cmocka_unit_test(large_ones),
		cmocka_unit_test(large_ones_take_of_the_budget),
		cmocka_unit_test(goes_on_at_its_limit),
		cmocka_unit_test(a_stranger_is_refused_where_no_memory_is_left),
		cmocka_unit_test(heaps_of_threads_do_not_drive_each_other_out),
		cmocka_unit_test(what_is_in_common_changes_with_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
