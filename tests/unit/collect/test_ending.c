/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a process is seen, by a pidfd or, as on kernels without them, by looks at
 * /proc: when all its threads have ended, and whether or not its parent has waited. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <cmocka.h>
#include <sys/syscall.h>
#include <unistd.h>

static int old_kernel;

static long ending_test_pidfd_open(long number, long pid, long flags);
#define syscall ending_test_pidfd_open
#include "tracer/collect/target/ending.c"
#undef syscall

static long ending_test_pidfd_open(long number, long pid, long flags)
{
	if (old_kernel) {
		errno = ENOSYS;
		return -1;
	}
	return syscall(number, pid, flags);
}

static int new_one(void **state)
{
	(void)state;
	old_kernel = 0;
	return 0;
}
static int old_one(void **state)
{
	(void)state;
	old_kernel = 1;
	return 0;
}

/* A child that lives until `go` is closed. */
static pid_t child_until(int *go)
{
	int ends[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	assert_true(pid > 0);
	close(ends[0]);
	*go = ends[1];
	return pid;
}

static bool has_ended(int fd)
{
	struct pollfd at = { .fd = fd, .events = POLLIN };

	return poll(&at, 1, 0) == 1;
}
static void wait_for_end(int fd)
{
	struct pollfd at = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&at, 1, -1), 1);
}

/* Without the system call, a pid that is none could not be told from one that lives. */
static bool supported(int fd)
{
	return fd >= 0 || errno != ENOSYS;
}

static void test_the_end_is_seen_before_the_parent_has_waited(void **state)
{
	int go, fd;
	pid_t pid = child_until(&go);

	(void)state;
	fd = ending_open(pid);
	assert_true(supported(fd));
	assert_true(fd >= 0);
	assert_false(has_ended(fd));
	close(go);
	wait_for_end(fd);
	/* It is a zombie now, which has ended. */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(has_ended(fd));
	close(fd);
}

static void test_an_end_has_begun_once_its_process_is_a_zombie(void **state)
{
	siginfo_t info;
	pid_t pid;
	int go;

	(void)state;
	pid = child_until(&go);
	assert_false(ending_has_begun(pid));
	close(go);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(ending_has_begun(pid));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(ending_has_begun(pid));
}

static void test_several_processes_end_one_by_one(void **state)
{
	int go[3], fd[3];
	pid_t pid[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		pid[i] = child_until(&go[i]);
		fd[i] = ending_open(pid[i]);
		assert_true(fd[i] >= 0);
	}
	/* The pipes of those that were begun first are open in the others, so the last
	 * one ends first. */
	for (int i = 3; i-- > 0;) {
		close(go[i]);
		wait_for_end(fd[i]);
		for (int k = 0; k < i; k++)
			assert_false(has_ended(fd[k]));
		assert_int_equal(waitpid(pid[i], NULL, 0), pid[i]);
		close(fd[i]);
	}
}

static void test_a_process_that_is_gone_is_refused(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	errno = 0;
	assert_int_equal(ending_open(pid), -1);
	assert_int_equal(errno, ESRCH);
}

static void test_only_the_looking_thread_owns_a_pipes_other_end(void **state)
{
	int go, fd, before = 0;
	pid_t pid = child_until(&go);

	(void)state;
	for (int i = 0; i < 256; i++)
		before += ending_owns(i);
	fd = ending_open(pid);
	assert_true(fd >= 0);
	assert_false(ending_owns(fd));
	int owned = 0;

	for (int i = 0; i < 256; i++)
		owned += ending_owns(i);
	assert_int_equal(owned, before + 1);
	close(go);
	wait_for_end(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fd);
}

static void test_a_pidfd_is_owned_by_nobody(void **state)
{
	int fd = ending_open(getpid());

	(void)state;
	assert_true(fd >= 0);
	assert_false(ending_owns(fd));
	assert_false(has_ended(fd));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_end_is_seen_before_the_parent_has_waited, new_one),
		cmocka_unit_test_setup(test_the_end_is_seen_before_the_parent_has_waited, old_one),
		cmocka_unit_test_setup(test_an_end_has_begun_once_its_process_is_a_zombie, new_one),
		cmocka_unit_test_setup(test_several_processes_end_one_by_one, new_one),
		cmocka_unit_test_setup(test_several_processes_end_one_by_one, old_one),
		cmocka_unit_test_setup(test_a_process_that_is_gone_is_refused, new_one),
		cmocka_unit_test_setup(test_a_process_that_is_gone_is_refused, old_one),
		cmocka_unit_test_setup(test_only_the_looking_thread_owns_a_pipes_other_end,
				       old_one),
		cmocka_unit_test_setup(test_a_pidfd_is_owned_by_nobody, new_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
