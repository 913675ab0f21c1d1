/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a reader with a thread of its own, while images come and go. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "tests/unit/collect/reader_fixture.h"
#include "tracer/collect/rings/reader_look.h"

/* The linker puts this in the place of libc's (NEEDS in tests.mk). */
static _Thread_local bool refuses;
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return refuses ? NULL : __real_calloc(count, size);
}

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

/* So many stacks more, with a block of one byte each. */
static void allocate_anew(struct reader *r, struct traced *one, uint32_t *traces, uint32_t more)
{
	one->sites[10] = wire_site(0, 0x1234);
	for (; more > 0; more--) {
		++*traces;
		one->nodes[*traces] = wire_node(*traces - 1 ? 1 : 0, 10);
		atomic_store(&one->control->traces, *traces + 1);
		traced_acquire(one, 0, *traces, 64 * *traces, 1, *traces);
		if (*traces % 4096 == 0 || more == 1)
			reader_catch_up(r);     /* a ring holds twice as many */
	}
}

static void has_rows(struct snapshot *snapshot, uint32_t traces)
{
	assert_non_null(snapshot);
	assert_int_equal(snapshot->rows_length, traces);
	for (uint32_t i = 0; i < traces; i++)
		assert_int_equal(snapshot->rows[i].figures->now.total +
				 snapshot->rows[i].trace.v, i + 2);
	snapshot_release(snapshot);
}

/* Whoever asks finds the memory; if it is not enough by then, the reader finds the rest. */
static void test_all_rows_find_room_however_many_there_are(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family);
	uint32_t traces = 0;

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	allocate_anew(r, &one, &traces, 100);
	has_rows(reader_freeze(r, 1, MOMENT_LIVE), traces);
	allocate_anew(r, &one, &traces, 9900);
	has_rows(reader_freeze(r, 1, MOMENT_LIVE), traces);
	allocate_anew(r, &one, &traces, 4 * traces);
	has_rows(reader_freeze(r, 1, MOMENT_PEAK), traces);
	reader_free(r);
}

/* With so many rows another thread freezes the peak beside the exit. */
static void test_exit_and_peak_are_frozen_at_once(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family);
	struct snapshot **all[2];
	uint32_t traces = 0;
	size_t length[2];

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	allocate_anew(r, &one, &traces, 20000);
	reader_freeze_ends(r, all, length);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(length[i], 1);
		assert_int_equal(all[i][0]->kind, i ? MOMENT_PEAK : MOMENT_EXIT);
		has_rows(all[i][0], traces);
		free(all[i]);
	}
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

/* Where there was no room for four times the rows, there may be for the rows. */
static void test_who_has_no_memory_gets_that_of_the_reader(void **state)
{
	struct reader *r = threaded();
	struct traced one = traced_new(family);
	struct seen seen = { 0 };
	const struct reader_sight sight = { .show = see_block, .user = &seen };
	struct snapshot *snapshot = NULL;
	uint32_t traces = 0;

	(void)state;
	assert_true(reader_take(r, one.image, 0, 0));
	allocate_anew(r, &one, &traces, 10000);
	refuses = true;
	has_rows(reader_freeze(r, 1, MOMENT_LIVE), traces);
	assert_int_equal(reader_look(r, 1, &sight, &snapshot), -ENOMEM);
	refuses = false;
	assert_null(snapshot);
	assert_int_equal(reader_look(r, 1, &sight, &snapshot), 0);
	has_rows(snapshot, traces);
	assert_int_equal(seen.blocks, 2 * traces);
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

static _Atomic unsigned ends_told;

static void note_end(void *user, const struct image *image, struct history_news *news)
{
	(void)user;
	(void)image;
	ends_told += news->why & HISTORY_END ? 1 : 0;
	history_news_free(news);
}

/* Who writes the exit need not wait for it. */
static void test_the_last_tick_is_told_when_somebody_waits_for_it(void **state)
{
	static const struct reader_ops ticking = {
		.changed = changed, .ended = ended, .gone = gone, .news = note_end, .now = some_time,
	};
	struct reader *r = reader_new(&ticking, NULL);
	struct traced one = traced_new(family);
	size_t length;

	(void)state;
	ends_told = 0;
	reader_told(r);                 /* while it goes on there is nothing to wait for */
	assert_true(reader_take(r, one.image, 0, 0));
	traced_acquire(&one, 0, 5, 64, 10, 0);
	reader_finish(r);
	struct snapshot **all = reader_freeze_all(r, MOMENT_EXIT, &length);

	assert_int_equal(length, 1);
	assert_int_equal(all[0]->totals.current, 10);
	snapshot_release(all[0]);
	free(all);
	assert_int_equal(ends_told, 0);
	reader_told(r);
	assert_int_equal(ends_told, 1);
	reader_told(r);
	reader_free(r);
	assert_int_equal(ends_told, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(the_time_of_a_mark_is_that_of_its_tick),
		TEST(the_last_tick_is_told_when_somebody_waits_for_it),
		TEST(questions_are_answered_without_any_image),
		TEST(an_answer_knows_all_that_was_published_before_the_question),
		TEST(all_rows_find_room_however_many_there_are),
		TEST(exit_and_peak_are_frozen_at_once),
		TEST(the_reader_is_there_before_the_process_stops),
		TEST(blocks_are_shown_as_of_the_rings_end),
		TEST(a_look_has_the_snapshot_of_its_blocks),
		TEST(who_has_no_memory_gets_that_of_the_reader),
		TEST(a_peak_begins_again_when_somebody_says_so),
		TEST(after_the_end_nothing_comes_and_all_is_still_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
