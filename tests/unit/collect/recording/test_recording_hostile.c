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
#include "tests/unit/collect/recording/recording_fixture.h"
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
	/* Traces 10, 20, 29 and 30, and one of memtop's own making. */
	"UPDATE trace_chunk SET nodes = '[]'",
	"UPDATE trace_chunk SET nodes = ''",
	"UPDATE trace_chunk SET nodes = '['",
	"UPDATE trace_chunk SET nodes = '[8'",
	"UPDATE trace_chunk SET nodes = '[8,]'",
	"UPDATE trace_chunk SET nodes = '[,8]'",
	"UPDATE trace_chunk SET nodes = '[8]]'",
	"UPDATE trace_chunk SET nodes = '[8] '",
	"UPDATE trace_chunk SET nodes = '[-8]'",
	"UPDATE trace_chunk SET nodes = '[1e3]'",
	"UPDATE trace_chunk SET nodes = '[9223372036854775808]'",
	"UPDATE trace_chunk SET nodes = '[9223372036854775807]'",
	"UPDATE trace_chunk SET nodes = CAST(nodes AS BLOB)",
	"UPDATE trace_chunk SET nodes = '[' || (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT"
	" i + 1 FROM n WHERE i < 1024) SELECT group_concat(0) FROM n) || ',8]'",
	"UPDATE trace_chunk SET bits = 0",
	"UPDATE trace_chunk SET bits = 63",
	"UPDATE trace_chunk SET bits = 1",
	"UPDATE trace_chunk SET bits = -1",
	"UPDATE trace_chunk SET first = 0 WHERE first = 10",
	"UPDATE trace_chunk SET first = -10 WHERE first = 10",
	"UPDATE trace_chunk SET first = 4294967296 WHERE first > 1000",
	"UPDATE trace_chunk SET first = 4294967295, nodes = '[8,8]' WHERE first > 1000",
	"UPDATE trace_chunk SET first = 11 WHERE first = 10",
	"INSERT INTO trace_chunk VALUES(9, 4, '[8,8]')",
	"DELETE FROM trace_chunk",
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
	"UPDATE stat_chunk SET first = 424242 WHERE thread = 2",
	"UPDATE stat_chunk SET thread = 3 WHERE thread = 2",
	"UPDATE stat_chunk SET thread = 65536 WHERE thread = 2",
	"UPDATE stat_chunk SET domain = 65536",
	"UPDATE stat_chunk SET figures = '[9]'",
	"UPDATE stat_chunk SET figures = '[-2]'",
	"UPDATE stat_chunk SET figures = '[1.5]'",
	"UPDATE stat_chunk SET figures = '[1'",
	"UPDATE stat_chunk SET figures = 1",
	"UPDATE stat_chunk SET first = 4294967295, figures = '[1,1]' WHERE thread = 2",
	"UPDATE stat_chunk SET figures = '[1,0,0,0,0,0,0,0,0,0,1]' WHERE first = 10",
	"UPDATE figure SET size = -1",
	"UPDATE figure SET size = 1.5",
	"UPDATE figure SET count = allocations + 1",
	"UPDATE figure SET id = id + 1000",
	"DELETE FROM figure",
	"UPDATE figure SET sizes = '[1'",
	"UPDATE figure SET sizes = ']'",
	"UPDATE figure SET sizes = '[1,2,3,4,5,6,7,8,9]'",
	"UPDATE figure SET sizes = '[4294967296]'",
	"UPDATE figure SET sizes = '[-1]'",
	"UPDATE figure SET sizes = '[1]]'",
	"UPDATE figure SET sizes = x'5b315d'",
	"UPDATE moment SET own = -1",
	"UPDATE moment SET own = 'x'",
	"UPDATE moment SET base = 4294967296",
	"UPDATE process SET id = 7 WHERE id = 2",
	"UPDATE process SET pid = 'init'",
	"UPDATE argument SET process = 3 WHERE process = 1",
	"UPDATE argument SET text = zeroblob(3)",
	"UPDATE meta SET value = 'long' WHERE key = 'seconds'",
	"UPDATE meta SET value = -1 WHERE key = 'pid'",
	"UPDATE point SET rss = -1",
	"UPDATE mark SET text = zeroblob(3)",
	"DROP TABLE stat_chunk",
	"DROP TABLE figure",
	"DROP TABLE meta",
	"PRAGMA user_version = 7",
	"PRAGMA user_version = 3",
	"UPDATE moment SET process = -1",
	"UPDATE moment SET process = 'main'",
	"UPDATE process SET ended = 'now'",
	"PRAGMA user_version = -1",
	"PRAGMA application_id = 1",
	"DROP TABLE trace_chunk; CREATE VIEW trace_chunk AS WITH RECURSIVE n(id) AS (SELECT 1"
	" UNION ALL SELECT id + 1 FROM n) SELECT id AS first, 4 AS bits, '[8]' AS nodes FROM n",
	"DROP TABLE mark; CREATE TABLE mark(id INTEGER PRIMARY KEY, time REAL,"
	" text TEXT AS (hex(zeroblob(100000000))))",
	"DROP TABLE mark; CREATE VIRTUAL TABLE mark USING fts5(id, time, text)",
	"PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = 2",
	"PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = x'1b5b324a'",
	"PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = 'CREATE TABLE \x1b[2J('"
	" WHERE name = 'mark'",
};

/* These are odd, and right. */
static void odd_but_right(void **state)
{
	static const char *const edits[] = {
		("UPDATE trace_chunk SET first = 4294967295, nodes = '[8]' WHERE first > 1000;"
		 " UPDATE stat_chunk SET first = 4294967295, figures = '[1]' WHERE first > 1000"),
		"DELETE FROM stat_chunk",
		"UPDATE stat_chunk SET figures = '[-1]'",
		"UPDATE moment SET own = 0",
		"UPDATE moment SET base = own, own = 0",
		"UPDATE moment SET base = 424242",
		"UPDATE moment SET base = (SELECT max(own) FROM moment)",
		"UPDATE trace_chunk SET nodes = substr(nodes, 1, length(nodes) - 1) || ',0,0]'",
		"DROP VIEW stat; DROP VIEW trace",
		("DROP VIEW stat; CREATE VIEW stat AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL"
		 " SELECT id + 1 FROM n) SELECT id AS moment FROM n"),
		"UPDATE figure SET sizes = '[]'",
		"DELETE FROM source",
		"DELETE FROM moment",
		"DELETE FROM argument; DELETE FROM process",
		"CREATE TABLE later(id INTEGER PRIMARY KEY); CREATE INDEX i ON stat_chunk(first)",
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

/* Each is wrong in format 3, which had rows where this one has chunks. */
static const char *const wrong_rows[] = {
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
	"UPDATE stat SET trace = 424242 WHERE trace = 20 AND thread = 1",
	"UPDATE stat SET thread = 3 WHERE thread = 2",
	"UPDATE stat SET size = -1",
	"UPDATE stat SET size = 1.5",
	"UPDATE stat SET count = allocations + 1",
	"UPDATE stat SET domain = 65536",
	"UPDATE stat SET sizes = '[1'",
	"UPDATE stat SET sizes = x'5b315d'",
	"DROP TABLE stat",
	"PRAGMA user_version = 4",
	("DROP TABLE trace; CREATE VIEW trace AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL"
	 " SELECT id + 1 FROM n) SELECT id, 0 AS parent, 2 AS site FROM n"),
};

static void edit_each(struct run *run, const char *const *edits, size_t n)
{
	size_t length;

	assert_int_equal(ask(run->other), 0);
	char *bytes = read_whole(run->other, &length);

	for (size_t i = 0; i < n; i++) {
		write_whole(run->path, bytes, length);
		edit(run->path, edits[i]);
		if (ask(run->path) != 125)
			fail_msg("accepted: %s", edits[i]);
	}
	free(bytes);
}

static void edited(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record(&run, run.other), 0);
	edit_each(&run, wrong, sizeof(wrong) / sizeof(wrong[0]));
	run_end(&run);
}

static void edited_rows(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_record_old(run.other, 3), 0);
	edit_each(&run, wrong_rows, sizeof(wrong_rows) / sizeof(wrong_rows[0]));
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
		cmocka_unit_test(edited_rows),
		cmocka_unit_test(flipped),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(no_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
