/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where it may, a thread comes first for a while; afterwards it is as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/ground/hurry.h"

static void policy_is(int policy)
{
	assert_int_equal(sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, policy);
}

static void a_while_from(int policy)
{
	const struct sched_param none = { 0 };

	assert_int_equal(sched_setscheduler(0, policy, &none), 0);
	struct hurry hurry = hurry_begin();

	policy_is(hurry.on ? SCHED_RR : policy);
	hurry_end(&hurry);
	assert_false(hurry.on);
	policy_is(policy);
}

static void test_a_hurry_ends_with_the_policy_of_before(void **state)
{
	(void)state;
	a_while_from(SCHED_BATCH);
	a_while_from(SCHED_OTHER);
}

static void test_a_hurry_within_a_hurry_changes_nothing(void **state)
{
	(void)state;
	struct hurry outer = hurry_begin();
	int policy = outer.on ? SCHED_RR : SCHED_OTHER;
	struct hurry inner = hurry_begin();

	if (outer.on)
		assert_false(inner.on);
	policy_is(policy);
	hurry_end(&inner);
	if (outer.on)
		policy_is(policy);
	hurry_end(&outer);
	policy_is(SCHED_OTHER);
}

/* As where RLIMIT_RTPRIO allows it, and the capability is not there. */
static void hurry_that_loses_its_rights(void)
{
	struct hurry hurry = hurry_begin();
	bool all = hurry.on && setuid(65534) == 0;

	hurry_end(&hurry);
	_exit(all && (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_OTHER ? 0 : 1);
}

static void test_a_hurry_ends_also_without_the_capability(void **state)
{
	struct hurry hurry = hurry_begin();
	bool may = hurry.on && geteuid() == 0;
	int status = 0;

	(void)state;
	hurry_end(&hurry);
	if (!may)
		skip();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		hurry_that_loses_its_rights();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hurry_ends_with_the_policy_of_before),
		cmocka_unit_test(test_a_hurry_within_a_hurry_changes_nothing),
		cmocka_unit_test(test_a_hurry_ends_also_without_the_capability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
