/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images that come and go, with the test as the reader's thread (reader_parts.h): it
 * says when a round is.  At the end the same by questions to a reader with a thread.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "tests/unit/collect/traced_fixture.h"
#include "tracer/collect/rings/reader_look.h"
#include "tracer/collect/rings/reader_parts.h"

static struct family *family;
static struct reader *reader;

static struct {
	unsigned ended, asked;
	struct totals totals;           /* of the last that ended */
	bool gone;                      /* what `gone` answers */
	int32_t pid;                    /* that it was asked for */
} heard;

static void changed(void *user) { (void)user; }

static void ended(void *user, struct image *image)
{
	(void)user;
	heard.ended++;
	image_totals(image, &heard.totals);
}

static bool gone(void *user, const struct image *parent, int32_t pid)
{
	(void)user;
	assert_non_null(parent);
	heard.asked++;
	heard.pid = pid;
	return heard.gone;
}

static const struct reader_ops ops = { .changed = changed, .ended = ended, .gone = gone };

static int begin(void **state)
{
	(void)state;
	memset(&heard, 0, sizeof(heard));
	family = family_new(NULL, "");
	reader = reader_make(&ops, NULL);
	return family && reader ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	reader_drop_all(reader);
	reader_unmake(reader);
	family_free(family);
	return 0;
}

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

/* --- questions, to a reader with a thread --- */

static struct reader *threaded(void)
{
	struct reader *r = reader_new(&ops, NULL);

	assert_non_null(r);
	return r;
}

static void test_questions_are_answered_without_any_image(void **state)
{
	struct reader *r = threaded();
	struct reader_status status;
	struct reader_thread thread;
	size_t length = 9;

	(void)state;
	assert_null(reader_freeze(r, 0, MOMENT_LIVE));
	assert_null(reader_freeze_all(r, MOMENT_LIVE, &length));
	assert_int_equal(length, 0);
	assert_null(reader_part(r, 0, 0));
	assert_int_equal(reader_threads(r, &thread, 1), 0);
	reader_reset_peak(r);
	reader_forks(r);
	reader_end(r, 1, false);
	assert_true(reader_status(r, 0, &status));
	assert_int_equal(status.totals.events, 0);
	reader_finish(r);
	reader_free(r);
	reader_free(NULL);
}

static void test_an_answer_knows_all_that_was_published_before_the_question(void **state)
{
	const struct wire_thread record = { .head.bytes = sizeof(record), .tid = 7, .name = "w" };
	struct reader *r = threaded();
	struct traced one = traced_new(family);
	struct reader_thread threads[2];

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	traced_record(&one, 0, WIRE_THREAD_BEGIN, 1, &record, sizeof(record));
	for (uint64_t i = 1; i <= 200; i++) {
		traced_acquire(&one, 0, i, 64 * i, 1, 0);
		struct snapshot *now = reader_freeze(r, 1, MOMENT_LIVE);

		assert_int_equal(now->totals.blocks, i);
		assert_int_equal(now->kind, MOMENT_LIVE);
		snapshot_release(now);
	}
	assert_null(reader_freeze(r, 2, MOMENT_LIVE));
	assert_int_equal(reader_threads(r, threads, 2), 1);
	assert_int_equal(threads[0].tid, 7);
	assert_int_equal(reader_threads(r, threads, 0), 0);
	reader_free(r);
}

static int sum_up(void *user, const struct model_block *block)
{
	uint64_t *sums = user;

	sums[0]++;
	sums[1] += block->size;
	return sums[0] == sums[2] ? -ENOSPC : 0;
}

struct coming {
	struct traced *traced;
	uint64_t sums[3];
	uint64_t asked;
	int fails;
};

/* The process goes on allocating until it stops. */
static int stands_at_last(void *user)
{
	struct coming *coming = user;

	if (coming->asked == 3)
		return coming->fails ? coming->fails : 1;
	coming->asked++;
	traced_acquire(coming->traced, 0, coming->asked, 64 * coming->asked, 10, 0);
	return 0;
}

static int sum_coming(void *user, const struct model_block *block)
{
	return sum_up(((struct coming *)user)->sums, block);
}

static void test_the_reader_is_there_before_the_process_stops(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family);
	struct coming coming = { .traced = &one };
	const struct reader_sight sight = { .show = sum_coming, .standing = stands_at_last,
					    .user = &coming };

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	assert_int_equal(reader_look(r, 1, &sight, NULL), 0);
	assert_int_equal(coming.sums[0], 3);
	assert_int_equal(coming.sums[1], 30);
	coming.fails = -ETIMEDOUT;
	assert_int_equal(reader_look(r, 1, &sight, NULL), -ETIMEDOUT);
	assert_int_equal(coming.sums[0], 3);
	reader_free(r);
}

static void test_blocks_are_shown_as_of_the_rings_end(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family);

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	for (uint64_t i = 1; i <= 200; i++) {
		uint64_t sums[3] = { 0 };
		const struct reader_sight sight = { .show = sum_up, .user = sums };

		traced_acquire(&one, 0, i, 64 * i, 10, 0);
		assert_int_equal(reader_look(r, 1, &sight, NULL), 0);
		assert_int_equal(sums[0], i);
		assert_int_equal(sums[1], 10 * i);
	}
	uint64_t sums[3] = { 0, 0, 5 };
	const struct reader_sight sight = { .show = sum_up, .user = sums };

	assert_int_equal(reader_look(r, 1, &sight, NULL), -ENOSPC);
	assert_int_equal(sums[0], 5);
	assert_int_equal(reader_look(r, 2, &sight, NULL), -ESRCH);
	/* What is later than the tracer's clock says is never read: there is no end. */
	traced_acquire(&one, 0, 2000000, 64 * 201, 10, 0);
	assert_int_equal(reader_look(r, 1, &sight, NULL), -EAGAIN);
	reader_free(r);
}

struct seen {
	uint64_t blocks, moving, rows;
	bool busy;                      /* what is on its way ends it */
};

static int see_block(void *user, const struct model_block *block)
{
	struct seen *seen = user;

	(void)block;
	seen->blocks++;
	return 0;
}

static int see_moving(void *user, uint64_t address, uint64_t size)
{
	struct seen *seen = user;

	seen->moving += address == 64 && size == 10;
	return seen->busy ? -EBUSY : 0;
}

static void see_rows(void *user, const struct model *model, const struct snapshot *snapshot)
{
	struct seen *seen = user;
	uint32_t *rows = calloc(model_rows(model) + 1, sizeof(*rows));

	model_rows_of(model, snapshot, rows);
	for (size_t i = 0; i < model_rows(model); i++)
		seen->rows += rows[i] < snapshot->rows_length;
	free(rows);
}

static void test_a_look_has_the_snapshot_of_its_blocks(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family);
	struct seen seen = { 0 };
	const struct reader_sight sight = {
		.show = see_block, .moving = see_moving, .shown = see_rows, .user = &seen,
	};
	struct snapshot *snapshot = NULL;

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	traced_acquire(&one, 0, 1, 64, 10, 0);
	traced_acquire(&one, 0, 2, 128, 20, 0);
	assert_int_equal(reader_look(r, 1, &sight, &snapshot), 0);
	assert_int_equal(snapshot->totals.blocks, 2);
	assert_int_equal(snapshot->kind, MOMENT_NAMED);
	assert_int_equal(seen.blocks, 2);
	assert_int_equal(seen.moving, 0);
	assert_int_equal(seen.rows, snapshot->rows_length);
	snapshot_release(snapshot);
	/* The old block of a realloc has gone, and the new one has not come. */
	traced_put(&one, 0, wire_event_make(WIRE_REALLOC_RELEASE, WIRE_MALLOC, 3, 64, 10, 0));
	seen = (struct seen){ .busy = true };
	assert_int_equal(reader_look(r, 1, &sight, &snapshot), -EBUSY);
	assert_null(snapshot);
	assert_int_equal(seen.blocks, 0);
	seen = (struct seen){ 0 };
	assert_int_equal(reader_look(r, 1, &sight, &snapshot), 0);
	assert_int_equal(seen.moving, 1);
	assert_int_equal(seen.blocks, 1);
	snapshot_release(snapshot);
	traced_acquire(&one, 0, 4, 256, 30, 0);
	seen = (struct seen){ 0 };
	assert_int_equal(reader_look(r, 1, &sight, &snapshot), 0);
	assert_int_equal(seen.moving, 0);
	assert_int_equal(seen.blocks, 2);
	snapshot_release(snapshot);
	reader_free(r);
}

static void test_a_peak_begins_again_when_somebody_says_so(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family);
	struct reader_status status;

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	traced_acquire(&one, 0, 1, 64, 100, 0);
	traced_release(&one, 0, 2, 64);
	traced_acquire(&one, 0, 3, 64, 10, 0);
	reader_reset_peak(r);
	reader_status(r, 0, &status);
	assert_int_equal(status.totals.peak, 10);
	assert_int_equal(status.totals.peak_ever, 100);
	reader_status(r, 1, &status);
	assert_int_equal(status.totals.peak, 10);
	reader_free(r);
}

static void test_after_the_end_nothing_comes_and_all_is_still_told(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family), late;
	size_t length;

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	one.control->stamp_count = 0;
	traced_acquire(&one, 0, 5, 64, 10, 0);
	reader_finish(r);
	late = traced_with(family, (struct image_options){ .process = 2 });
	assert_false(reader_take(r, late.image, 0, 0));
	image_free(late.image);
	struct snapshot **all = reader_freeze_all(r, MOMENT_EXIT, &length);

	assert_int_equal(length, 1);
	assert_int_equal(all[0]->totals.current, 10);
	snapshot_release(all[0]);
	free(all);
	reader_finish(r);
	reader_free(r);
	assert_int_equal(heard.ended, 0);       /* who asks for the end freezes by itself */
}

/* When the tick with a mark was, as of the reader's thread; read when that has ended. */
static double marked_at;

static void note_mark(void *user, const struct image *image, struct history_news *news)
{
	(void)user;
	(void)image;
	if (news->why & HISTORY_MARK)
		marked_at = news->time;
	history_news_free(news);
}

static double some_time(void *user)
{
	(void)user;
	return 4.25;
}

/* Else the time of a mark would mean the tick before it. */
static void test_the_time_of_a_mark_is_that_of_its_tick(void **state)
{
	static const struct reader_ops ticking = {
		.changed = changed, .ended = ended, .gone = gone, .news = note_mark, .now = some_time,
	};
	struct reader *r = reader_new(&ticking, NULL);
	struct traced one = traced_new(family);

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	double time = reader_tick(r, HISTORY_MARK);

	reader_finish(r);
	reader_free(r);
	assert_true(time >= 4.25 && marked_at == time);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(each_process_has_its_figures_and_all_have_their_sum),
		TEST(the_time_of_a_mark_is_that_of_its_tick),
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
		TEST(questions_are_answered_without_any_image),
		TEST(an_answer_knows_all_that_was_published_before_the_question),
		TEST(the_reader_is_there_before_the_process_stops),
		TEST(blocks_are_shown_as_of_the_rings_end),
		TEST(a_look_has_the_snapshot_of_its_blocks),
		TEST(a_peak_begins_again_when_somebody_says_so),
		TEST(after_the_end_nothing_comes_and_all_is_still_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
