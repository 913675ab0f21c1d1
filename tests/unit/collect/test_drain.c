/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rings that a target has written as it liked: what is read, in which order, what is
 * given up, and what the target hears of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "tests/unit/collect/traced_fixture.h"

#define FUTURE (UINT64_C(1) << 35)      /* ticks beyond which no clock can be: drain.c */

static struct family *family;
static struct traced it;

static struct {
	unsigned calls;
	uint64_t current;               /* when the call came */
	char text[32];
} heard;

static int answer(void *user, struct image *image, struct drain_call *call)
{
	struct totals totals;

	(void)user;
	image_totals(image, &totals);
	heard.calls++;
	heard.current = totals.current;
	snprintf(heard.text, sizeof(heard.text), "%.*s", (int)call->text_length, call->text);
	call->value[0] = call->asked + 1;
	strcpy(call->answer, "so be it");
	return -7;
}

static int begin(void **state)
{
	(void)state;
	family = family_new(NULL, "");
	it = traced_with(family, (struct image_options){ .call = answer });
	memset(&heard, 0, sizeof(heard));
	return 0;
}

static int end(void **state)
{
	(void)state;
	image_free(it.image);
	family_free(family);
	return 0;
}

static uint64_t round_of(bool final) { return drain_round(it.image->drain, final); }

static void test_a_head_further_than_a_ring_from_its_tail_is_not_followed(void **state)
{
	struct wire_ring *ring = traced_ring(&it, 0);

	(void)state;
	traced_acquire(&it, 0, 1, 64, 10, 0);
	ring->head = WIRE_RING_SLOTS + 1;
	ring->room_wanted = 1;
	assert_int_equal(round_of(false), 0);
	assert_int_equal(traced_totals(&it).blocks, 0);
	assert_int_equal(traced_totals(&it).lost, 1);
	assert_int_equal(ring->tail, WIRE_RING_SLOTS + 1);
	assert_int_equal(ring->room_wanted, 0);
	/* From there on it is read as any other. */
	traced_acquire(&it, 0, 2, 64, 20, 0);
	assert_int_equal(round_of(false), 1);
	assert_int_equal(traced_totals(&it).current, 20);
}

static void test_a_head_that_goes_back_reads_nothing_twice(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 5; i++)
		traced_acquire(&it, 0, i, 64 * i, 10, 0);
	assert_int_equal(round_of(false), 5);
	traced_ring(&it, 0)->head = 2;
	assert_int_equal(round_of(false), 0);
	assert_int_equal(round_of(true), 0);
	assert_int_equal(traced_totals(&it).allocations, 5);
	assert_int_equal(traced_totals(&it).lost, 1);
	assert_false(drain_pending(it.image->drain));
}

static void test_a_head_that_wraps_around_is_followed(void **state)
{
	(void)state;
	traced_ring(&it, 0)->head = UINT64_MAX - 1;
	round_of(false);
	assert_int_equal(traced_totals(&it).lost, 1);
	for (uint64_t i = 1; i <= 4; i++)
		traced_acquire(&it, 0, i, 64 * i, 10, 0);
	assert_int_equal(traced_ring(&it, 0)->head, 2);
	assert_int_equal(round_of(false), 4);
	assert_int_equal(traced_totals(&it).current, 40);
	assert_int_equal(traced_ring(&it, 0)->tail, 2);
	assert_false(drain_pending(it.image->drain));
}

static void test_a_ring_that_is_full_is_read_whole(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= WIRE_RING_SLOTS; i++)
		traced_acquire(&it, 0, i, 64 * i, 1, 0);
	assert_int_equal(round_of(false), WIRE_RING_SLOTS);
	assert_int_equal(drain_fill(it.image->drain), WIRE_RING_SLOTS);
	assert_int_equal(traced_totals(&it).blocks, WIRE_RING_SLOTS);
	assert_int_equal(traced_totals(&it).lost, 0);
	assert_int_equal(round_of(false), 0);
	assert_int_equal(drain_fill(it.image->drain), 0);
}

static void test_a_record_that_is_torn_ends_the_ring(void **state)
{
	const struct wire_thread record = { .head.bytes = 5000, .tid = 7, .name = "torn" };

	(void)state;
	traced_acquire(&it, 0, 1, 64, 10, 0);
	traced_record(&it, 0, WIRE_THREAD_BEGIN, 2, &record, sizeof(record));
	traced_acquire(&it, 0, 3, 128, 20, 0);
	round_of(false);
	/* Its own slot, two of its payload and the one behind it. */
	assert_int_equal(traced_totals(&it).lost, 4);
	assert_int_equal(traced_totals(&it).current, 10);
	assert_int_equal(traced_ring(&it, 0)->tail, traced_ring(&it, 0)->head);
	traced_acquire(&it, 0, 4, 192, 30, 0);
	round_of(false);
	assert_int_equal(traced_totals(&it).current, 40);
	assert_int_equal(traced_totals(&it).lost, 4);
}

static void test_a_record_without_its_payload_ends_the_ring(void **state)
{
	(void)state;
	traced_record(&it, 0, WIRE_CALL, 2, NULL, 0);
	round_of(true);
	assert_int_equal(heard.calls, 0);
	assert_int_equal(traced_totals(&it).lost, 1);
	assert_false(drain_pending(it.image->drain));
}

static void test_a_payload_shorter_than_its_header_ends_the_ring(void **state)
{
	const struct wire_call record = { .head = { 7, WIRE_CALL_MARK }, .sequence = 1 };

	(void)state;
	traced_record(&it, 0, WIRE_CALL, 2, &record, sizeof(record));
	round_of(true);
	assert_int_equal(heard.calls, 0);
	assert_int_equal(traced_totals(&it).lost, 1 + wire_payload_slots(sizeof(record)));
}

static void test_a_payload_longer_than_any_ends_the_ring(void **state)
{
	const struct wire_call record = {
		.head = { sizeof(struct wire_stack) + WIRE_STACK_MAX + 1, WIRE_CALL_MARK },
	};

	(void)state;
	traced_record(&it, 0, WIRE_CALL, 2, &record, sizeof(record));
	traced_ring(&it, 0)->head = 4000;
	round_of(true);
	assert_int_equal(heard.calls, 0);
	assert_int_equal(traced_totals(&it).lost, 4000);
}

static void test_a_kind_that_nobody_knows_ends_its_ring_and_no_other(void **state)
{
	const struct wire_call record = { .head.bytes = sizeof(record) };

	(void)state;
	it.control->rings = 2;
	traced_record(&it, 0, WIRE_KINDS, 2, &record, sizeof(record));
	traced_acquire(&it, 0, 3, 64, 10, 0);
	traced_acquire(&it, 1, 1, 128, 20, 0);
	traced_acquire(&it, 1, 4, 192, 30, 0);
	round_of(false);
	assert_int_equal(traced_totals(&it).current, 50);
	assert_int_equal(traced_totals(&it).lost, 2 + wire_payload_slots(sizeof(record)));
}

static void test_a_record_that_wraps_around_its_ring_is_whole(void **state)
{
	const struct {
		struct wire_call call;
		char text[8];
	} record = {
		{ .head = { sizeof(record), WIRE_CALL_MARK }, .sequence = 9, .text_length = 8 },
		"the end"
	};
	struct wire_ring *ring = traced_ring(&it, 0);

	(void)state;
	for (uint64_t i = 1; i < WIRE_RING_SLOTS - 1; i++)
		traced_release(&it, 0, i, 64);
	round_of(false);
	assert_int_equal(ring->tail, WIRE_RING_SLOTS - 2);
	assert_int_equal(wire_payload_slots(sizeof(record)), 2);
	traced_record(&it, 0, WIRE_CALL, WIRE_RING_SLOTS, &record, sizeof(record));
	round_of(false);
	assert_int_equal(heard.calls, 1);
	assert_string_equal(heard.text, "the end");
	assert_int_equal(ring->reply.sequence, 9);
}

/* Blocks that one ring begins and another ends; only the stamps say in which order. */
static void test_rings_are_merged_by_their_stamps(void **state)
{
	enum { RINGS = 9, EVENTS = 900 };

	(void)state;
	it.control->rings = RINGS;
	assert_true(segment_grow(it.image->segment));
	for (int i = 0; segment_rings(it.image->segment) < RINGS && i < 100; i++)
		segment_grow(it.image->segment);
	assert_int_equal(segment_rings(it.image->segment), RINGS);
	for (uint32_t i = 0; i < EVENTS; i++) {
		uint32_t ring = i * i % 13 % RINGS;

		if (i % 2 == 0)
			traced_acquire(&it, ring, 10 + i, 64, 10, 0);
		else
			traced_release(&it, ring, 10 + i, 64);
	}
	assert_int_equal(round_of(false), EVENTS);
	struct totals totals = traced_totals(&it);

	assert_int_equal(totals.allocations, EVENTS / 2);
	assert_int_equal(totals.frees, EVENTS / 2);
	assert_int_equal(totals.unknown_frees, 0);
	assert_int_equal(totals.peak, 10);
}

static void test_what_is_newer_than_the_bound_waits_for_the_next_round(void **state)
{
	(void)state;
	it.control->stamp_count = 10;
	traced_acquire(&it, 0, 10, 64, 1, 0);
	traced_acquire(&it, 0, 11, 128, 2, 0);
	assert_int_equal(round_of(false), 1);
	assert_int_equal(traced_totals(&it).current, 1);
	assert_true(drain_pending(it.image->drain));
	assert_int_equal(traced_ring(&it, 0)->tail, 1);
	assert_int_equal(round_of(false), 0);
	it.control->stamp_count = 11;
	assert_int_equal(round_of(false), 1);
	assert_int_equal(traced_totals(&it).current, 3);
}

static void test_the_last_round_reads_what_no_clock_has_reached(void **state)
{
	(void)state;
	it.control->stamp_count = 10;
	traced_acquire(&it, 0, 5000, 64, 1, 0);
	assert_int_equal(round_of(false), 0);
	assert_int_equal(round_of(true), 1);
	assert_int_equal(traced_totals(&it).current, 1);
	assert_int_equal(traced_totals(&it).lost, 0);
}

/* The last stamp that may still come true waits; the next one is nonsense. */
static void test_a_stamp_beyond_the_horizon_holds_nothing_up(void **state)
{
	(void)state;
	it.control->stamp_count = 10;
	traced_acquire(&it, 0, 10 + FUTURE, 64, 1, 0);
	assert_int_equal(round_of(false), 0);
	assert_int_equal(traced_totals(&it).lost, 0);
	traced_ring(&it, 0)->slot[0] = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC,
						       11 + FUTURE, 64, 1, 0);
	assert_int_equal(round_of(false), 1);
	assert_int_equal(traced_totals(&it).lost, 1);
	assert_int_equal(traced_totals(&it).current, 1);
}

static void test_a_retired_ring_is_free_when_its_last_record_is_read(void **state)
{
	const struct wire_thread begins = { .head.bytes = sizeof(begins), .tid = 7, .name = "a" };
	struct wire_ring *ring = traced_ring(&it, 0);

	(void)state;
	it.control->stamp_count = 1;
	ring->state = WIRE_RING_CLAIMED;
	traced_record(&it, 0, WIRE_THREAD_BEGIN, 1, &begins, sizeof(begins));
	traced_acquire(&it, 0, 50, 64, 1, 0);
	ring->state = WIRE_RING_RETIRED;
	round_of(false);
	round_of(false);
	assert_int_equal(ring->state, WIRE_RING_RETIRED);
	it.control->stamp_count = 50;
	round_of(false);                /* reads it; */
	round_of(false);                /* finds nothing more */
	assert_int_equal(ring->state, WIRE_RING_FREE);
	assert_int_equal(traced_totals(&it).current, 1);
}

static void test_a_ring_that_is_empty_and_claimed_stays_claimed(void **state)
{
	struct wire_ring *ring = traced_ring(&it, 0);

	(void)state;
	ring->state = WIRE_RING_CLAIMED;
	round_of(false);
	round_of(true);
	assert_int_equal(ring->state, WIRE_RING_CLAIMED);
}

static void test_a_call_is_answered_with_all_that_came_before_it(void **state)
{
	struct {
		struct wire_call call;
		char text[8];
	} record = {
		{ .head = { sizeof(record), WIRE_CALL_MARK }, .sequence = 3, .text_length = 5,
		  .value = 41 }, "hello!!"
	};
	struct wire_ring *ring = traced_ring(&it, 1);

	(void)state;
	it.control->rings = 2;
	traced_acquire(&it, 0, 1, 64, 10, 0);
	traced_record(&it, 1, WIRE_CALL, 2, &record, sizeof(record));
	traced_acquire(&it, 0, 3, 128, 20, 0);
	round_of(false);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.current, 10);
	assert_string_equal(heard.text, "hello");
	assert_int_equal(ring->reply.sequence, 3);
	assert_int_equal(ring->reply.status, -7);
	assert_int_equal(ring->reply.value[0], 42);
	assert_string_equal(ring->reply_text, "so be it");
	assert_int_equal(traced_totals(&it).current, 30);
}

static void test_a_call_whose_text_is_longer_than_its_record_is_not_answered(void **state)
{
	const struct wire_call record = {
		.head = { sizeof(record), WIRE_CALL_MARK }, .sequence = 3, .text_length = 1,
	};

	(void)state;
	traced_record(&it, 0, WIRE_CALL, 2, &record, sizeof(record));
	traced_acquire(&it, 0, 3, 64, 10, 0);
	round_of(false);
	assert_int_equal(heard.calls, 0);
	assert_int_equal(traced_ring(&it, 0)->reply.sequence, 0);
	assert_int_equal(traced_totals(&it).lost, 1);
	assert_int_equal(traced_totals(&it).current, 10);       /* what follows is read */
}

static void test_a_stack_that_has_more_bytes_than_its_record_begins_no_block(void **state)
{
	const struct wire_stack record = { .head = { sizeof(record), 1 } };

	(void)state;
	traced_record(&it, 0, WIRE_ACQUIRE_STACK, 2, &record, sizeof(record));
	traced_acquire(&it, 0, 3, 128, 10, 0);
	round_of(false);
	assert_int_equal(traced_totals(&it).blocks, 1);
	assert_int_equal(traced_totals(&it).lost, 1);
}

static int32_t listed[4];
static unsigned listed_length;

static void list(void *user, int32_t tid, struct thread_id thread)
{
	assert_string_equal(catalog_text(family->catalog, catalog_thread(user, thread).name), "wörk");
	if (listed_length < 4)
		listed[listed_length++] = tid;
}

static void test_a_thread_is_listed_from_its_begin_to_its_end(void **state)
{
	struct wire_thread record = { .head.bytes = sizeof(record), .tid = 7, .name = "wörk" };

	(void)state;
	listed_length = 0;
	drain_threads(it.image->drain, list, family->catalog);
	assert_int_equal(listed_length, 0);
	traced_record(&it, 0, WIRE_THREAD_BEGIN, 1, &record, sizeof(record));
	round_of(false);
	drain_threads(it.image->drain, list, family->catalog);
	assert_int_equal(listed_length, 1);
	assert_int_equal(listed[0], 7);
	memset(record.name, 0, sizeof(record.name));    /* it may not ask any more: the name stays */
	traced_record(&it, 0, WIRE_THREAD_END, 2, &record, sizeof(record));
	round_of(false);
	drain_threads(it.image->drain, list, family->catalog);
	assert_int_equal(listed_length, 1);
	assert_string_equal(catalog_text(family->catalog, catalog_thread(family->catalog,
				    (struct thread_id){ 1 }).name), "wörk");
}

static void test_a_name_of_sixteen_bytes_needs_no_end(void **state)
{
	struct wire_thread record = { .head.bytes = sizeof(record), .tid = 7 };
	struct thread thread;

	(void)state;
	memset(record.name, 'x', sizeof(record.name));
	traced_record(&it, 0, WIRE_THREAD_BEGIN, 1, &record, sizeof(record));
	round_of(false);
	thread = catalog_thread(family->catalog, (struct thread_id){ 1 });
	assert_string_equal(catalog_text(family->catalog, thread.name), "xxxxxxxxxxxxxxxx");
}

static void test_losses_that_cannot_be_are_none(void **state)
{
	(void)state;
	round_of(false);
	traced_ring(&it, 0)->lost[WIRE_LOST_FREE] = 5;
	it.control->lost[WIRE_LOST_FREE] = (uint64_t)-2;
	assert_int_equal(drain_lost(it.image->drain).frees, 3);
	traced_ring(&it, 0)->lost[WIRE_LOST_ALLOCATION] = UINT64_MAX / 2;
	it.control->lost[WIRE_LOST_ALLOCATION] = 1;
	assert_int_equal(drain_lost(it.image->drain).allocations, 0);
	assert_int_equal(drain_lost(it.image->drain).all, 3);
}

static void test_a_ring_that_was_claimed_since_the_last_round_is_pending(void **state)
{
	(void)state;
	round_of(false);
	assert_false(drain_pending(it.image->drain));
	it.control->rings = 2;
	assert_true(drain_pending(it.image->drain));
	round_of(false);
	assert_false(drain_pending(it.image->drain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(a_head_further_than_a_ring_from_its_tail_is_not_followed),
		TEST(a_head_that_goes_back_reads_nothing_twice),
		TEST(a_head_that_wraps_around_is_followed),
		TEST(a_ring_that_is_full_is_read_whole),
		TEST(a_record_that_is_torn_ends_the_ring),
		TEST(a_record_without_its_payload_ends_the_ring),
		TEST(a_payload_shorter_than_its_header_ends_the_ring),
		TEST(a_payload_longer_than_any_ends_the_ring),
		TEST(a_kind_that_nobody_knows_ends_its_ring_and_no_other),
		TEST(a_record_that_wraps_around_its_ring_is_whole),
		TEST(rings_are_merged_by_their_stamps),
		TEST(what_is_newer_than_the_bound_waits_for_the_next_round),
		TEST(the_last_round_reads_what_no_clock_has_reached),
		TEST(a_stamp_beyond_the_horizon_holds_nothing_up),
		TEST(a_retired_ring_is_free_when_its_last_record_is_read),
		TEST(a_ring_that_is_empty_and_claimed_stays_claimed),
		TEST(a_call_is_answered_with_all_that_came_before_it),
		TEST(a_call_whose_text_is_longer_than_its_record_is_not_answered),
		TEST(a_stack_that_has_more_bytes_than_its_record_begins_no_block),
		TEST(a_thread_is_listed_from_its_begin_to_its_end),
		TEST(a_name_of_sixteen_bytes_needs_no_end),
		TEST(losses_that_cannot_be_are_none),
		TEST(a_ring_that_was_claimed_since_the_last_round_is_pending),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
