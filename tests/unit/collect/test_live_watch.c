/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Snapshots that take themselves (run/live_watch.h): a live run without keeper, door or
 * recording, whose one image the test writes to; the reader has its thread.
 */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/collect/traced_fixture.h"
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_watch.h"

static const struct rule given[] = {
	{ .kind = RULE_CURRENT, .bytes = 1000, .name = "current-1000" },
	{ .kind = RULE_MARK, .glob = "phase*", .name = "mark-phase" },
	{ .kind = RULE_SIGNAL, .signal = SIGUSR1, .name = "signal-USR1" },
	{ .kind = RULE_GROWN, .bytes = 5000, .name = "grown-5000" },
};

static struct live live;
static struct traced traced;

static void changed(void *user) { (void)user; }

static void ended(void *user, struct image *image) { live_watch_last(user, image); }

static bool gone(void *user, const struct image *parent, int32_t pid)
{
	(void)user;
	(void)parent;
	(void)pid;
	return true;
}

static const struct reader_ops ops = { .changed = changed, .ended = ended, .gone = gone };

static void begin(enum session_mode mode, bool rules)
{
	static char name[] = "w";
	static char *argv[] = { name, NULL };

	live = (struct live){ .options = { .mode = mode, .argv = argv } };
	live.family = family_new(NULL, "");
	live.course = course_new();
	live.roster = roster_new(live.course, argv, 0);
	live.estate = estate_new(live.family->catalog, 0);
	live.meter = meter_new();
	live.kept = kept_new();
	live.rules = rules_new(given, rules ? sizeof(given) / sizeof(given[0]) : 0, 1 << 20);
	live.reader = reader_new(&ops, &live);
	assert_true(live.family && live.roster && live.estate && live.meter && live.kept &&
		    live.rules && live.reader);
	roster_start(live.roster, getpid());
	traced = traced_new(live.family);
	assert_true(reader_take(live.reader, traced.image, 0, 0));
}

static void end(void)
{
	reader_finish(live.reader);
	reader_free(live.reader);
	rules_free(live.rules);
	kept_free(live.kept);
	meter_free(live.meter);
	estate_free(live.estate);
	roster_free(live.roster);
	course_free(live.course);
	family_free(live.family);
}

/* The program allocates, and the reader knows of it. */
static void allocate(uint64_t block, uint64_t size, uint64_t held)
{
	struct reader_status status;

	traced_acquire(&traced, 0, block, block * 64, size, 0);
	do {
		sched_yield();
		assert_true(reader_status(live.reader, 1, &status));
	} while (status.totals.current != held);
}

/* How many snapshots of a name there are, and what the newest one has. */
static size_t taken(const char *name, uint64_t *held)
{
	size_t length, n = 0;
	struct moment *moments = kept_moments(live.kept, 1, 0, &length);

	for (size_t i = 0; i < length; i++)
		n += !strcmp(moments[i].name, name);
	free(moments);
	struct snapshot **found = kept_find(live.kept, name, &length);

	*held = length ? found[0]->totals.current : 0;
	for (size_t i = 0; i < length; i++)
		snapshot_release(found[i]);
	free(found);
	return n;
}

static void is_taken(const char *name, size_t times, uint64_t bytes)
{
	uint64_t held;

	assert_int_equal(taken(name, &held), times);
	assert_int_equal(held, bytes);
}

static void test_a_threshold_is_looked_at_when_it_is_due(void **state)
{
	(void)state;
	begin(SESSION_SCREEN, true);
	allocate(1, 900, 900);
	assert_true(live_watch(&live) <= 0.25);
	is_taken("current-1000", 0, 0);
	allocate(2, 200, 1100);
	live_watch(&live);
	live_watch(&live);
	is_taken("current-1000", 1, 1100);
	is_taken("grown-5000", 0, 0);
	end();
}

static void test_marks_and_signals_take_theirs(void **state)
{
	(void)state;
	begin(SESSION_SCREEN, true);
	allocate(1, 300, 300);
	assert_true(live_signal(&live, SIGUSR1));
	assert_false(live_signal(&live, SIGUSR2));
	live_marked(&live, "phase one");
	live_marked(&live, "another");
	allocate(2, 100, 400);
	live_marked(&live, "phase two");
	is_taken("signal-USR1", 1, 300);
	is_taken("mark-phase", 2, 400);
	/* Behind the end nothing is taken, but the signal is still the rules'. */
	course_end(live.course, 5);
	assert_true(live_signal(&live, SIGUSR1));
	is_taken("signal-USR1", 1, 300);
	end();
}

static void test_a_process_that_is_over_before_a_look_is_looked_at(void **state)
{
	uint64_t held = 0;

	(void)state;
	begin(SESSION_SCREEN, true);
	traced_acquire(&traced, 0, 1, 64, 1500, 0);
	reader_end(live.reader, 1, false);
	/* Its names may still be waited for; then it is let go in one of the next rounds. */
	while (!taken("current-1000", &held))
		sched_yield();
	is_taken("current-1000", 1, 1500);
	live_watch_last_of_all(&live);
	is_taken("current-1000", 1, 1500);
	end();
}

static void test_the_end_of_the_run_is_looked_at(void **state)
{
	(void)state;
	begin(SESSION_SCREEN, true);
	traced_acquire(&traced, 0, 1, 64, 6000, 0);
	reader_finish(live.reader);
	live_watch_last_of_all(&live);
	is_taken("current-1000", 1, 6000);
	is_taken("grown-5000", 1, 6000);
	end();
}

/* Without a screen and a recording nobody could ever see them. */
static void test_nothing_is_taken_for_nobody(void **state)
{
	(void)state;
	begin(SESSION_RECORD, true);
	allocate(1, 6000, 6000);
	live_watch(&live);
	live_marked(&live, "phase one");
	live_watch_last_of_all(&live);
	assert_int_equal(kept_newest(live.kept), 0);
	end();
}

static void test_without_rules_nothing_is_looked_at(void **state)
{
	(void)state;
	begin(SESSION_SCREEN, false);
	allocate(1, 6000, 6000);
	assert_true(live_watch(&live) > 0.25);
	live_watch_last_of_all(&live);
	assert_int_equal(kept_newest(live.kept), 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_threshold_is_looked_at_when_it_is_due),
		cmocka_unit_test(test_marks_and_signals_take_theirs),
		cmocka_unit_test(test_a_process_that_is_over_before_a_look_is_looked_at),
		cmocka_unit_test(test_the_end_of_the_run_is_looked_at),
		cmocka_unit_test(test_nothing_is_taken_for_nobody),
		cmocka_unit_test(test_without_rules_nothing_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
