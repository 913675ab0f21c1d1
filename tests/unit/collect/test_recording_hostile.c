/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that no memtop wrote: edited by hand, cut short, with bytes flipped
 * all over.  Reading one gives a sentence or an answer, and never more work or
 * memory than the file is worth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include "tests/unit/collect/recording_fixture.h"
#include "tests/unit/heap/stack_frames.h"

static void expect_sentence(const struct error *error)
{
	assert_int_not_equal(error->status, 0);
	assert_true(strlen(error->text) > 10);
	for (const char *at = error->text; *at; at++)
		assert_true((unsigned char)*at >= ' ');
}

/* All that can be asked.  0, or the status of the first error. */
static int ask(const char *path)
{
	struct recording *recording;
	struct error error = { 0 };
	struct frame frames[32];
	char text[64];
	size_t n;
	int status = 0;

	if (recording_open(&recording, path, &error)) {
		expect_sentence(&error);
		return error.status;
	}
	const struct moment *moments = recording_moments(recording, &n);

	for (size_t i = 0; i < n; i++) {
		char number[16];
		bool named = moments[i].kind == MOMENT_NAMED;

		snprintf(number, sizeof(number), "%u", moments[i].number);
		struct snapshot *s = recording_snapshot(recording, named ? number :
							moments[i].name, &error);

		if (!s) {
			expect_sentence(&error);
			status = error.status;
			continue;
		}
		for (size_t j = 0; j < s->rows_length; j++)
			stack_frames(s->catalog, s->rows[j].trace, frames, 32, NULL);
		snapshot_release(s);
	}
	recording_source(recording, "/src/worker.c", 9, text, sizeof(text));
	recording_close(recording);
	return status;
}

static void edit(const char *path, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

static char *read_whole(const char *path, size_t *length)
{
	struct stat st;
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	char *bytes = malloc((size_t)st.st_size);

	*length = fread(bytes, 1, (size_t)st.st_size, file);
	fclose(file);
	return bytes;
}

static void write_whole(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* Each makes a recording that is wrong. */
static const char *const wrong[] = {
	"UPDATE trace SET parent = id",
	"UPDATE trace SET parent = (SELECT max(id) FROM trace)",
	"UPDATE trace SET parent = 123456",
	"UPDATE trace SET parent = -1",
	"UPDATE trace SET parent = 4294967296",
	"UPDATE trace SET site = 99",
	"UPDATE trace SET site = 0",
	"UPDATE trace SET site = 'x'",
	"UPDATE trace SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM trace)",
	"UPDATE trace SET id = -5 WHERE id = 10",
	"UPDATE site SET module = 70000",
	"UPDATE site SET offset = -1",
	"UPDATE site_frame SET frame = 12345",
	"UPDATE site_frame SET frame = 0",
	"UPDATE site_frame SET site = 12345 WHERE site = 8",
	"UPDATE site_frame SET position = -position - 1",
	"WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
	" INSERT INTO site_frame SELECT 2, i, 1 FROM n",
	"UPDATE frame SET line = -4",
	"UPDATE frame SET line = 'four'",
	"UPDATE frame SET lang = 17",
	"UPDATE frame SET module = 9",
	"UPDATE frame SET file = x'00ff'",
	"UPDATE module SET build_id = zeroblob(100)",
	"UPDATE module SET path = zeroblob(5000000)",
	"UPDATE thread SET id = 4096 WHERE id = 2",
	"UPDATE thread SET tid = -7",
	"UPDATE moment SET kind = 9",
	"UPDATE moment SET number = -1",
	"UPDATE moment SET time = 'now'",
	"UPDATE moment SET time = 9e999",
	"UPDATE moment SET current = -1",
	"UPDATE moment SET nframe = 1000000",
	"UPDATE moment SET name = zeroblob(10)",
	"UPDATE stat SET trace = 424242 WHERE trace = 20 AND thread = 1",
	"UPDATE stat SET thread = 3 WHERE thread = 2",
	"UPDATE stat SET size = -1",
	"UPDATE stat SET size = 1.5",
	"UPDATE stat SET count = allocations + 1",
	"UPDATE stat SET domain = 65536",
	"UPDATE stat SET sizes = '[1'",
	"UPDATE stat SET sizes = ']'",
	"UPDATE stat SET sizes = '[1,2,3,4,5,6,7,8,9]'",
	"UPDATE stat SET sizes = '[4294967296]'",
	"UPDATE stat SET sizes = '[-1]'",
	"UPDATE stat SET sizes = '[1]]'",
	"UPDATE stat SET sizes = x'5b315d'",
	"UPDATE process SET id = 7 WHERE id = 2",
	"UPDATE process SET pid = 'init'",
	"UPDATE argument SET process = 3 WHERE process = 1",
	"UPDATE argument SET text = zeroblob(3)",
	"UPDATE meta SET value = 'long' WHERE key = 'seconds'",
	"UPDATE meta SET value = -1 WHERE key = 'pid'",
	"UPDATE point SET rss = -1",
	"UPDATE mark SET text = zeroblob(3)",
	"DROP TABLE stat",
	"DROP TABLE meta",
	"PRAGMA user_version = 5",
	"UPDATE moment SET process = -1",
	"UPDATE moment SET process = 'main'",
	"UPDATE process SET ended = 'now'",
	"PRAGMA user_version = -1",
	"PRAGMA application_id = 1",
	"DROP TABLE trace; CREATE VIEW trace AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL"
	" SELECT id + 1 FROM n) SELECT id, 0 AS parent, 2 AS site FROM n",
	"DROP TABLE mark; CREATE TABLE mark(id INTEGER PRIMARY KEY, time REAL,"
	" text TEXT AS (hex(zeroblob(100000000))))",
	"DROP TABLE mark; CREATE VIRTUAL TABLE mark USING fts5(id, time, text)",
	"PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = 2",
	"PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = x'1b5b324a'",
	"PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = 'CREATE TABLE \x1b[2J('"
	" WHERE name = 'mark'",
};

static void edited(void **state)
{
	struct run run;
	size_t length;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.other), 0);
	assert_int_equal(ask(run.other), 0);
	char *bytes = read_whole(run.other, &length);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_whole(run.path, bytes, length);
		edit(run.path, wrong[i]);
		if (ask(run.path) != 125)
			fail_msg("accepted: %s", wrong[i]);
	}
	free(bytes);
	run_end(&run);
}

/* These are odd, and right. */
static void odd_but_right(void **state)
{
	static const char *const edits[] = {
		("UPDATE trace SET id = 4294967295 WHERE id = (SELECT max(id) FROM trace);"
		 " UPDATE stat SET trace = 4294967295 WHERE trace = 2147483648"),
		"DELETE FROM stat",
		"ALTER TABLE stat DROP COLUMN sizes",
		"UPDATE stat SET sizes = '[]'",
		"DELETE FROM source",
		"DELETE FROM moment",
		"DELETE FROM argument; DELETE FROM process",
		"CREATE TABLE later(id INTEGER PRIMARY KEY); CREATE INDEX i ON stat(trace)",
		"UPDATE mark SET text = 'a' || char(27) || 'b'",
		"VACUUM",
		"PRAGMA journal_mode = WAL",
	};
	struct run run;
	size_t length;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.other), 0);
	char *bytes = read_whole(run.other, &length);

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		write_whole(run.path, bytes, length);
		edit(run.path, edits[i]);
		int status = ask(run.path);

		if (status)
			fail_msg("%d: %s", status, edits[i]);
	}
	free(bytes);
	run_end(&run);
}

/* Format 2 knew one reason for a cut, and no counts by reason. */
static void older_format(void **state)
{
	struct recording *recording;
	struct error error;
	struct run run;
	uint64_t none[CUTS] = { 0 };

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.path), 0);
	edit(run.path, "PRAGMA user_version = 2;"
		       "ALTER TABLE moment DROP COLUMN cut_nframe;"
		       "ALTER TABLE moment DROP COLUMN cut_no_unwind_info;"
		       "ALTER TABLE moment DROP COLUMN cut_jit;"
		       "ALTER TABLE moment DROP COLUMN cut_coroutine;"
		       "ALTER TABLE moment DROP COLUMN cut_unreadable;"
		       "ALTER TABLE moment DROP COLUMN cut_seccomp;"
		       "ALTER TABLE moment DROP COLUMN cut_table_full;"
		       "UPDATE site SET id = id - 6 WHERE id < 2147483648;"
		       "UPDATE site_frame SET site = site - 6 WHERE site < 2147483648;"
		       "UPDATE trace SET site = site - 6 WHERE site > 7 AND site < 2147483648");
	assert_int_equal(recording_open(&recording, run.path, &error), 0);
	struct snapshot *s = recording_snapshot(recording, "exit", &error);
	struct frame frames[8];
	unsigned cut = 0;
	enum cut why;

	assert_non_null(s);
	assert_int_equal(s->totals.truncated, 21);
	assert_memory_equal(s->totals.cut, none, sizeof(none));
	for (size_t i = 0; i < s->rows_length; i++) {
		size_t n = stack_frames(s->catalog, s->rows[i].trace, frames, 8, &why);

		cut += why == CUT_NFRAME;
		assert_true(n > 0 && (why == CUT_NONE || why == CUT_NFRAME));
		if (n == 3)             /* as in format 3: no site has become a reason */
			assert_string_equal(catalog_text(s->catalog, frames[2].function), "main");
	}
	assert_int_equal(cut, 1);
	snapshot_release(s);
	recording_close(recording);
	run_end(&run);
}

static void flipped(void **state)
{
	unsigned answered = 0, refused = 0;
	struct run run;
	size_t length;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.path), 0);
	char *bytes = read_whole(run.path, &length);
	int fd = open(run.path, O_RDWR | O_CLOEXEC);

	for (size_t at = 0; at < length; at++) {
		/* The header, much of what is there, little of the empty room. */
		if (at > 100 && at % (bytes[at] ? 5 : 97))
			continue;
		char flip = (char)(bytes[at] ^ (1 << at % 8));

		assert_int_equal(pwrite(fd, &flip, 1, (off_t)at), 1);
		if (ask(run.path))
			refused++;
		else
			answered++;
		assert_int_equal(pwrite(fd, &bytes[at], 1, (off_t)at), 1);
	}
	close(fd);
	assert_int_equal(ask(run.path), 0);
	assert_true(refused > 100 && answered > 100);
	free(bytes);
	run_end(&run);
}

static void cut_short(void **state)
{
	struct run run;
	size_t length;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.path), 0);
	free(read_whole(run.path, &length));
	for (size_t at = length; at > 1; at -= at > 5000 ? 1500 : at / 3 + 1) {
		assert_int_equal(truncate(run.path, (off_t)at), 0);
		assert_int_equal(ask(run.path), at == length ? 0 : 125);
	}
	run_end(&run);
}

static void no_recording(void **state)
{
	struct run run;
	FILE *file;

	(void)state;
	run_begin(&run);
	assert_int_equal(ask(run.path), 127);
	assert_int_equal(ask(run.folder), 125);
	assert_int_equal(ask("/dev/null"), 125);
	assert_int_equal(ask("/dev/zero"), 125);
	assert_int_equal(mkfifo(run.other, 0600), 0);
	assert_int_equal(ask(run.other), 125);
	file = fopen(run.path, "w");
	assert_int_equal(ask(run.path), 125);
	for (unsigned i = 0; i < 5000; i++)
		fputs("this is not a recording\n", file);
	fclose(file);
	assert_int_equal(ask(run.path), 125);
	unlink(run.path);
	edit(run.path, "CREATE TABLE other(a)");
	assert_int_equal(ask(run.path), 125);
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edited),
		cmocka_unit_test(odd_but_right),
		cmocka_unit_test(older_format),
		cmocka_unit_test(flipped),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(no_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
