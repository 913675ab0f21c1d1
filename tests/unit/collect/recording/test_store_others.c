/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording's file and its log when others come: another run that takes its name, and a
 * reader before the first state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/stat.h>
#include "tests/unit/collect/recording/recording_fixture.h"

static struct store *begin_mark(const struct run *run, bool force, const char *text)
{
	struct store *store;
	struct error error;

	assert_int_equal(store_create(&store, run->path, force, &error), 0);
	assert_int_equal(store_mark(store, &(struct mark){ 1, (char *)text }, &error), 0);
	return store;
}

static size_t marks_of(const struct run *run)
{
	struct recording *r;
	struct error error;
	size_t n;

	if (recording_open(&r, run->path, &error))
		fail_msg("%s", error.text);
	recording_marks(r, &n);
	recording_close(r);
	return n;
}

/* A run whose file another one replaces before its first moment leaves that one's log alone. */
static void a_replaced_file_uses_no_log(void **state)
{
	struct store *old, *new;
	struct error error;
	struct run run;
	char log[600];

	(void)state;
	run_begin(&run);
	snprintf(log, sizeof(log), "%s-wal", run.path);
	old = begin_mark(&run, false, "old");
	new = begin_mark(&run, true, "new");
	assert_int_equal(store_commit(new, true, &error), 0);
	assert_int_equal(store_mark(new, &(struct mark){ 2, (char *)"new" }, &error), 0);
	assert_int_equal(store_commit_log(new, &error), 0);
	assert_int_equal(store_commit(old, true, &error), 0);
	assert_int_equal(store_mark(old, &(struct mark){ 2, (char *)"old" }, &error), 0);
	assert_int_equal(store_finish(old, &error), 0);
	assert_int_equal(access(log, F_OK), 0);
	assert_int_equal(marks_of(&run), 2);
	assert_int_equal(store_finish(new, &error), 0);
	assert_int_equal(access(log, F_OK), -1);
	assert_int_equal(marks_of(&run), 2);
	run_end(&run);
}

/* One that is replaced later has a log of its own, without a name. */
static void the_log_of_who_replaced_a_file_stays(void **state)
{
	struct store *old, *new;
	struct error error;
	struct run run;

	(void)state;
	run_begin(&run);
	old = begin_mark(&run, false, "old");
	assert_int_equal(store_commit(old, true, &error), 0);
	new = begin_mark(&run, true, "new");
	assert_int_equal(store_commit(new, true, &error), 0);
	assert_int_equal(store_mark(new, &(struct mark){ 2, (char *)"new" }, &error), 0);
	assert_int_equal(store_commit_log(new, &error), 0);
	store_leave(old);
	assert_int_equal(marks_of(&run), 2);
	assert_int_equal(store_finish(new, &error), 0);
	run_end(&run);
}

/* While the first state is written, or if the writer died then, its header may already know of
 * pages that are not there. */
static void nothing_is_missing_before_the_first_state(void **state)
{
	struct recording *r;
	struct store *store;
	struct error error;
	struct run run;
	struct stat st;

	(void)state;
	run_begin(&run);
	store = begin_mark(&run, false, "a");
	assert_int_equal(store_commit_log(store, &error), 0);
	store_leave(store);
	assert_int_equal(stat(run.path, &st), 0);
	assert_int_equal(truncate(run.path, st.st_size - 1), 0);
	assert_int_equal(recording_open(&r, run.path, &error), -1);
	assert_int_equal(error.status, 2);
	assert_non_null(strstr(error.text, "nothing is recorded"));
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replaced_file_uses_no_log),
		cmocka_unit_test(the_log_of_who_replaced_a_file_stays),
		cmocka_unit_test(nothing_is_missing_before_the_first_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
