/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which threads a process has, as /proc lists them. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/ground/threads/threads.h"

static pthread_barrier_t told;
static int32_t other;

static void *wait_for_the_end(void *user)
{
	other = (int32_t)syscall(SYS_gettid);
	pthread_barrier_wait(&told);
	pthread_barrier_wait(&told);
	return user;
}

static void each_thread_is_listed_once_and_nothing_else(void **state)
{
	pthread_t thread;
	int32_t tid;
	int first = 0, second = 0, all = 0;

	(void)state;
	assert_int_equal(pthread_barrier_init(&told, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_the_end, NULL), 0);
	pthread_barrier_wait(&told);
	DIR *threads = threads_open(getpid());

	assert_non_null(threads);
	for (; (tid = threads_next(threads)); all++) {
		first += tid == getpid();
		second += tid == other;
	}
	closedir(threads);
	pthread_barrier_wait(&told);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&told);
	assert_int_equal(first, 1);
	assert_int_equal(second, 1);
	assert_true(all >= 2);          /* a sanitizer may have one of its own */
}

static void a_process_that_has_ended_is_said_to_be_gone(void **state)
{
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	errno = 0;
	assert_null(threads_open(child));
	assert_int_equal(errno, ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thread_is_listed_once_and_nothing_else),
		cmocka_unit_test(a_process_that_has_ended_is_said_to_be_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
