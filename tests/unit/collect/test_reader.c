/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images that come and go, with the test as the reader's thread (reader_parts.h): it
 * says when a round is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "tests/unit/collect/reader_fixture.h"

/* A new process of which the reader knows; its blocks are its own. */
static struct traced come(uint32_t process, uint64_t parent, uint64_t fork)
{
	struct traced traced = traced_with(family, (struct image_options){ .process = process });

	assert_true(reader_add(reader, traced.image, parent, fork));
	return traced;
}

static struct totals totals_of(uint32_t process)
{
	struct reader_status status = { .live = false };

	assert_true(reader_status(reader, process, &status));
	return status.totals;
}

/* Until nobody's names are waited for. */
static void let_go(void)
{
	assert_true(symbolizer_flush(family->symbolizer, 1e9));
	reader_let_go(reader);
}

static void test_each_process_has_its_figures_and_all_have_their_sum(void **state)
{
	struct traced one = come(1, 0, 0), two = come(2, 0, 0);
	struct reader_status status;

	(void)state;
	traced_acquire(&one, 0, 1, 64, 10, 0);
	traced_acquire(&two, 0, 1, 64, 5, 0);   /* the same address, another process */
	traced_acquire(&two, 0, 2, 128, 2, 0);
	assert_int_equal(reader_round(reader), 3);
	assert_int_equal(totals_of(1).current, 10);
	assert_int_equal(totals_of(2).current, 7);
	assert_int_equal(totals_of(0).current, 17);
	assert_int_equal(totals_of(0).blocks, 3);
	assert_int_equal(totals_of(0).events, 3);
	assert_false(reader_status(reader, 3, &status));
}

static void test_an_image_that_ends_while_its_ring_is_full_is_read_to_its_end(void **state)
{
	struct traced one = come(1, 0, 0);

	(void)state;
	one.control->stamp_count = 0;           /* all are newer than any clock */
	for (uint64_t i = 1; i <= WIRE_RING_SLOTS; i++)
		traced_acquire(&one, 0, i, 64 * i, 1, 0);
	assert_int_equal(reader_round(reader), 0);
	reader_ended(reader, 1, false);
	let_go();
	assert_int_equal(heard.ended, 1);
	assert_int_equal(heard.totals.blocks, WIRE_RING_SLOTS);
	assert_int_equal(heard.totals.lost, 0);
	assert_int_equal(reader_live(reader), 0);
	assert_int_equal(totals_of(0).allocations, WIRE_RING_SLOTS);
}

static struct traced endless;
static unsigned written;

/* A target that has always one more record: whoever reads to the end never gets there. */
static int one_more(void *user, struct image *image, struct drain_call *call)
{
	const struct wire_call record = { .head.bytes = sizeof(record), .sequence = ++written };

	(void)user;
	(void)image;
	(void)call;
	traced_record(&endless, 0, WIRE_CALL, 1, &record, sizeof(record));
	return 0;
}

static void test_a_tracer_that_writes_on_for_ever_is_left(void **state)
{
	(void)state;
	endless = traced_with(family, (struct image_options){ .call = one_more });
	assert_true(reader_add(reader, endless.image, 0, 0));
	one_more(NULL, NULL, NULL);
	reader_ended(reader, 1, false);
	assert_in_range(written, 100, 100000);
	assert_int_equal(reader_live(reader), 0);
	let_go();
	assert_int_equal(heard.ended, 1);
}

static void test_a_process_that_has_ended_holds_nothing_but_its_history_stays(void **state)
{
	struct traced one = come(1, 0, 0), two = come(2, 0, 0);
	struct reader_status status;

	(void)state;
	traced_acquire(&one, 0, 1, 64, 10, 0);
	traced_acquire(&two, 0, 1, 64, 5, 0);
	reader_round(reader);
	reader_ended(reader, 1, false);
	let_go();
	reader_publish(reader);
	assert_int_equal(totals_of(0).current, 5);
	assert_int_equal(totals_of(0).allocations, 2);
	assert_int_equal(totals_of(0).peak_ever, 15);
	assert_false(reader_status(reader, 1, &status));
	/* When the run has ended the sum is what each never freed. */
	reader_read_all(reader);
	reader->finished = true;
	reader_publish(reader);
	assert_int_equal(totals_of(0).current, 15);
	assert_int_equal(totals_of(0).blocks, 2);
}

static void test_a_peak_between_two_rounds_is_the_sums_too(void **state)
{
	struct traced one = come(1, 0, 0), two = come(2, 0, 0);

	(void)state;
	traced_acquire(&two, 0, 1, 64, 7, 0);
	reader_round(reader);
	traced_acquire(&one, 0, 1, 64, 100, 0);
	traced_release(&one, 0, 2, 64);
	reader_round(reader);
	assert_int_equal(totals_of(0).current, 7);
	assert_int_equal(totals_of(0).peak, 107);
	assert_int_equal(totals_of(1).peak, 100);
	/* An old peak is not added to what others get later. */
	traced_acquire(&two, 0, 3, 128, 50, 0);
	reader_round(reader);
	assert_int_equal(totals_of(0).peak, 107);
}

static void fork_of(const struct traced *parent, uint64_t fork, uint64_t child)
{
	traced_put(parent, 0, wire_event_make(child ? WIRE_FORKED : WIRE_FORK, WIRE_MALLOC, 2,
					      fork, child, 0));
}

static void test_a_forked_child_begins_with_what_its_parent_had_at_the_fork(void **state)
{
	struct traced one = come(1, 0, 0), child;

	(void)state;
	traced_acquire(&one, 0, 1, 64, 10, 0);
	traced_acquire(&one, 0, 1, 128, 20, 0);
	fork_of(&one, 1, 0);
	traced_release(&one, 0, 3, 64);
	traced_acquire(&one, 0, 4, 192, 40, 0);
	/* The parent's records are read before its child's first one. */
	child = come(2, one.image->number, 1);
	traced_release(&child, 0, 5, 64);
	traced_release(&child, 0, 6, 192);      /* begun by its parent after the fork */
	reader_round(reader);
	assert_int_equal(totals_of(1).current, 60);
	assert_int_equal(totals_of(2).current, 20);
	assert_int_equal(totals_of(2).unknown_frees, 1);
}

static void test_a_child_of_a_parent_that_nobody_knows_doubts_no_free(void **state)
{
	struct traced child = come(1, 99, 1);

	(void)state;
	traced_release(&child, 0, 1, 64);
	traced_acquire(&child, 0, 2, 64, 10, 0);
	reader_round(reader);
	assert_int_equal(totals_of(1).current, 10);
	assert_int_equal(totals_of(1).unknown_frees, 0);
}

static void test_a_child_may_come_after_its_parent_has_ended(void **state)
{
	struct traced one = come(1, 0, 0), child;
	uint64_t number = one.image->number;

	(void)state;
	traced_acquire(&one, 0, 1, 64, 10, 0);
	fork_of(&one, 1, 0);
	fork_of(&one, 1, 4711);
	reader_ended(reader, 1, false);
	let_go();
	assert_int_equal(heard.ended, 1);
	assert_int_equal(reader->length, 1);
	assert_int_equal(reader->images[0]->state, IMAGE_LEFT);
	assert_int_equal(heard.pid, 4711);
	child = come(2, number, 1);
	reader_round(reader);
	assert_int_equal(totals_of(2).current, 10);
	/* There is no other: its model goes. */
	let_go();
	assert_int_equal(reader->length, 1);
	assert_ptr_equal(reader->images[0], child.image);
}

static void test_a_parent_is_let_go_when_its_children_will_not_come(void **state)
{
	struct traced one = come(1, 0, 0);

	(void)state;
	fork_of(&one, 1, 0);
	reader_ended(reader, 1, false);
	let_go();
	assert_int_equal(reader->length, 1);
	heard.gone = true;
	reader_ask_forks(reader);
	let_go();
	assert_int_equal(reader->length, 0);
	assert_int_equal(heard.ended, 1);       /* once, however often it is looked at */
}

static void test_an_image_that_another_takes_the_place_of_leaves_no_figures(void **state)
{
	struct traced one = come(1, 0, 0), next;

	(void)state;
	traced_acquire(&one, 0, 1, 64, 10, 0);
	reader_round(reader);
	reader_ended(reader, 1, true);
	next = come(1, 0, 0);
	traced_acquire(&next, 0, 1, 64, 3, 0);
	reader_round(reader);
	let_go();
	assert_int_equal(heard.ended, 0);
	assert_int_equal(totals_of(0).current, 3);
	assert_int_equal(totals_of(0).allocations, 1);
	assert_int_equal(totals_of(1).current, 3);
}

static void test_nothing_is_taken_once_the_run_has_ended(void **state)
{
	struct traced late = traced_new(family);

	(void)state;
	reader->finished = true;
	assert_false(reader_add(reader, late.image, 0, 0));
	assert_int_equal(reader->length, 0);
	image_free(late.image);         /* the caller's still */
}

static void test_more_images_come_than_there_was_room_for(void **state)
{
	struct traced all[40];

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		all[i] = come(i + 1, 0, 0);
		traced_acquire(&all[i], 0, 1, 64, i + 1, 0);
	}
	assert_int_equal(reader_round(reader), 40);
	for (uint32_t i = 0; i < 40; i += 2)
		reader_ended(reader, i + 1, false);
	let_go();
	for (uint32_t i = 1; i < 40; i += 2)
		assert_int_equal(totals_of(i + 1).current, i + 1);
	assert_int_equal(reader_live(reader), 20);
	reader_publish(reader);
	assert_int_equal(totals_of(0).current, 20 * 21);
}

static void test_the_heaviest_other_is_one_that_lives(void **state)
{
	struct traced one = come(1, 0, 0), two = come(2, 0, 0), three = come(3, 0, 0);

	(void)state;
	traced_acquire(&one, 0, 1, 64, 10, 0);
	traced_acquire(&two, 0, 1, 64, 20, 0);
	traced_acquire(&three, 0, 1, 64, 30, 0);
	reader_round(reader);
	assert_int_equal(reader_heavier(reader, 1, 0).process, 3);
	assert_int_equal(reader_heavier(reader, 3, 0).process, 2);
	assert_int_equal(reader_heavier(reader, 1, 30).process, 0);
	reader_ended(reader, 3, false);
	assert_int_equal(reader_heavier(reader, 1, 0).process, 2);
	assert_int_equal(reader_heavier(reader, 1, 0).bytes, 20);
}

static void test_a_tracer_whose_ring_stands_still_hears_that_the_reader_lives(void **state)
{
	struct traced one = come(1, 0, 0);
	uint32_t before = one.control->reader_beat;

	(void)state;
	reader_round(reader);
	assert_int_equal(one.control->reader_beat, before + 1);
	reader_beat(reader);
	assert_int_equal(one.control->reader_beat, before + 2);
}

/* Nobody can say how many blocks it began with. */
static void test_a_child_of_an_image_that_is_gone_lacks_something(void **state)
{
	(void)state;
	come(1, 0, 0);
	come(2, 77, 1);
	reader_round(reader);
	assert_int_equal(totals_of(1).lost, 0);
	assert_int_equal(totals_of(2).lost, 1);
}

static void test_what_an_ended_process_leaves_waits_for_who_adds_up(void **state)
{
	(void)state;
	come(1, 0, 0);
	reader_keep_ended(reader, true);
	reader_keep_ended(reader, true);
	reader_ended(reader, 1, false);
	reader_keep_ended(reader, false);
	let_go();
	assert_int_equal(heard.ended, 0);
	assert_true(reader_waits(reader));
	reader_keep_ended(reader, false);
	let_go();
	assert_int_equal(heard.ended, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(each_process_has_its_figures_and_all_have_their_sum),
		TEST(an_image_that_ends_while_its_ring_is_full_is_read_to_its_end),
		TEST(a_tracer_that_writes_on_for_ever_is_left),
		TEST(a_process_that_has_ended_holds_nothing_but_its_history_stays),
		TEST(a_peak_between_two_rounds_is_the_sums_too),
		TEST(a_forked_child_begins_with_what_its_parent_had_at_the_fork),
		TEST(a_child_of_a_parent_that_nobody_knows_doubts_no_free),
		TEST(a_child_may_come_after_its_parent_has_ended),
		TEST(a_parent_is_let_go_when_its_children_will_not_come),
		TEST(an_image_that_another_takes_the_place_of_leaves_no_figures),
		TEST(nothing_is_taken_once_the_run_has_ended),
		TEST(more_images_come_than_there_was_room_for),
		TEST(the_heaviest_other_is_one_that_lives),
		TEST(a_tracer_whose_ring_stands_still_hears_that_the_reader_lives),
		TEST(a_child_of_an_image_that_is_gone_lacks_something),
		TEST(what_an_ended_process_leaves_waits_for_who_adds_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
