/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording written and read back; a writer that dies; copies, restarts,
 * names that come late, and the questions that share/doc/RECORDING.md asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "tests/unit/collect/recording/recording_fixture.h"
#include "tests/unit/heap/stack_frames.h"
#include "tests/older.h"

/* --- a disk that counts how often it is waited for: a file system of SQLite's own
 * interface, whose files have another xSync and are the true one's else --- */

#define KINDS 4
static unsigned syncs;
static int (*true_open)(sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);
static struct {
	const sqlite3_io_methods *real;
	sqlite3_io_methods counting;
} kinds[KINDS];                         /* of files, by what SQLite does with them */

static int sync_counted(sqlite3_file *file, int flags)
{
	size_t i = 0;

	while (file->pMethods != &kinds[i].counting)
		i++;
	syncs++;
	return kinds[i].real->xSync(file, flags);
}

static int open_counted(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
			int *out)
{
	int result = true_open(vfs, name, file, flags, out);
	size_t i = 0;

	if (result != SQLITE_OK)
		return result;
	while (kinds[i].real && kinds[i].real != file->pMethods)
		assert_true(++i < KINDS);
	kinds[i].real = file->pMethods;
	kinds[i].counting = *file->pMethods;
	kinds[i].counting.xSync = sync_counted;
	file->pMethods = &kinds[i].counting;
	return result;
}

static int count_syncs(void **state)
{
	static sqlite3_vfs disk;

	(void)state;
	disk = *sqlite3_vfs_find(NULL);
	true_open = disk.xOpen;
	disk.xOpen = open_counted;
	disk.zName = "counting";
	return sqlite3_vfs_register(&disk, 1);
}

static struct recording *open_one(const char *path)
{
	struct recording *recording = NULL;
	struct error error;

	if (recording_open(&recording, path, &error))
		fail_msg("%s", error.text);
	return recording;
}

static void expect_program(const struct program *program)
{
	assert_int_equal(program->argc, 4);
	assert_string_equal(program->argv[2], "80");
	assert_string_equal(program->argv[3], "\xff\x01");
	assert_int_equal(program->pid, 4711);
	assert_true(program->ended);
	assert_int_equal(program->exit_status, 3);
	assert_string_equal(program->kind, "native");
	assert_true(program->seconds == 2.5 && program->started == 1e9);
	assert_int_equal(program->processes_length, 2);
	assert_true(program->processes[0].traced);
	assert_int_equal(program->processes[0].argc, 4);
	assert_int_equal(program->processes[1].ppid, 4711);
	assert_null(program->processes[1].argv);
}

static void expect_ceilings(const struct program *program)
{
	const struct ceilings *ceilings = &program->ceilings;

	assert_int_equal(program->oom_kills, 2);
	assert_true(ceilings->time == 2.25);
	assert_int_equal(ceilings->length, 2);
	assert_int_equal(ceilings->of[0].kind, CEILING_MEMORY_MAX);
	assert_int_equal(ceilings->of[0].bytes, 1000);
	assert_int_equal(ceilings->of[0].used, 900);
	assert_int_equal(ceilings->of[0].most, 950);
	assert_true(ceilings->of[0].earliest == 3.5 && ceilings->of[0].latest == 7.25);
	assert_int_equal(ceilings->of[1].kind, CEILING_AS);
	assert_int_equal(ceilings->of[1].pid, 4711);
	assert_true(ceilings->of[1].latest == 0);
}

static void expect_rows(struct run *run, const struct snapshot *s, uint64_t base)
{
	struct snapshot *expected = run_snapshot(run, s->kind, s->number, s->name, base);

	assert_int_equal(s->rows_length, 5);
	assert_memory_equal(&s->totals, &expected->totals, sizeof(s->totals));
	assert_int_equal(s->nframe, 64);
	assert_true(s->time == 1.5 && s->walked == (s->ageless ? -1 : 1.25));
	/* By size: in the file they stand in the order of their keys. */
	for (unsigned i = 0; i < 5; i++) {
		unsigned j = 0;

		while (j < 5 && s->rows[j].figures->now.size != base + i)
			j++;
		assert_true(j < 5);
		const struct row_figures *is = s->rows[j].figures, *was = expected->rows[i].figures;

		assert_memory_equal(&is->now, &was->now, sizeof(struct figures));
		assert_int_equal(is->peak, was->peak);
		assert_memory_equal(is->sizes, was->sizes, sizeof(is->sizes));
		assert_int_equal(is->born, s->ageless ? AGE_UNKNOWN : was->born);
		assert_int_equal(is->oldest, s->ageless ? AGE_UNKNOWN : was->oldest);
		assert_int_equal(s->rows[j].thread, expected->rows[i].thread);
	}
	snapshot_release(expected);
}

/* main > build > helper, and the cut one without names. */
static void expect_stacks(const struct snapshot *s, uint64_t base)
{
	const struct catalog *c = s->catalog;
	struct frame f[8];
	enum cut cut;

	for (size_t i = 0; i < s->rows_length; i++) {
		size_t n = stack_frames(c, s->rows[i].trace, f, 8, &cut);

		if (s->rows[i].figures->now.size == base + 1) {
			assert_int_equal(n, 3);
			assert_string_equal(catalog_text(c, f[0].function), "helper");
			assert_true(f[0].inlined && f[0].lang == LANG_C && f[0].line == 9);
			assert_string_equal(catalog_text(c, f[2].function), "main");
			assert_string_equal(catalog_text(c, f[2].file), "/src/worker.c");
			struct module m = catalog_module(c, f[2].module);

			assert_string_equal(catalog_text(c, m.path), "/src/worker");
			assert_int_equal(m.build_id_length, 20);
			assert_int_equal(m.build_id[0], 0xab);
		} else if (s->rows[i].figures->now.size == base + 3) {
			assert_int_equal(n, 1);
			assert_true(cut == CUT_NFRAME && f[0].unresolved);
			assert_string_equal(catalog_text(c, f[0].function), "+0x500");
			assert_string_equal(catalog_text(c, f[0].file), "/lib/libc.so.6");
		} else if (s->rows[i].figures->now.size == base) {
			assert_int_equal(n, 2);
			assert_string_equal(catalog_text(c, f[0].function), "+0x7fff00001234");
		}
	}
}

static void moment_is(struct run *run, struct recording *r, const char *name, uint64_t base)
{
	struct error error;
	struct snapshot *s = recording_snapshot(r, name, &error);

	if (!s)
		fail_msg("%s: %s", name ? name : "NULL", error.text);
	expect_rows(run, s, base);
	expect_stacks(s, base);
	snapshot_release(s);
}

static void no_moment(struct recording *r, const char *name)
{
	struct error error;

	assert_null(recording_snapshot(r, name, &error));
	assert_int_equal(error.status, 2);
	assert_non_null(strstr(error.text, "exit"));
}

static void round_trip(void **state)
{
	struct recording *r;
	struct run run;
	struct stat st;
	char text[32], path[112];
	size_t n;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.path), 0);
	assert_int_equal(stat(run.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s-wal", run.path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(chmod(run.folder, 0500), 0);
	r = open_one(run.path);
	expect_program(recording_program(r));
	expect_ceilings(recording_program(r));
	moment_is(&run, r, NULL, 50);
	moment_is(&run, r, "", 50);
	moment_is(&run, r, "exit", 50);
	moment_is(&run, r, "peak", 900);
	moment_is(&run, r, "1", 100);
	moment_is(&run, r, "before", 100);
	moment_is(&run, r, "2", 200);
	no_moment(r, "live");
	no_moment(r, "3");
	no_moment(r, "after");
	no_moment(r, "99999999999999999999");
	assert_int_equal(recording_points(r, &n)->rss, 3);
	assert_int_equal(n, 1);
	assert_string_equal(recording_marks(r, &n)->text, "phase two");
	assert_int_equal(recording_source(r, "/src/worker.c", 9, text, sizeof(text)), 7);
	assert_string_equal(text, "line 9;");
	assert_int_equal(recording_source(r, "/src/worker.c", 9, text, 4), 3);
	assert_int_equal(recording_source(r, "/src/worker.c", 1, text, sizeof(text)), -1);
	recording_close(r);
	chmod(run.folder, 0700);
	run_end(&run);
}

/* The disk is waited for as the log goes into the file (once for each of the two, and as the
 * log begins again), and not while the file is made or closed. */
static void waits_for_disk(void **state)
{
	struct store *store;
	struct error error;
	struct run run;

	(void)state;
	run_begin(&run);
	syncs = 0;
	assert_int_equal(store_create(&store, run.path, false, &error), 0);
	assert_int_equal(store_commit(store, true, &error), 0);
	assert_int_equal(syncs, 0);
	assert_int_equal(store_mark(store, &(struct mark){ 1, (char *)"a" }, &error), 0);
	assert_int_equal(store_commit(store, true, &error), 0);
	assert_true(syncs > 2);         /* the state, before it is said that it is there */
	syncs = 0;
	assert_int_equal(store_mark(store, &(struct mark){ 2, (char *)"b" }, &error), 0);
	assert_int_equal(store_commit(store, true, &error), 0);
	assert_int_equal(syncs, 3);
	syncs = 0;
	assert_int_equal(store_finish(store, &error), 0);
	assert_int_equal(syncs, 0);
	run_end(&run);
}

static void existing_file(void **state)
{
	struct error error;
	struct store *store;
	struct run run;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.path), 0);
	assert_int_equal(store_create(&store, run.path, false, &error), -1);
	assert_int_equal(error.status, 125);
	assert_non_null(strstr(error.text, "--force"));
	assert_int_equal(store_create(&store, run.folder, true, &error), -1);
	assert_int_equal(store_create(&store, "/no/such/folder/x", true, &error), -1);
	/* 600 bytes of a path, which the system takes and SQLite does not. */
	char deep[700], *at = deep + snprintf(deep, sizeof(deep), "%s", run.folder);
	for (unsigned i = 0; i < 3; i++) {
		at += snprintf(at, (size_t)(deep + sizeof(deep) - at), "/%0200u", i);
		if (i < 2)
			assert_int_equal(mkdir(deep, 0700), 0);
	}
	assert_int_equal(store_create(&store, deep, false, &error), -1);
	assert_non_null(strstr(error.text, "name a shorter one"));
	assert_int_equal(access(deep, F_OK), -1);
	for (unsigned i = 0; i < 2; i++) {
		*strrchr(deep, '/') = 0;
		assert_int_equal(rmdir(deep), 0);
	}
	assert_int_equal(store_create(&store, run.path, true, &error), 0);
	assert_int_equal(store_finish(store, &error), 0);
	struct recording *r = open_one(run.path);
	size_t n;

	recording_moments(r, &n);
	assert_int_equal(n, 0);
	assert_null(recording_snapshot(r, NULL, &error));
	recording_close(r);
	run_end(&run);
}

/* The writer dies after its first commit, in the middle of more. */
static void crash(void **state)
{
	struct run run;
	int status;

	(void)state;
	run_begin(&run);
	pid_t child = fork();

	if (!child) {
		struct store *store;
		struct error error;

		if (store_create(&store, run.path, false, &error) ||
		    run_store(&run, store, MOMENT_LIVE, 0, "live", 10) ||
		    run_store(&run, store, MOMENT_NAMED, 1, "one", 20) ||
		    store_commit(store, true, &error) ||
		    run_store(&run, store, MOMENT_LIVE, 0, "live", 30) ||
		    run_store(&run, store, MOMENT_NAMED, 2, "two", 40))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct recording *r = open_one(run.path);
	size_t n;

	moment_is(&run, r, NULL, 10);
	moment_is(&run, r, "live", 10);
	moment_is(&run, r, "one", 20);
	recording_moments(r, &n);
	assert_int_equal(n, 2);
	recording_close(r);
	run_end(&run);
}

/* Read while it is written; a copy; and a name that comes after its moment. */
static void while_written(void **state)
{
	struct error error;
	struct store *store;
	struct run run;

	(void)state;
	run_begin(&run);
	assert_int_equal(store_create(&store, run.path, false, &error), 0);
	assert_int_equal(run_store(&run, store, MOMENT_LIVE, 0, "live", 10), 0);
	assert_int_equal(store_copy(store, run.other, false, &error), 0);
	assert_int_equal(store_copy(store, run.other, false, &error), -1);
	assert_int_equal(store_copy(store, run.path, true, &error), -1);
	assert_non_null(strstr(error.text, "it is this recording"));
	assert_int_equal(store_copy(store, run.other, true, &error), 0);
	struct recording *r = open_one(run.path), *copy = open_one(run.other);

	assert_int_equal(run_store(&run, store, MOMENT_LIVE, 0, "live", 70), 0);
	assert_int_equal(store_commit(store, true, &error), 0);
	moment_is(&run, r, "live", 10);
	moment_is(&run, copy, "live", 10);
	recording_close(copy);
	recording_close(r);
	r = open_one(run.path);
	moment_is(&run, r, "live", 70);
	recording_close(r);

	struct frame_id late = run_frame(&run, "late", 77, false);

	catalog_set_reason(run.catalog, (struct module_id){ 2 }, run_text(&run, "stripped"));
	catalog_rename_thread(run.catalog, (struct thread_id){ 2 }, run_text(&run, "renamed"));
	assert_int_equal(catalog_name_site(run.catalog, (struct site_id){ 11 }, &late, 1), 0);
	assert_int_equal(store_finish(store, &error), 0);
	r = open_one(run.path);
	struct snapshot *s = recording_snapshot(r, "live", &error);
	bool found = false, renamed = false;
	struct frame f;

	for (size_t i = 0; i < s->rows_length; i++) {
		stack_frames(s->catalog, s->rows[i].trace, &f, 1, NULL);
		found |= f.line == 77;
	}
	for (uint32_t i = 1; i < catalog_threads(s->catalog); i++)
		renamed |= !strcmp(catalog_text(s->catalog, catalog_thread(s->catalog,
				   (struct thread_id){ i }).name), "renamed");
	assert_true(found && renamed);
	assert_string_equal(catalog_text(s->catalog, catalog_module(s->catalog,
			    (struct module_id){ 2 }).reason), "stripped");
	snapshot_release(s);
	recording_close(r);
	run_end(&run);
}

/* exec: another image's catalog takes the place of the old one's. */
static void restart(void **state)
{
	struct run run, next;
	struct error error;
	struct store *store;
	struct mark mark = { 1, "stays" };
	size_t n;

	(void)state;
	run_begin(&run);
	run_begin(&next);
	assert_int_equal(store_create(&store, run.path, false, &error), 0);
	assert_int_equal(run_store(&run, store, MOMENT_NAMED, 1, "gone", 10), 0);
	assert_int_equal(store_mark(store, &mark, &error), 0);
	assert_int_equal(store_restart(store, 0, &error), 0);
	assert_int_equal(run_store(&next, store, MOMENT_LIVE, 0, "live", 20), 0);
	assert_int_equal(store_commit(store, true, &error), 0);
	struct recording *r = open_one(run.path);

	recording_moments(r, &n);
	assert_int_equal(n, 1);
	recording_marks(r, &n);
	assert_int_equal(n, 1);
	moment_is(&next, r, NULL, 20);
	recording_close(r);
	/* Without being told: the catalog says so. */
	assert_int_equal(run_store(&run, store, MOMENT_EXIT, 0, "exit", 30), 0);
	assert_int_equal(store_finish(store, &error), 0);
	r = open_one(run.path);
	moment_is(&run, r, NULL, 30);
	recording_close(r);
	run_end(&next);
	run_end(&run);
}

/* Of a process with which others are counted the sums are left, and a vacant place is no
 * process. */
static void counted_together(void **state)
{
	struct process processes[] = { { .pid = 7, .traced = true, .others = 19 },
				       { .vacant = true }, { .pid = 9, .traced = true } };
	char *argv[] = { "worker", NULL };
	const struct program program = { .argc = 1, .argv = argv, .processes_length = 3,
					 .processes = processes };
	struct run run;
	struct error error;
	struct store *store;
	size_t n;

	(void)state;
	run_begin(&run);
	assert_int_equal(store_create(&store, run.path, false, &error), 0);
	assert_int_equal(store_program(store, &program, &error), 0);
	assert_int_equal(run_store(&run, store, MOMENT_FINALIZE, 0, "finalize", 10), 0);
	struct snapshot *exit = run_snapshot(&run, MOMENT_EXIT, 0, "exit", 50);

	assert_int_equal(store_joined(store, exit, &error), 0);
	snapshot_release(exit);
	assert_int_equal(store_finish(store, &error), 0);
	struct recording *r = open_one(run.path);
	const struct program *read = recording_program(r);
	const struct moment *moments = recording_moments(r, &n);

	assert_int_equal(n, 1);
	assert_int_equal(moments[0].kind, MOMENT_EXIT);
	assert_int_equal(read->processes_length, 3);
	assert_int_equal(read->processes[0].others, 19);
	assert_true(read->processes[1].vacant);
	assert_int_equal(read->processes[2].others, 0);
	assert_int_equal(program_count(read), 21);
	recording_close(r);
	run_end(&run);
}

static void split(void **state)
{
	char path[256], at[128];
	struct run run;

	(void)state;
	run_begin(&run);
	assert_null(recording_split("file", path, sizeof(path)));
	assert_string_equal(path, "file");
	assert_string_equal(recording_split("file@peak", path, sizeof(path)), "peak");
	assert_string_equal(path, "file");
	assert_string_equal(recording_split("a@b@1", path, sizeof(path)), "1");
	assert_string_equal(path, "a@b");
	assert_string_equal(recording_split("file@", path, sizeof(path)), "");
	assert_null(recording_split("@x", path, sizeof(path)));
	snprintf(at, sizeof(at), "%s/a@exit", run.folder);
	assert_string_equal(recording_split(at, path, sizeof(path)), "exit");
	fclose(fopen(at, "w"));
	assert_null(recording_split(at, path, sizeof(path)));
	assert_string_equal(path, at);
	run_end(&run);
}

/* Every ```sql block of the page runs over a real recording and finds rows. */
static void documented_questions(void **state)
{
	static char page[65536];
	unsigned questions = 0;
	struct run run;
	sqlite3 *db;
	FILE *file = fopen("share/doc/RECORDING.md", "r");

	(void)state;
	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	/* As the page says of SQLite before 3.35. */
	for (char *at = page; sqlite3_libversion_number() < 3035000 &&
	     (at = strstr(at, "MATERIALIZED"));)
		memset(at, ' ', strlen("MATERIALIZED"));
	run_begin(&run);
	assert_int_equal(run_record(&run, run.path), 0);
	assert_int_equal(sqlite3_open_v2(run.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	for (char *at = page; (at = strstr(at, "```sql\n")); questions++) {
		sqlite3_stmt *statement;
		char *end = strstr(at += 7, "```");

		if (sqlite3_prepare_v2(db, at, (int)(end - at), &statement, NULL) != SQLITE_OK)
			fail_msg("%s in %.*s", sqlite3_errmsg(db), (int)(end - at), at);
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		sqlite3_finalize(statement);
		at = end + 3;
	}
	assert_true(questions >= 5);
	sqlite3_close(db);
	run_end(&run);
}

/* Figures, stacks and names of a moment in an older format: what that had of them. */
static void old_moment_is(struct run *run, struct recording *r, const char *name, uint64_t base,
			  unsigned format)
{
	struct error error;
	struct snapshot *s = recording_snapshot(r, name, &error);
	const uint64_t none[CUTS] = { 0 };

	if (!s)
		fail_msg("format %u, %s: %s", format, name, error.text);
	if (format < 3) {
		assert_int_equal(s->totals.lost_allocations + s->totals.lost_frees +
				 s->totals.unended, 0);
		assert_memory_equal(s->totals.cut, none, sizeof(none));
		/* All else is as it was in format 3. */
		struct snapshot *whole = run_snapshot(run, s->kind, s->number, s->name, base);

		s->totals.lost_allocations = whole->totals.lost_allocations;
		s->totals.lost_frees = whole->totals.lost_frees;
		s->totals.unended = whole->totals.unended;
		memcpy(s->totals.cut, whole->totals.cut, sizeof(s->totals.cut));
		snapshot_release(whole);
	}
	expect_rows(run, s, base);
	expect_stacks(s, base);
	snapshot_release(s);
}

/* Formats 1 to 3 had a row for each trace, and one for each moment's figures of it. */
static void older_formats(void **state)
{
	struct run run;

	(void)state;
	if (sqlite3_libversion_number() < 3035000)
		skip();                 /* it can't drop the newer columns */
	run_begin(&run);
	for (unsigned format = 1; format <= 3; format++) {
		char path[112];

		snprintf(path, sizeof(path), "%s/%u", run.folder, format);
		assert_int_equal(run_record_old(path, format), 0);
		struct recording *r = open_one(path);

		expect_program(recording_program(r));
		assert_int_equal(recording_program(r)->ceilings.length, 0);
		old_moment_is(&run, r, "exit", 50, format);
		old_moment_is(&run, r, "peak", 900, format);
		old_moment_is(&run, r, "1", 100, format);
		old_moment_is(&run, r, "2", 200, format);
		recording_close(r);
	}
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(waits_for_disk),
		cmocka_unit_test(existing_file),
		cmocka_unit_test(crash),
		cmocka_unit_test(while_written),
		cmocka_unit_test(restart),
		cmocka_unit_test(counted_together),
		cmocka_unit_test(split),
		cmocka_unit_test(documented_questions),
		cmocka_unit_test(older_formats),
	};

	return cmocka_run_group_tests(tests, count_syncs, NULL);
}
