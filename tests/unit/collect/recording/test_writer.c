/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written while the program runs: ticks, snapshots that somebody waits for, names. */
#include "tests/unit/collect/recording/writer_fixture.h"

/* A tick is in the file without a whole state having been asked for; many that come at
 * once are few commits. */
static void test_a_tick_is_committed_by_itself(void **state)
{
	struct recording *recording;
	size_t marks = 0;

	(void)state;
	it.base = 0;                    /* nothing else is there to be written */
	it.marks = true;
	for (unsigned i = 0; i < 1000; i++)
		writer_tick(it.writer);
	while (!marks) {
		if (recording_open(&recording, it.run.path, &it.error))
			continue;       /* before the first one */
		recording_marks(recording, &marks);
		recording_close(recording);
	}
	assert_in_range(it.saved, 1, 50);
	assert_int_equal(finish(), 0);
	assert_int_equal(recording_open(&recording, it.run.path, &it.error), 0);
	assert_false(recording_program(recording)->cut_off);
	recording_close(recording);
}

struct told {
	sem_t called;
	struct error error;             /* status 0: none */
};

static void note_told(void *user, const struct error *error)
{
	struct told *told = user;

	told->error = error ? *error : (struct error){ 0 };
	sem_post(&told->called);
}

/* Waits until what was queued is in the file: the error's status. */
static int tell(struct told *told)
{
	assert_int_equal(sem_init(&told->called, 0, 0), 0);
	assert_true(writer_tell(it.writer, note_told, told));
	while (sem_wait(&told->called) != 0)
		;
	sem_destroy(&told->called);
	return told->error.status;
}

/* Its moment is in the file then, of a run that has just begun too; and each costs no
 * whole state. */
static void test_who_is_told_finds_the_snapshot_in_the_file(void **state)
{
	struct told told;
	char number[16];

	(void)state;
	for (unsigned i = 1; i <= 100; i++) {
		named(i, 100 + i);
		assert_int_equal(tell(&told), 0);
		snprintf(number, sizeof(number), "%u", i);
		assert_int_equal(current_of(it.run.path, number), 100 + i);
	}
	assert_int_equal(current_of(it.run.path, "live"), 10);
	assert_in_range(it.frozen, 2, 99);
	assert_int_equal(finish(), 0);
	assert_int_equal(tell(&told), 0);       /* it was finished, as somebody wished */
}

static void test_who_is_told_hears_of_a_full_disk(void **state)
{
	struct told told;

	(void)state;
	full_at = it.run.path;
	named(1, 100);
	assert_int_equal(tell(&told), 125);
	assert_string_equal(told.error.text, it.sentence);
	assert_int_equal(tell(&told), 125);     /* still */
	assert_int_equal(it.failures, 1);
}

/* Nobody waits, no second's tick comes: a snapshot is in the file all the same. */
static void test_a_snapshot_is_committed_by_itself(void **state)
{
	(void)state;
	named(1, 100);
	while (current_of(it.run.path, "1") != 100)
		;
	assert_int_equal(finish(), 0);
}

static void test_a_new_image_in_a_process_keeps_the_old_ones_snapshots(void **state)
{
	(void)state;
	named(1, 100);
	writer_restart(it.writer, 1);
	named(2, 200);
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "1"), 100);
	assert_int_equal(current_of(it.run.path, "2"), 200);
}

static void test_names_are_written_ahead_until_a_whole_state_was(void **state)
{
	(void)state;
	while (!it.catalogs)
		sched_yield();
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), 0);
	unsigned asked = it.catalogs;   /* the copy is behind a whole state */
	named(1, 100);
	assert_int_equal(finish(), 0);
	assert_int_equal(it.catalogs, asked);
	assert_int_equal(current_of(it.run.path, "1"), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WRITER_TEST(a_tick_is_committed_by_itself),
		WRITER_TEST(who_is_told_finds_the_snapshot_in_the_file),
		WRITER_TEST(who_is_told_hears_of_a_full_disk),
		WRITER_TEST(a_snapshot_is_committed_by_itself),
		WRITER_TEST(a_new_image_in_a_process_keeps_the_old_ones_snapshots),
		WRITER_TEST(names_are_written_ahead_until_a_whole_state_was),
	};

	return cmocka_run_group_tests(tests, mount_disk, NULL);
}
