/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The store's thread, asked by a session that the test plays.  The disk can be full: a
 * file system of SQLite's own interface (sqlite3_vfs) stands over the true one, and
 * refuses to write to files whose path the test names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "tests/unit/collect/recording/recording_fixture.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/recording/store/frozen.h"
#include "tracer/collect/recording/writer.h"
#include "tests/older.h"

/* --- a disk that is full where `full_at` says --- */

static const char *_Atomic full_at;     /* part of a path; NULL: nowhere */
static int (*true_open)(sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);
static int (*true_write)(sqlite3_file *, const void *, int, sqlite3_int64);
#define KINDS 4
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;     /* around what is below */
static struct {
	const sqlite3_io_methods *real;
	sqlite3_io_methods full;
} kinds[2 * KINDS];                     /* of files, by what SQLite does with them: the
					 * recording's own, then those that are full at once */

static int write_full(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at)
{
	(void)file;
	(void)bytes;
	(void)length;
	(void)at;
	return SQLITE_FULL;
}

/* The path is known as a file is opened, and a disk may be full later: a file on it that
 * `full_at` could name asks each time. */
static char watched[128];

static int write_or_not(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at)
{
	const char *full = atomic_load(&full_at);

	if (full && strstr(watched, full))
		return write_full(file, bytes, length, at);
	return true_write(file, bytes, length, at);
}

/* The file from now on writes to a disk that may be full (`own`) or is. */
static bool watch_file(sqlite3_file *file, bool own)
{
	size_t i = own ? 0 : KINDS;

	while (kinds[i].real && kinds[i].real != file->pMethods)
		if (++i % KINDS == 0)
			return false;
	if (!kinds[i].real) {
		kinds[i].real = file->pMethods;
		kinds[i].full = *file->pMethods;
		true_write = kinds[i].full.xWrite;
		kinds[i].full.xWrite = own ? write_or_not : write_full;
	}
	file->pMethods = &kinds[i].full;
	return true;
}

static int open_watched(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
			int *out)
{
	int result = true_open(vfs, name, file, flags, out);
	const char *full = atomic_load(&full_at);
	bool own = name && strstr(name, watched);

	if (result != SQLITE_OK || (!own && !(full && name && strstr(name, full))))
		return result;
	pthread_mutex_lock(&opening);
	bool good = watch_file(file, own);
	pthread_mutex_unlock(&opening);
	return good ? SQLITE_OK : SQLITE_ERROR;
}

static int mount_disk(void **state)
{
	static sqlite3_vfs disk;

	(void)state;
	disk = *sqlite3_vfs_find(NULL);
	true_open = disk.xOpen;
	disk.zName = "a disk that may be full";
	disk.xOpen = open_watched;
	return sqlite3_vfs_register(&disk, 1);
}

/* --- the session --- */

static struct {
	struct run run;
	struct writer *writer;
	_Atomic uint64_t base;          /* of what is frozen; 0: nothing is there */
	_Atomic unsigned frozen;        /* how often a whole state was asked for */
	_Atomic uint32_t rows;          /* of what is frozen, if not those of run_snapshot */
	pthread_t froze[MOMENT_TICK];   /* the thread that last asked for one, by kind */
	_Atomic bool ended;
	_Atomic unsigned failures;
	_Atomic bool marks;             /* a history is asked for: it puts a mark */
	_Atomic bool no_history;        /* it fails */
	_Atomic unsigned saved;         /* how often it was */
	_Atomic unsigned catalogs;      /* how often the catalog was asked for */
	char sentence[256];             /* of the first */
	struct error error;
} it;

/* Row i has i bytes more than `base` at a trace of its own. */
static struct snapshot *many_rows(enum moment_kind kind, uint64_t base)
{
	uint32_t rows = it.rows;
	struct snapshot *s = snapshot_new(it.run.catalog, rows);

	for (uint32_t i = 0; i < rows; i++) {
		s->rows[i] = (struct snapshot_row){ .trace = { 1000 + i }, .thread = 1 };
		rows_put(s, i, (struct row_figures){
			.now = { .size = base + i, .count = 1, .allocations = 1, .total = base + i },
			.sizes = { 1 },
		});
	}
	s->kind = kind;
	s->process = 1;
	s->nframe = 64;
	s->totals.current = base;
	return s;
}

static void put_many_traces(uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i++)
		catalog_put_trace(it.run.catalog, (struct trace_id){ 1000 + i },
				  (struct trace_id){ 10 }, (struct site_id){ 9 });
}

static struct snapshot **freeze(void *user, enum moment_kind kind, size_t *length)
{
	struct snapshot **all = calloc(1, sizeof(*all));

	(void)user;
	it.frozen++;
	it.froze[kind] = pthread_self();
	if (!it.base || !all) {
		free(all);
		return NULL;
	}
	*length = 1;
	if (it.rows) {
		all[0] = many_rows(kind, kind == MOMENT_PEAK ? 900 : atomic_load(&it.base));
		return all;
	}
	all[0] = run_snapshot(&it.run, kind, 0, kind == MOMENT_PEAK ? "peak" :
			      kind == MOMENT_EXIT ? "exit" : "live",
			      kind == MOMENT_PEAK ? 900 : atomic_load(&it.base));
	return all;
}

static void program(void *user, struct program *program)
{
	char *argv[] = { "./worker", NULL };
	struct process process = { .pid = 4711, .traced = true };
	const struct program now = {
		.argc = 1, .argv = argv, .pid = 4711, .ended = it.ended, .kind = "native",
		.processes_length = 1, .processes = &process,
	};

	(void)user;
	program_copy(program, &now);
}

static void failed(void *user, const char *sentence)
{
	(void)user;
	if (!it.failures++)
		snprintf(it.sentence, sizeof(it.sentence), "%s", sentence);
}

/* In place of a history: a mark that says that it was asked for. */
static int save_history(void *user, struct store *store, struct error *error)
{
	char text[] = "saved";

	(void)user;
	it.saved++;
	if (it.no_history) {
		*error = (struct error){ 125, "no history" };
		return -1;
	}
	return it.marks ? store_mark(store, &(struct mark){ 0.5, text }, error) : 0;
}

static struct catalog *catalog(void *user)
{
	(void)user;
	it.catalogs++;
	return it.run.catalog;
}

static const struct writer_ops ops = {
	.freeze = freeze, .program = program, .history = save_history, .catalog = catalog,
	.failed = failed,
};

/* A recording begun: 0, or -1 and *writer is NULL. */
static int open_at(struct writer **writer, const char *path, bool force, bool private_file)
{
	if (writer_begin(writer, path, force, private_file, &ops, NULL, &it.error) == 0)
		return 0;
	*writer = NULL;
	return -1;
}

static int begin(void **state)
{
	(void)state;
	memset(&it, 0, sizeof(it));
	run_begin(&it.run);
	snprintf(watched, sizeof(watched), "%s", it.run.path);
	it.base = 10;
	if (open_at(&it.writer, it.run.path, false, false) != 0)
		return -1;
	/* The thread makes the tables, without which no reader opens the file. */
	struct recording *recording;
	while (recording_open(&recording, it.run.path, &it.error) != 0)
		;
	recording_close(recording);
	return 0;
}

static int end(void **state)
{
	(void)state;
	writer_free(it.writer);
	full_at = NULL;
	run_end(&it.run);
	return 0;
}

static void named(unsigned number, uint64_t base)
{
	struct snapshot *snapshot = run_snapshot(&it.run, MOMENT_NAMED, number, "named", base);

	writer_snapshot(it.writer, snapshot);
	snapshot_release(snapshot);     /* the writer has its own reference */
}

static int finish(void) { return writer_finish(it.writer, &it.error); }

static uint64_t current_of(const char *path, const char *moment)
{
	struct recording *recording;
	struct error error;

	if (recording_open(&recording, path, &error))
		fail_msg("%s", error.text);
	struct snapshot *snapshot = recording_snapshot(recording, moment, &error);
	uint64_t current = snapshot ? snapshot->totals.current : UINT64_MAX;

	snapshot_release(snapshot);
	recording_close(recording);
	return current;
}

/* --- tests --- */

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

static void test_the_peak_of_many_rows_is_frozen_while_the_exit_is_written(void **state)
{
	(void)state;
	ends_with_many(512);
	assert_false(pthread_equal(it.froze[MOMENT_EXIT], it.froze[MOMENT_PEAK]));
}

static void test_for_few_rows_no_thread_is_started(void **state)
{
	(void)state;
	ends_with_many(511);
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

static struct snapshot **freeze_counted(void *user, enum moment_kind kind, size_t *length)
{
	++*(unsigned *)user;
	return freeze(NULL, kind, length);
}

/* As when the exit could not be written. */
/* With many stacks it is frozen while what was written ahead goes into the file. */
static void test_the_exit_of_many_stacks_is_frozen_in_a_thread_of_its_own(void **state)
{
	(void)state;
	put_many_traces(20000);
	it.ended = true;
	it.marks = true;
	assert_int_equal(finish(), 0);
	assert_false(pthread_equal(it.froze[MOMENT_EXIT], it.froze[MOMENT_PEAK]));
	assert_int_equal(it.frozen, 2);
	assert_int_equal(current_of(it.run.path, "exit"), 10);
	assert_int_equal(current_of(it.run.path, "peak"), 900);
}

static void test_what_was_frozen_ahead_can_be_dropped(void **state)
{
	unsigned count = 0;
	struct frozen peak = { .freeze = freeze_counted, .user = &count, .kind = MOMENT_PEAK };

	(void)state;
	frozen_drop(&peak);             /* nothing was begun */
	assert_int_equal(count, 0);
	frozen_ahead(&peak);
	frozen_drop(&peak);             /* ASan says whether anything of it stays */
	assert_int_equal(count, 1);
}

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
		assert_int_equal(recording_open(&recording, it.run.path, &it.error), 0);
		recording_marks(recording, &marks);
		recording_close(recording);
	}
	assert_in_range(it.saved, 1, 50);
	assert_int_equal(finish(), 0);
	assert_int_equal(recording_open(&recording, it.run.path, &it.error), 0);
	assert_false(recording_program(recording)->cut_off);
	recording_close(recording);
}

/* --- who waits for the file --- */

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

static void test_a_copy_after_the_end_says_that_it_is_late(void **state)
{
	(void)state;
	assert_int_equal(finish(), 0);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), -1);
	assert_string_equal(it.error.text, "the recording is finished already");
	assert_int_equal(access(it.run.other, F_OK), -1);
}

static void test_a_copy_is_what_was_asked_for_until_then(void **state)
{
	(void)state;
	named(1, 100);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), 0);
	it.base = 20;
	named(2, 200);
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.other, "live"), 10);
	assert_int_equal(current_of(it.run.other, "1"), 100);
	assert_int_equal(current_of(it.run.other, "2"), UINT64_MAX);
	assert_int_equal(current_of(it.run.path, "live"), 20);
	assert_int_equal(current_of(it.run.path, "2"), 200);
}

static void test_a_copy_that_fails_is_the_other_paths_trouble(void **state)
{
	(void)state;
	assert_int_equal(writer_copy(it.writer, it.run.path, false, &it.error), -1);
	assert_non_null(strstr(it.error.text, "exists"));
	assert_int_equal(writer_copy(it.writer, "/nowhere/at/all", false, &it.error), -1);
	full_at = it.run.other;
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), -1);
	assert_non_null(strstr(it.error.text, "full"));
	assert_int_equal(access(it.run.other, F_OK), -1);       /* no half of one stays */
	assert_int_equal(it.failures, 0);
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "live"), 10);
}

static void test_a_full_disk_ends_the_recording_and_says_so_once(void **state)
{
	struct error second;

	(void)state;
	full_at = it.run.path;
	named(1, 100);
	assert_int_equal(finish(), -1);
	assert_int_equal(it.error.status, 125);
	assert_non_null(strstr(it.error.text, "full"));
	assert_string_equal(it.sentence, it.error.text);
	named(2, 100);
	assert_int_equal(writer_finish(it.writer, &second), -1);
	assert_string_equal(second.text, it.error.text);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &second), -1);
	assert_string_equal(second.text, it.error.text);
	assert_int_equal(it.failures, 1);
}

static void test_what_was_committed_before_the_disk_was_full_can_be_read(void **state)
{
	(void)state;
	named(1, 100);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), 0);
	full_at = it.run.path;
	it.base = 20;
	named(2, 200);
	assert_int_equal(finish(), -1);
	full_at = NULL;
	assert_int_equal(current_of(it.run.path, "live"), 10);
	assert_int_equal(current_of(it.run.path, "1"), 100);
	assert_int_equal(current_of(it.run.path, "2"), UINT64_MAX);
}

/* It is said at the beginning of the last state that it is whole. */
static void test_a_file_whose_last_state_fails_is_cut_off(void **state)
{
	struct recording *recording;

	(void)state;
	it.no_history = true;
	assert_int_equal(finish(), -1);
	assert_string_equal(it.sentence, "no history");
	assert_int_equal(recording_open(&recording, it.run.path, &it.error), 0);
	assert_true(recording_program(recording)->cut_off);
	recording_close(recording);
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

static void test_a_file_that_is_there_is_not_written_over(void **state)
{
	struct writer *second = NULL;

	(void)state;
	assert_int_equal(open_at(&second, it.run.path, false, false), -1);
	assert_non_null(strstr(it.error.text, "--force"));
	assert_int_equal(open_at(&second, "/nowhere/at/all", true, false), -1);
	assert_non_null(strstr(it.error.text, "name another place"));
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "live"), 10);
}

static void test_a_file_that_cannot_be_begun_is_not_there(void **state)
{
	struct writer *second = NULL;

	(void)state;
	assert_int_equal(open_at(&second, "/no/such/folder/x", false, false), -1);
	full_at = it.run.other;
	assert_int_equal(open_at(&second, it.run.other, false, false), 0);
	assert_int_equal(writer_finish(second, &it.error), -1);
	assert_non_null(strstr(it.error.text, "full"));
	assert_int_equal(it.failures, 1);
	assert_int_equal(access(it.run.other, F_OK), -1);
	writer_free(second);
}

static void test_a_private_file_goes_with_its_writer(void **state)
{
	struct writer *own;

	(void)state;
	assert_int_equal(open_at(&own, it.run.other, false, true), 0);
	assert_int_equal(access(it.run.other, F_OK), 0);
	writer_free(own);               /* not even finished */
	assert_int_equal(access(it.run.other, F_OK), -1);
	writer_free(NULL);
}

static void test_a_file_of_a_run_that_did_not_begin_is_not_left(void **state)
{
	struct writer *second;

	(void)state;
	assert_int_equal(writer_begin(&second, it.run.other, false, false, &ops, NULL, &it.error), 0);
	writer_discard(second);
	assert_int_equal(access(it.run.other, F_OK), -1);
	/* What was there before and could not be given up stays. */
	assert_int_equal(open_at(&second, it.run.path, false, false), -1);
	assert_int_equal(access(it.run.path, F_OK), 0);
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
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(what_was_queued_before_the_end_is_in_the_file),
		TEST(a_run_that_has_not_ended_ends_with_what_was_live),
		TEST(a_run_of_which_nothing_can_be_frozen_has_a_file_all_the_same),
		TEST(the_peak_of_many_rows_is_frozen_while_the_exit_is_written),
		TEST(the_exit_of_many_stacks_is_frozen_in_a_thread_of_its_own),
		TEST(for_few_rows_no_thread_is_started),
		TEST(a_live_states_peak_waits_for_its_turn),
		TEST(what_was_frozen_ahead_can_be_dropped),
		TEST(a_tick_is_committed_by_itself),
		TEST(who_is_told_finds_the_snapshot_in_the_file),
		TEST(who_is_told_hears_of_a_full_disk),
		TEST(a_snapshot_is_committed_by_itself),
		TEST(a_second_end_does_nothing),
		TEST(a_copy_after_the_end_says_that_it_is_late),
		TEST(a_copy_is_what_was_asked_for_until_then),
		TEST(a_copy_that_fails_is_the_other_paths_trouble),
		TEST(a_full_disk_ends_the_recording_and_says_so_once),
		TEST(what_was_committed_before_the_disk_was_full_can_be_read),
		TEST(a_new_image_in_a_process_keeps_the_old_ones_snapshots),
		TEST(a_file_that_is_there_is_not_written_over),
		TEST(a_file_that_cannot_be_begun_is_not_there),
		TEST(a_private_file_goes_with_its_writer),
		TEST(a_file_of_a_run_that_did_not_begin_is_not_left),
		TEST(names_are_written_ahead_until_a_whole_state_was),
		TEST(a_file_whose_last_state_fails_is_cut_off),
		TEST(a_writer_that_is_never_finished_lets_all_go),
	};
	return cmocka_run_group_tests(tests, mount_disk, NULL);
}
