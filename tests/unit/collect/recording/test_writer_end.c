/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written at the end of a run, and who freezes it. */
#include "tracer/collect/recording/store/frozen.h"
#include "tests/unit/collect/recording/writer_fixture.h"

static void test_what_was_queued_before_the_end_is_in_the_file(void **state)
{
	char text[] = "phase two";
	struct recording *r;
	size_t n;

	(void)state;
	it.ended = true;
	for (unsigned i = 1; i <= 20; i++)
		named(i, 100 * i);
	for (unsigned i = 0; i < 100; i++)
		writer_point(it.writer, &(struct point){ .time = i, .current = i });
	writer_mark(it.writer, &(struct mark){ 0.5, text });
	memset(text, 'x', sizeof(text) - 1);    /* texts are copied */
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "exit"), 10);
	assert_int_equal(current_of(it.run.path, "peak"), 900);
	assert_int_equal(current_of(it.run.path, "20"), 2000);
	assert_int_equal(recording_open(&r, it.run.path, &it.error), 0);
	assert_int_equal(recording_points(r, &n)[99].current, 99);
	assert_int_equal(n, 100);
	assert_string_equal(recording_marks(r, &n)->text, "phase two");
	recording_close(r);
	assert_int_equal(it.failures, 0);
}

static void test_a_run_that_has_not_ended_ends_with_what_was_live(void **state)
{
	(void)state;
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "live"), 10);
	assert_int_equal(current_of(it.run.path, "exit"), UINT64_MAX);
}

static void test_a_run_of_which_nothing_can_be_frozen_has_a_file_all_the_same(void **state)
{
	struct recording *r;

	(void)state;
	it.base = 0;
	assert_int_equal(finish(), 0);
	assert_int_equal(recording_open(&r, it.run.path, &it.error), 0);
	assert_int_equal(recording_program(r)->pid, 4711);
	recording_close(r);
}

static void test_a_second_end_does_nothing(void **state)
{
	(void)state;
	assert_int_equal(finish(), 0);
	it.base = 77;
	named(1, 100);
	writer_finish_later(it.writer);
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "live"), 10);
	assert_int_equal(current_of(it.run.path, "1"), UINT64_MAX);
	assert_int_equal(it.failures, 0);
}

static struct snapshot *moment_of(const char *moment)
{
	struct recording *recording;

	if (recording_open(&recording, it.run.path, &it.error))
		fail_msg("%s", it.error.text);
	struct snapshot *snapshot = recording_snapshot(recording, moment, &it.error);

	recording_close(recording);
	assert_non_null(snapshot);
	return snapshot;
}

/* Each row of both is what was frozen. */
static void ends_with_many(uint32_t rows)
{
	put_many_traces(rows);
	it.rows = rows;
	it.ended = true;
	assert_int_equal(finish(), 0);
	for (unsigned i = 0; i < 2; i++) {
		struct snapshot *snapshot = moment_of(i ? "peak" : "exit");
		uint64_t sum = 0;

		assert_int_equal(snapshot->rows_length, rows);
		for (uint32_t k = 0; k < rows; k++)
			sum += snapshot->rows[k].figures->now.size;
		assert_int_equal(sum, rows * (i ? 900 : 10) + rows * (rows - 1) / 2);
		snapshot_release(snapshot);
	}
}

static void test_exit_and_peak_are_frozen_together(void **state)
{
	(void)state;
	ends_with_many(512);
	assert_int_equal(it.frozen, 2);
	assert_true(pthread_equal(it.froze[MOMENT_EXIT], it.froze[MOMENT_PEAK]));
}

/* While the program runs nobody waits: the reader has enough to do. */
static void test_a_live_states_peak_waits_for_its_turn(void **state)
{
	(void)state;
	put_many_traces(512);
	it.rows = 512;
	assert_int_equal(finish(), 0);
	assert_true(pthread_equal(it.froze[MOMENT_LIVE], it.froze[MOMENT_PEAK]));
}

static void freeze_counted(void *user, struct snapshot **all[2], size_t length[2])
{
	++*(unsigned *)user;
	freeze_ends(NULL, all, length);
}

/* With many stacks they are frozen while what was written ahead goes into the file. */
static void test_the_ends_of_many_stacks_are_frozen_in_a_thread_of_their_own(void **state)
{
	(void)state;
	put_many_traces(20000);
	it.ended = true;
	it.marks = true;
	assert_int_equal(finish(), 0);
	assert_false(pthread_equal(it.froze[MOMENT_EXIT], it.store));
	assert_true(pthread_equal(it.froze[MOMENT_EXIT], it.froze[MOMENT_PEAK]));
	assert_int_equal(it.frozen, 2);
	assert_int_equal(current_of(it.run.path, "exit"), 10);
	assert_int_equal(current_of(it.run.path, "peak"), 900);
}

static void test_what_was_frozen_ahead_can_be_dropped(void **state)
{
	unsigned count = 0;
	struct frozen ends = { .freeze = freeze_counted, .user = &count };

	(void)state;
	frozen_drop(&ends);             /* nothing was begun */
	assert_int_equal(count, 0);
	frozen_ahead(&ends);
	frozen_drop(&ends);             /* ASan says whether anything of it stays */
	assert_int_equal(count, 1);
}

/* It is said at the beginning of the last state that it is whole. */
static void test_a_file_whose_last_state_fails_is_cut_off(void **state)
{
	struct recording *recording;

	(void)state;
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), 0);
	it.no_history = true;
	assert_int_equal(finish(), -1);
	assert_string_equal(it.sentence, "no history");
	assert_int_equal(recording_open(&recording, it.run.path, &it.error), 0);
	assert_true(recording_program(recording)->cut_off);
	recording_close(recording);
}

/* Without an earlier state there is no log that could take back what was written of it. */
static void test_a_file_whose_only_state_fails_is_an_empty_one(void **state)
{
	struct recording *recording;

	(void)state;
	it.no_history = true;
	assert_int_equal(finish(), -1);
	assert_int_equal(recording_open(&recording, it.run.path, &it.error), -1);
	assert_non_null(strstr(it.error.text, "nothing is recorded"));
}

static void test_a_writer_that_is_never_finished_lets_all_go(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 50; i++)
		named(i, i);
	writer_mark(it.writer, &(struct mark){ 1, (char *)"a mark" });
	/* `end` frees it: ASan says what stays. */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WRITER_TEST(what_was_queued_before_the_end_is_in_the_file),
		WRITER_TEST(a_run_that_has_not_ended_ends_with_what_was_live),
		WRITER_TEST(a_run_of_which_nothing_can_be_frozen_has_a_file_all_the_same),
		WRITER_TEST(a_second_end_does_nothing),
		WRITER_TEST(exit_and_peak_are_frozen_together),
		WRITER_TEST(a_live_states_peak_waits_for_its_turn),
		WRITER_TEST(the_ends_of_many_stacks_are_frozen_in_a_thread_of_their_own),
		WRITER_TEST(what_was_frozen_ahead_can_be_dropped),
		WRITER_TEST(a_file_whose_last_state_fails_is_cut_off),
		WRITER_TEST(a_file_whose_only_state_fails_is_an_empty_one),
		WRITER_TEST(a_writer_that_is_never_finished_lets_all_go),
	};

	return cmocka_run_group_tests(tests, mount_disk, NULL);
}
