/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forked children that are killed while they are met.  The test plays the door in the middle
 * of a question of the reader's, and the kernel between two of the door's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/collect/rings/image.h"
#include "tracer/collect/run/live.h"
#include "tracer/collect/target/ending.h"

#define CHILD 77777

static struct live live;
static bool is_met;                     /* the door begins to meet the child as it is asked for */
static unsigned opened;                 /* ends of the child that were asked for */

bool __wrap_gauges_is_alive(pid_t pid);
int __wrap_ending_open(int32_t pid);
int __real_ending_open(int32_t pid);

bool __wrap_gauges_is_alive(pid_t pid)
{
	assert_int_equal(pid, CHILD);
	if (is_met)
		atomic_store(&live.greeted, CHILD);
	return false;
}

/* It lives when it is looked at, and is no more after that. */
int __wrap_ending_open(int32_t pid)
{
	assert_int_equal(pid, CHILD);
	errno = ESRCH;
	return opened++ ? -1 : __real_ending_open(getpid());
}

static int begin(void **state)
{
	static char name[] = "w";
	static char *argv[] = { name, NULL };

	(void)state;
	live = (struct live){ .options.follow = FOLLOW_ALL };
	live.parts.course = live.unseen.course = course_new();
	live.parts.roster = live.unseen.roster = roster_new(live.parts.course, argv, 0);
	if (!live.parts.roster)
		return -1;
	roster_start(live.parts.roster, getpid());
	return 0;
}

static int end(void **state)
{
	(void)state;
	roster_free(live.parts.roster);
	course_free(live.parts.course);
	return 0;
}

static void test_the_fork_of_who_is_met_and_killed_meanwhile_stays_open(void **state)
{
	static struct image parent;

	(void)state;
	parent.pid = parent.inside = getpid();
	assert_true(live_reader_ops.gone(&live, &parent, CHILD));
	is_met = true;
	assert_false(live_reader_ops.gone(&live, &parent, CHILD));
	assert_false(live_reader_ops.gone(&live, &parent, CHILD));
}

static void test_who_is_killed_between_two_looks_is_in_no_list(void **state)
{
	const struct meet_hello hello = { .kind = MEET_FORK, .pid = CHILD, .image = 1, .fork = 1 };

	(void)state;
	assert_int_equal(live_hello(&live, &hello, CHILD), -1);
	assert_int_equal(opened, 2);
	assert_int_equal(roster_length(live.parts.roster), 1);
	assert_int_equal(roster_untraced(live.parts.roster), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(the_fork_of_who_is_met_and_killed_meanwhile_stays_open),
		TEST(who_is_killed_between_two_looks_is_in_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
