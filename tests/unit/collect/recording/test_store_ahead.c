/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sites and names that are written before a moment needs them: the file is the same as
 * if the moment had written them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include "tests/unit/collect/recording/recording_fixture.h"
#include "tracer/collect/recording/store/store_schema.h"

static struct error error;

static int line(void *user, const char *path, unsigned number, char *text, size_t size)
{
	(void)user;
	return snprintf(text, size, "%s:%u", path, number);
}

static struct store *begin(struct run *run, const char *path)
{
	struct store *store;

	if (store_create(&store, path, false, &error) != 0)
		fail_msg("%s (%s)", error.text, run->folder);
	return store;
}

/* Whether there was something new. */
static bool ahead(struct run *run, struct store *store)
{
	bool any;

	if (store_ahead(store, run->catalog, line, NULL, &any, &error) != 0)
		fail_msg("%s", error.text);
	return any;
}

/* `trace`: one that a row has in place of its own; 0: none. */
static void end_with(struct run *run, struct store *store, uint32_t trace)
{
	struct snapshot *exit = run_snapshot(run, MOMENT_EXIT, 0, "exit", 50);

	if (trace)
		exit->rows[0].trace.v = trace;
	assert_int_equal(store_snapshot(store, exit, &error), 0);
	snapshot_release(exit);
	assert_int_equal(store_sources(store, run->catalog, line, NULL, &error), 0);
	if (store_finish(store, &error) != 0)
		fail_msg("%s", error.text);
}

static void end(struct run *run, struct store *store) { end_with(run, store, 0); }

static int64_t number(const char *path, const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(statement, 0);

	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

/* How many rows of the table the other file does not have, either way. */
static int64_t differences(const struct run *run, const char *table)
{
	char sql[512];
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	snprintf(sql, sizeof(sql), "ATTACH '%s' AS a; ATTACH '%s' AS b;", run->path, run->other);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	snprintf(sql, sizeof(sql), "SELECT (SELECT count(*) FROM (SELECT * FROM a.%s EXCEPT"
		 " SELECT * FROM b.%s)) + (SELECT count(*) FROM (SELECT * FROM b.%s EXCEPT"
		 " SELECT * FROM a.%s))", table, table, table, table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(statement, 0);

	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static void test_sites_are_there_before_a_moment_is(void **state)
{
	struct store *store;
	struct run run;

	(void)state;
	run_begin(&run);
	store = begin(&run, run.path);
	assert_true(ahead(&run, store));
	assert_int_equal(store_commit(store, false, &error), 0);
	assert_int_equal(number(run.path, "SELECT count(*) FROM site"), 4);
	assert_int_equal(number(run.path, "SELECT count(*) FROM site_frame"), 3);
	assert_int_equal(number(run.path, "SELECT count(*) FROM frame"), 3);
	assert_int_equal(number(run.path, "SELECT count(*) FROM source"), 3);
	assert_int_equal(number(run.path, "SELECT count(*) FROM module"), 2);
	assert_int_equal(number(run.path, "SELECT count(*) FROM moment"), 0);
	end(&run, store);
	run_end(&run);
}

static void test_what_was_looked_at_is_not_looked_at_again(void **state)
{
	const struct site site = { .module = { 1 }, .offset = 0x900 };
	struct store *store;
	struct run run;

	(void)state;
	run_begin(&run);
	store = begin(&run, run.path);
	assert_true(ahead(&run, store));
	assert_false(ahead(&run, store));
	/* 12 to 14 are a gap, which is no site. */
	assert_int_equal(catalog_put_site(run.catalog, (struct site_id){ 15 }, &site), 0);
	assert_true(ahead(&run, store));
	assert_false(ahead(&run, store));
	assert_int_equal(store_commit(store, false, &error), 0);
	assert_int_equal(number(run.path, "SELECT count(*) FROM site"), 5);
	end(&run, store);
	run_end(&run);
}

static void test_the_file_is_the_same_with_and_without(void **state)
{
	static const char *const tables[] = { "site_frame", "frame", "source", "module", "thread",
					      "trace_chunk", "stat_chunk", "figure", "moment" };
	struct store *store;
	struct run run;

	(void)state;
	run_begin(&run);
	store = begin(&run, run.path);
	assert_true(ahead(&run, store));
	/* A name that comes after its site was written. */
	struct frame_id late = run_frame(&run, "late", 77, false);

	assert_int_equal(catalog_name_site(run.catalog, (struct site_id){ 11 }, &late, 1), 0);
	end(&run, store);
	store = begin(&run, run.other);
	end(&run, store);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (differences(&run, tables[i]))
			fail_msg("%s differs", tables[i]);
	assert_int_equal(number(run.path, "SELECT count(*) FROM site_frame"), 4);
	run_end(&run);
}

static void test_traces_are_written_by_the_thousand(void **state)
{
	struct store *store;
	struct run run;
	uint32_t made = 2 * STORE_RUN_MAX + 100;

	(void)state;
	run_begin(&run);
	store = begin(&run, run.path);
	assert_true(ahead(&run, store));
	for (uint32_t i = catalog_traces(run.catalog); i < made; i++)
		if (i != STORE_RUN_MAX + 7)     /* one that comes later than its neighbours */
			assert_int_equal(catalog_put_trace(run.catalog, (struct trace_id){ i },
							   (struct trace_id){ 0 },
							   (struct site_id){ 11 }), 0);
	assert_true(ahead(&run, store));
	assert_false(ahead(&run, store));
	assert_int_equal(store_commit(store, false, &error), 0);
	assert_int_equal(number(run.path, "SELECT max(id) FROM trace"), 2 * STORE_RUN_MAX - 1);
	/* Two for those of the fixture, which lie apart, and two for the thousands. */
	assert_int_equal(number(run.path, "SELECT count(*) FROM trace_chunk"), 4);
	assert_int_equal(catalog_put_trace(run.catalog, (struct trace_id){ STORE_RUN_MAX + 7 },
					   (struct trace_id){ 10 }, (struct site_id){ 11 }), 0);
	end_with(&run, store, STORE_RUN_MAX + 7);
	assert_int_equal(number(run.path, "SELECT parent FROM trace WHERE id = 1031"), 10);
	assert_int_equal(number(run.path, "SELECT count(*) FROM trace WHERE id > 1000"),
			 2 * STORE_RUN_MAX - 1001);
	run_end(&run);
}

static void test_a_new_image_begins_again(void **state)
{
	struct store *store;
	struct run run;

	(void)state;
	run_begin(&run);
	store = begin(&run, run.path);
	assert_true(ahead(&run, store));
	assert_int_equal(store_restart(store, 0, &error), 0);
	assert_true(ahead(&run, store));
	end(&run, store);
	assert_int_equal(number(run.path, "SELECT count(*) FROM source"), 3);
	run_end(&run);
}

/* A mark that can't be taken back is not committed either. */
static void test_a_mark_never_stays_by_mistake(void **state)
{
	struct run run;
	sqlite3 *db;

	(void)state;
	run_begin(&run);
	struct store *store = begin(&run, run.path);

	assert_int_equal(store_finished(store, false, &error), 0);
	assert_int_equal(store_commit(store, false, &error), 0);
	assert_int_equal(sqlite3_open(run.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TRIGGER stays BEFORE INSERT ON meta WHEN "
				      "new.key = 'finished' AND new.value = 0 BEGIN "
				      "SELECT RAISE(FAIL, 'it stays'); END", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_finished(store, true, &error), 0);
	assert_int_equal(store_finished(store, false, &error), -1);
	assert_int_equal(store_finish(store, &error), 0);
	assert_int_equal(number(run.path, "SELECT count(*) FROM meta WHERE key = 'finished' "
				"AND value = 1"), 0);
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites_are_there_before_a_moment_is),
		cmocka_unit_test(test_what_was_looked_at_is_not_looked_at_again),
		cmocka_unit_test(test_the_file_is_the_same_with_and_without),
		cmocka_unit_test(test_traces_are_written_by_the_thousand),
		cmocka_unit_test(test_a_new_image_begins_again),
		cmocka_unit_test(test_a_mark_never_stays_by_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
