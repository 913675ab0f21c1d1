/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_RECORDING_ONE_SNAPSHOT_H
#define TESTS_UNIT_COLLECT_RECORDING_ONE_SNAPSHOT_H
/* One snapshot of the fixture's run in a recording: written, changed by SQL, read back. */
#include <cmocka.h>
#include "tests/unit/collect/recording/recording_fixture.h"

/* Records a snapshot, twice: the second takes the place of the first. */
static inline void record_snapshot(const struct run *run, struct snapshot *snapshot)
{
	struct store *store;
	struct error error;

	assert_int_equal(store_create(&store, run->path, false, &error), 0);
	assert_int_equal(store_snapshot(store, snapshot, &error), 0);
	assert_int_equal(store_snapshot(store, snapshot, &error), 0);
	assert_int_equal(store_finish(store, &error), 0);
}

/* Records a snapshot of five rows that was made for that. */
static inline void record_made(const struct run *run, struct snapshot *made)
{
	assert_int_equal(made->rows_length, 5);
	record_snapshot(run, made);
	snapshot_release(made);
}

/* A moment of that recording, or NULL with *error. */
static inline struct snapshot *read_back(const struct run *run, const char *moment,
					 struct error *error)
{
	struct recording *r;

	assert_int_equal(recording_open(&r, run->path, error), 0);
	struct snapshot *s = recording_snapshot(r, moment, error);

	recording_close(r);
	return s;
}

/* Changes the file by SQL; how many rows the last statement changed. */
static inline int change_file(const struct run *run, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(run->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	int changed = sqlite3_changes(db);

	sqlite3_close(db);
	return changed;
}

/* Makes the recording anew for each of these changes, after which the moment must not be
 * read. */
static inline void each_is_damage(void (*record)(struct run *run), const char *moment,
				  const char *const *changes, size_t length)
{
	struct error error;

	for (size_t i = 0; i < length; i++) {
		struct run run;

		run_begin(&run);
		record(&run);
		if (change_file(&run, changes[i]) < 1)
			fail_msg("%s: changed nothing", changes[i]);
		if (read_back(&run, moment, &error))
			fail_msg("%s: was read", changes[i]);
		run_end(&run);
	}
}

#endif
