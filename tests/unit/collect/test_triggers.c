/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Snapshots that take themselves (run/moments/triggers.h): a run without keeper, door or
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
#include "tracer/collect/run/moments/triggers.h"

static const struct rule given[] = {
	{ .kind = RULE_CURRENT, .bytes = 1000, .name = "current-1000" },
	{ .kind = RULE_MARK, .glob = "phase*", .name = "mark-phase" },
	{ .kind = RULE_SIGNAL, .signal = SIGUSR1, .name = "signal-USR1" },
	{ .kind = RULE_GROWN, .bytes = 5000, .name = "grown-5000" },
};

static struct {
	struct family *family;
	struct reader *reader;
	struct triggers_options options;
	struct moments_parts parts;
	struct triggers *triggers;
} run;
static struct traced traced;

static void changed(void *user) { (void)user; }

static void ended(void *user, struct image *image)
{
	(void)user;
	triggers_last(run.triggers, image);
}

static bool gone(void *user, const struct image *parent, int32_t pid)
{
	(void)user;
	(void)parent;
	(void)pid;
	return true;
}

static const struct reader_ops ops = { .changed = changed, .ended = ended, .gone = gone };

static void make_triggers(bool screen, bool rules)
{
	run.parts = (struct moments_parts){
		.course = run.options.course,
		.roster = run.options.roster,
		.estate = estate_new(run.family->catalog, 0),
		.meter = run.options.meter,
		.kept = kept_new(),
		.family = run.family,
	};
	run.options.rules = given;
	run.options.rules_length = rules ? sizeof(given) / sizeof(given[0]) : 0;
	run.options.screen = screen;
	run.options.moments = moments_new(&run.parts);
	run.triggers = triggers_new(&run.options);
	assert_true(run.parts.estate && run.parts.kept && run.options.moments && run.triggers);
}

/* A run that nobody met yet. */
static void begin_unmet(bool screen, bool rules)
{
	static char name[] = "w";
	static char *argv[] = { name, NULL };

	run.family = family_new(NULL, "");
	run.options.course = course_new();
	run.options.roster = roster_new(run.options.course, argv, 0);
	run.options.meter = meter_new();
	make_triggers(screen, rules);
	run.reader = reader_new(&ops, NULL);
	assert_true(run.family && run.options.roster && run.options.meter && run.reader);
	moments_connect(run.options.moments, run.reader, NULL);
	triggers_connect(run.triggers, run.reader);
	roster_start(run.options.roster, getpid());
}

static void begin(bool screen, bool rules)
{
	begin_unmet(screen, rules);
	traced = traced_new(run.family);
	assert_true(reader_take(run.reader, traced.image, 0, 0));
}

static void end(void)
{
	reader_finish(run.reader);
	reader_free(run.reader);
	triggers_free(run.triggers);
	moments_free(run.options.moments);
	kept_free(run.parts.kept);
	meter_free(run.options.meter);
	estate_free(run.parts.estate);
	roster_free(run.options.roster);
	course_free(run.options.course);
	family_free(run.family);
}

/* The program allocates, and the reader knows of it. */
static void allocate(uint64_t block, uint64_t size, uint64_t held)
{
	struct reader_status status;

	traced_acquire(&traced, 0, block, block * 64, size, 0);
	do {
		sched_yield();
		assert_true(reader_status(run.reader, 1, &status));
	} while (status.totals.current != held);
}

/* How many snapshots of a name there are, and what the newest one has. */
static size_t taken(const char *name, uint64_t *held)
{
	size_t length, n = 0;
	struct moment *moments = kept_moments(run.parts.kept, 1, 0, &length);

	for (size_t i = 0; i < length; i++)
		n += !strcmp(moments[i].name, name);
	free(moments);
	struct snapshot **found = kept_find(run.parts.kept, name, &length);

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

static void mark(const char *text)
{
	struct error error;

	assert_int_equal(triggers_mark(run.triggers, text, &error), 0);
}

static void test_a_threshold_is_looked_at_when_it_is_due(void **state)
{
	(void)state;
	begin(true, true);
	allocate(1, 900, 900);
	assert_true(triggers_watch(run.triggers) <= 0.25);
	is_taken("current-1000", 0, 0);
	allocate(2, 200, 1100);
	triggers_watch(run.triggers);
	triggers_watch(run.triggers);
	is_taken("current-1000", 1, 1100);
	is_taken("grown-5000", 0, 0);
	end();
}

static void test_marks_and_signals_take_theirs(void **state)
{
	(void)state;
	begin(true, true);
	allocate(1, 300, 300);
	assert_true(triggers_signal(run.triggers, SIGUSR1));
	assert_false(triggers_signal(run.triggers, SIGUSR2));
	mark("phase one");
	mark("another");
	allocate(2, 100, 400);
	mark("phase two");
	is_taken("signal-USR1", 1, 300);
	is_taken("mark-phase", 2, 400);
	/* Behind the end nothing is taken, but the signal is still the rules'. */
	course_end(run.options.course, 5);
	assert_true(triggers_signal(run.triggers, SIGUSR1));
	is_taken("signal-USR1", 1, 300);
	end();
}

static void test_a_process_that_is_over_before_a_look_is_looked_at(void **state)
{
	uint64_t held = 0;

	(void)state;
	begin(true, true);
	traced_acquire(&traced, 0, 1, 64, 1500, 0);
	reader_end(run.reader, 1, false);
	/* Its names may still be waited for; then it is let go in one of the next rounds. */
	while (!taken("current-1000", &held))
		sched_yield();
	is_taken("current-1000", 1, 1500);
	triggers_last_of_all(run.triggers);
	is_taken("current-1000", 1, 1500);
	end();
}

static void test_the_end_of_the_run_is_looked_at(void **state)
{
	(void)state;
	begin(true, true);
	traced_acquire(&traced, 0, 1, 64, 6000, 0);
	reader_finish(run.reader);
	triggers_last_of_all(run.triggers);
	is_taken("current-1000", 1, 6000);
	is_taken("grown-5000", 1, 6000);
	end();
}

/* Without a screen and a recording nobody could ever see them. */
static void test_nothing_is_taken_for_nobody(void **state)
{
	(void)state;
	begin(false, true);
	allocate(1, 6000, 6000);
	triggers_watch(run.triggers);
	mark("phase one");
	triggers_last_of_all(run.triggers);
	assert_int_equal(kept_newest(run.parts.kept), 0);
	end();
}

static void test_without_rules_nothing_is_looked_at(void **state)
{
	(void)state;
	begin(true, false);
	allocate(1, 6000, 6000);
	triggers_watch(run.triggers);
	triggers_last_of_all(run.triggers);
	assert_int_equal(kept_newest(run.parts.kept), 0);
	end();
}

static void is_refused(const char *why)
{
	struct error error;

	assert_int_equal(moments_snapshot(run.options.moments, "", &error), -1);
	assert_string_equal(error.text, why);
}

/* Between its end and the end of the run there is a moment without an image. */
static void test_a_program_that_is_ending_is_not_one_that_is_not_traced_yet(void **state)
{
	(void)state;
	begin_unmet(true, false);
	is_refused("no snapshot: the program is not traced yet");
	course_meet(run.options.course);
	is_refused("no snapshot: the program is ending; exit is what it held then");
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
		cmocka_unit_test(
			test_a_program_that_is_ending_is_not_one_that_is_not_traced_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
