/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a live run has come (run/state/course.h), and what is measured meanwhile
 * (run/state/meter.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <cmocka.h>
#include "tracer/collect/run/state/course.h"
#include "tracer/collect/run/state/meter.h"

static void the_clock_stands_still_at_the_end(void **state)
{
	struct course *course = course_new();
	bool ended;
	(void)state;
	double before = course_time(course, &ended);
	assert_true(before >= 0 && before <= course_now(course));
	assert_false(ended);
	course_end(course, 12.5);
	assert_true(course_time(course, &ended) == 12.5);
	assert_true(ended);
	assert_true(course_has_ended(course));
	assert_true(course_now(course) < 12.5);
	course_free(course);
}

static void who_is_in_an_exec_for_two_looks_has_left(void **state)
{
	struct course *course = course_new();
	struct course_state now;
	(void)state;
	course_meet(course);
	assert_false(course_look(course, true, false));
	assert_true(course_look(course, true, false));
	assert_false(course_look(course, true, false));
	course_read(course, &now);
	assert_true(now.left);
	/* The new program says hello after all. */
	course_meet(course);
	course_read(course, &now);
	assert_false(now.left);
	assert_int_equal(now.met, 2);
	assert_false(course_look(course, true, false));
	assert_false(course_look(course, false, false));
	assert_true(course_look(course, true, true));
	course_free(course);
}

static void a_kill_is_due_once_and_never_after_the_end(void **state)
{
	struct course *course = course_new();
	(void)state;
	assert_false(course_kill_due(course));
	assert_true(course_kill_later(course, 1000));
	assert_false(course_kill_due(course));
	assert_true(course_kill_later(course, 0));
	assert_true(course_kill_due(course));
	assert_false(course_kill_due(course));
	assert_true(course_kill_later(course, 0));
	course_end(course, 1);
	assert_false(course_kill_due(course));
	assert_false(course_kill_later(course, 0));
	course_free(course);
}

static void why_nothing_is_traced_is_shown_until_somebody_is_met(void **state)
{
	struct course *course = course_new();
	struct course_state now;
	(void)state;
	course_say(course, "snapshot %d taken", 3);
	course_unmet(course, "no room");
	course_read(course, &now);
	assert_string_equal(now.unmet, "no room");
	assert_string_equal(now.message, "snapshot 3 taken");
	assert_int_equal(now.said, 2);
	course_meet(course);
	course_unmet(course, "no room for a later image");
	course_read(course, &now);
	assert_string_equal(now.unmet, "");
	assert_string_equal(now.message, "snapshot 3 taken");
	assert_int_equal(now.said, 2);
	course_orphan(course, 15);
	course_resume(course);
	course_read(course, &now);
	assert_true(now.orphaned);
	assert_int_equal(now.signal, 15);
	assert_int_equal(now.resumes, 1);
	course_free(course);
}

static void *stop_it(void *course)
{
	course_stop(course);
	return NULL;
}

static void *read_it(void *course)
{
	course_end(course, 1);
	course_read_to_end(course);
	return NULL;
}

static void who_waits_is_woken_by_a_stop_or_when_all_is_read(void **state)
{
	struct course *course = course_new();
	struct course_state now;
	pthread_t thread;
	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stop_it, course), 0);
	course_wait(course, true);
	pthread_join(thread, NULL);
	course_read(course, &now);
	assert_true(now.stopped);
	assert_int_equal(pthread_create(&thread, NULL, read_it, course), 0);
	course_wait(course, false);
	pthread_join(thread, NULL);
	assert_true(course_has_ended(course));
	course_free(course);
}

static void *leave_twice(void *course)
{
	course_leave(course);
	course_leave(course);
	return NULL;
}

static void who_waits_for_processes_is_woken_when_enough_have_ended(void **state)
{
	struct course *course = course_new();
	pthread_t thread;
	(void)state;
	course_leave(course);
	assert_int_equal(pthread_create(&thread, NULL, leave_twice, course), 0);
	assert_false(course_await(course, true, 3));
	pthread_join(thread, NULL);
	/* Those are not counted again. */
	assert_int_equal(pthread_create(&thread, NULL, leave_twice, course), 0);
	assert_false(course_await(course, true, 2));
	pthread_join(thread, NULL);
	course_stop(course);
	assert_true(course_await(course, true, 2));
	course_read_to_end(course);
	assert_true(course_await(course, false, 2));
	course_free(course);
}

static void rates_are_what_came_since_the_last_totals(void **state)
{
	struct meter *meter = meter_new();
	struct meter_figures figures;
	(void)state;
	assert_false(meter_second_due(meter, 0.5));
	assert_true(meter_second_due(meter, 2));
	meter_second(meter, 2, &(struct totals){ .allocations = 100, .frees = 50 });
	assert_false(meter_second_due(meter, 2.5));
	meter_second(meter, 4, &(struct totals){ .allocations = 300, .frees = 60 });
	meter_read(meter, &figures);
	assert_true(figures.alloc_rate == 100 && figures.free_rate == 5);
	/* At the same time again: nothing to divide by. */
	meter_second(meter, 4, &(struct totals){ .allocations = 300, .frees = 60 });
	/* An exec lets figures begin anew. */
	meter_second(meter, 5, &(struct totals){ .allocations = 10, .frees = 61 });
	meter_read(meter, &figures);
	assert_true(figures.alloc_rate == 0 && figures.free_rate == 1);
	meter_still(meter);
	meter_read(meter, &figures);
	assert_true(figures.free_rate == 0);
	meter_free(meter);
}

static void gauges_are_due_until_there_are_some_and_then_by_what_they_cost(void **state)
{
	struct meter *meter = meter_new();
	struct meter_figures figures;
	(void)state;
	assert_true(meter_gauges_due(meter, 0));
	meter_gauges(meter, 1, &(struct gauges){ .rss = 0 }, 0);
	assert_true(meter_gauges_due(meter, 1));
	meter_gauges(meter, 1, &(struct gauges){ .rss = 4096 }, 77);
	assert_false(meter_gauges_due(meter, 1.125));
	assert_true(meter_gauges_due(meter, 1.25));
	meter_gauges(meter, 2, &(struct gauges){ .rss = 4096, .cost = 0.01 }, 77);
	assert_false(meter_gauges_due(meter, 2.75));
	assert_true(meter_gauges_due(meter, 3));
	/* A dear reading does not let the RSS stand still. */
	meter_gauges(meter, 4, &(struct gauges){ .rss = 4096, .cost = 1 }, 77);
	assert_false(meter_gauges_due(meter, 5.75));
	assert_true(meter_gauges_due(meter, 6));
	meter_read(meter, &figures);
	assert_int_equal(figures.gauges.rss, 4096);
	assert_int_equal(figures.current, 77);
	meter_free(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_stands_still_at_the_end),
		cmocka_unit_test(who_is_in_an_exec_for_two_looks_has_left),
		cmocka_unit_test(a_kill_is_due_once_and_never_after_the_end),
		cmocka_unit_test(why_nothing_is_traced_is_shown_until_somebody_is_met),
		cmocka_unit_test(who_waits_is_woken_by_a_stop_or_when_all_is_read),
		cmocka_unit_test(who_waits_for_processes_is_woken_when_enough_have_ended),
		cmocka_unit_test(rates_are_what_came_since_the_last_totals),
		cmocka_unit_test(gauges_are_due_until_there_are_some_and_then_by_what_they_cost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
