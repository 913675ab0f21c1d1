/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who of a run's processes means to stay, and what a memtop that stays with them keeps of
 * whoever called it: nothing.  What it becomes is seen from inside a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/collect/daemon/daemon.h"

/* A child in a session of its own, or not, that lives until the pipe's other end closes. */
struct staying {
	int32_t pid;
	int hold;
};

static struct staying child_of(bool own_session)
{
	int ready[2], hold[2];
	char byte;

	assert_int_equal(pipe(ready) | pipe(hold), 0);
	pid_t pid = fork();

	if (pid == 0) {
		close(hold[1]);
		if ((own_session && setsid() < 0) || write(ready[1], "r", 1) != 1)
			_exit(1);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	assert_true(pid > 0);
	close(ready[1]);
	close(hold[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return (struct staying){ pid, hold[1] };
}

static void end(struct staying child)
{
	int status;

	close(child.hold);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_int_equal(status, 0);
}

static void test_one_process_of_another_session_is_a_daemon_among_them(void **state)
{
	struct staying with_us = child_of(false), apart = child_of(true);
	int32_t pids[] = { getpid(), with_us.pid, apart.pid };

	(void)state;
	assert_false(daemon_is_among(pids, 0));
	assert_false(daemon_is_among(pids, 2));
	assert_true(daemon_is_among(pids, 3));
	end(apart);
	assert_false(daemon_is_among(pids, 3));         /* it has ended */
	end(with_us);
}

static bool is_null(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == makedev(1, 3);
}

/* The first thing that is wrong with a daemon, or 0: its exit status. */
static int wrong_with(int inherited, int own)
{
	char folder[16];

	daemon_begin();
	for (int fd = 0; fd <= 2; fd++)
		if (!is_null(fd))
			return 1 + fd;
	if (getsid(0) != getpid())
		return 4;
	if (!getcwd(folder, sizeof(folder)) || strcmp(folder, "/") != 0)
		return 5;
	if (fcntl(inherited, F_GETFD) >= 0)
		return 6;
	if (fcntl(own, F_GETFD) < 0)
		return 7;
	if (daemon_told_to_end())
		return 8;
	raise(SIGTERM);
	return daemon_told_to_end() ? 0 : 9;
}

static void test_a_daemon_keeps_nothing_of_its_caller(void **state)
{
	int inherited = open("/dev/zero", O_RDONLY), own = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int status;

	(void)state;
	assert_true(inherited > 2 && own > 2);
	pid_t pid = fork();

	if (pid == 0)
		_exit(wrong_with(inherited, own));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(inherited);
	close(own);
}

/* The next file that memtop opens must not be one of them, and what memtop begins by exec
 * has them too. */
static void test_a_daemon_without_descriptors_gets_those_three(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();

	if (pid == 0) {
		for (int fd = 0; fd <= 2; fd++)
			close(fd);
		daemon_begin();
		for (int fd = 0; fd <= 2; fd++)
			if (!is_null(fd) || fcntl(fd, F_GETFD) != 0)
				_exit(1 + fd);
		_exit(fcntl(3, F_GETFD) >= 0 && is_null(3) ? 4 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_process_of_another_session_is_a_daemon_among_them),
		cmocka_unit_test(test_a_daemon_keeps_nothing_of_its_caller),
		cmocka_unit_test(test_a_daemon_without_descriptors_gets_those_three),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
