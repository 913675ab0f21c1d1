/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tally's figures in narrow sums and wide parts, against a ledger of 64 bits each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tracer/heap/tally/saved.h"
#include "tracer/heap/tally/sums.h"
#include "tracer/heap/tally/then.h"

#define TALLIES 3u
#define BLOCKS 120000u                  /* more than a sum of 16 bits holds, twice */

/* What a tally should have. */
struct truth {
	struct figures now, ever;
	uint32_t sizes[SIZE_CLASSES], sizes_ever[SIZE_CLASSES];
	uint64_t peak;
};

static struct tallies tallies;
static struct truth truth[TALLIES];
static struct tally_block blocks[TALLIES][BLOCKS];
static size_t length[TALLIES];

static int begin(void **state)
{
	uint32_t index;

	(void)state;
	tallies = (struct tallies){ 0 };
	memset(truth, 0, sizeof(truth));
	memset(length, 0, sizeof(length));
	for (uint32_t i = 0; i < TALLIES; i++) {
		assert_int_equal(tally_get(&tallies, i + 1, 1, 0, &index), 0);
		assert_int_equal(index, i);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	tallies_free(&tallies);
	return 0;
}

static void assert_is(const struct tally_then *then, const struct figures *figures,
		      const uint32_t sizes[SIZE_CLASSES])
{
	struct figures is = { 0 };
	uint32_t of[SIZE_CLASSES] = { 0 };

	then_read(then, &is, of);
	assert_memory_equal(&is, figures, sizeof(is));
	assert_memory_equal(of, sizes, sizeof(of));
}

static void check(uint32_t i)
{
	const struct tally *tally = tally_at(&tallies, i);
	const struct tally_then now = tally_then(&tallies, tally, false);
	const struct tally_then ever = tally_then(&tallies, tally, true);
	const struct figures figures = tally_figures(&tallies, tally);

	assert_is(&now, &truth[i].now, truth[i].sizes);
	assert_is(&ever, &truth[i].ever, truth[i].sizes_ever);
	assert_memory_equal(&figures, &truth[i].now, sizeof(figures));
	assert_int_equal(tally_size(&tallies, tally), truth[i].now.size);
	assert_int_equal(tally_peak(&tallies, tally), truth[i].peak);
}

/* What all have now is what they had at the peak of all. */
static void peak(bool ever)
{
	tallies_peak(&tallies, ever);
	for (uint32_t i = 0; i < TALLIES; i++) {
		truth[i].peak = truth[i].now.size;
		if (!ever)
			continue;
		truth[i].ever = truth[i].now;
		memcpy(truth[i].sizes_ever, truth[i].sizes, sizeof(truth[i].sizes));
	}
}

static struct tally_block some_block(bool samples)
{
	static const uint64_t most[] = { 64, 64, 64, 4096, 1 << 20, 1 << 30,
					 UINT64_C(1) << 46 };
	uint64_t size = pick(most[pick(sizeof(most) / sizeof(*most))]);

	return (struct tally_block){
		.size = size,
		.count = !samples || pick(2) ? 1 : pick(16) ? pick(5000) :
			 pick(UINT64_C(1) << 40),
		.class = size_class(size),
	};
}

static void live(struct truth *of, struct tally_block block, uint64_t sign)
{
	of->now.size += sign * block.size;
	of->now.count += sign * block.count;
	of->sizes[block.class] += (uint32_t)(sign * block.count);
}

static void add(uint32_t i, struct tally_block block)
{
	struct tally *tally = tally_at(&tallies, i);

	assert_true(tally_room(&tallies, tally, block.size, block.count));
	tally_save(&tallies, tally);
	tally_begin(&tallies, tally, block);
	live(&truth[i], block, 1);
	truth[i].now.allocations += block.count;
	truth[i].now.total += block.size;
	blocks[i][length[i]++] = block;
}

/* Takes any block away; `fails`: a realloc that puts it back. */
static void take(uint32_t i, bool fails)
{
	struct tally *tally = tally_at(&tallies, i);
	size_t at = pick(length[i]);
	struct tally_block block = blocks[i][at];
	uint64_t temporary = pick(2) ? block.count : 0;

	tally_save(&tallies, tally);
	tally_end(&tallies, tally, block, temporary);
	live(&truth[i], block, -UINT64_C(1));
	truth[i].now.temporary += temporary;
	check(i);
	if (!fails) {
		blocks[i][at] = blocks[i][--length[i]];
		return;
	}
	assert_true(tally_make_room(&tallies, tally, block.size, block.count));
	tally_add(&tallies, tally, block);
	tally_take_temporary(&tallies, tally, temporary);
	live(&truth[i], block, 1);
	truth[i].now.temporary -= temporary;
}

/* Heaps that grow to the end of what there is room for here, and shrink again. */
static void go(bool samples)
{
	for (uint32_t round = 0, rising = 1; round < 600000; round++) {
		uint32_t i = (uint32_t)pick(TALLIES);

		if (!pick(60000))
			rising = !rising;
		if (length[i] == BLOCKS || (length[i] && pick(10) >= (rising ? 9 : 3)))
			take(i, !pick(4));
		else if (length[i] < BLOCKS)
			add(i, some_block(samples));
		if (!pick(50))
			peak(pick(2));
		if (!pick(20))
			check(i);
	}
	for (uint32_t i = 0; i < TALLIES; i++)
		while (length[i])
			take(i, false);
	for (uint32_t i = 0; i < TALLIES; i++) {
		check(i);
		assert_int_equal(truth[i].now.size, 0);
	}
}

static void test_figures_are_those_of_a_ledger(void **state)
{
	(void)state;
	go(false);
}

static void test_samples_count_several_times(void **state)
{
	(void)state;
	go(true);
}

/* What has ever so many blocks, all of one class. */
static void test_a_class_has_more_blocks_than_its_sum_holds(void **state)
{
	const struct tally_block small = { 8, 1, size_class(8) };

	(void)state;
	peak(true);
	for (uint32_t i = 0; i < BLOCKS; i++)
		add(0, small);
	check(0);
	assert_int_equal(truth[0].sizes[small.class], BLOCKS);
	peak(true);
	while (length[0])
		take(0, false);
	check(0);
	assert_int_equal(truth[0].sizes_ever[small.class], BLOCKS);
}

/* As settled stacks do: all that one has becomes another's. */
static void test_what_one_has_moves_to_another(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		struct tally *from = tally_at(&tallies, 0), *to = tally_at(&tallies, 1);

		for (unsigned i = 0; i < 20; i++)
			add(0, some_block(round % 3 == 0));
		if (pick(2))
			peak(true);
		add(1, some_block(false));
		take(0, false);
		tally_make_rest(&tallies, from);
		assert_true(tally_make_room_of(&tallies, to, from));
		tally_save(&tallies, from);
		tally_save(&tallies, to);
		tally_move(&tallies, to, from);
		figures_add(&truth[1].now, &truth[0].now);
		figures_add(&truth[1].ever, &truth[0].ever);
		for (unsigned i = 0; i < SIZE_CLASSES; i++) {
			truth[1].sizes[i] += truth[0].sizes[i];
			truth[1].sizes_ever[i] += truth[0].sizes_ever[i];
		}
		truth[1].peak += truth[0].peak;
		truth[0] = (struct truth){ 0 };
		length[0] = length[1] = 0;
		check(0);
		check(1);
	}
}

/* The budget has no room for wide parts. */
static void test_without_memory_a_block_is_refused_and_nothing_changes(void **state)
{
	struct heap_budget budget = { 2 * 256 * sizeof(struct tally) };
	const struct tally_block large = { UINT64_C(1) << 40, 1, SIZE_CLASSES - 1 };
	const struct tally_block some = { (1 << 20) - 1, 1, size_class((1 << 20) - 1) };
	struct tally *tally;

	tallies_free(&tallies);
	tallies = (struct tallies){ .budget = &budget };
	begin(state);
	tallies.budget = &budget;
	tallies_free(&tallies);
	tallies = (struct tallies){ .budget = &budget };
	uint32_t index;

	assert_int_equal(tally_get(&tallies, 1, 1, 0, &index), 0);
	tally = tally_at(&tallies, index);
	assert_false(tally_room(&tallies, tally, large.size, large.count));
	unsigned added = 0;

	while (tally_room(&tallies, tally, some.size, some.count)) {
		add(0, some);
		added++;
	}
	assert_true(added >= 2048 && added < 4096);
	check(0);
	while (length[0])
		take(0, false);
	check(0);
	/* What ever lived does not become less. */
	assert_false(tally_room(&tallies, tally, some.size, some.count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(figures_are_those_of_a_ledger),
		TEST(samples_count_several_times),
		TEST(a_class_has_more_blocks_than_its_sum_holds),
		TEST(what_one_has_moves_to_another),
		TEST(without_memory_a_block_is_refused_and_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
