/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes of a pipe that come in parts, under signals whose handler ends a system
 * call. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/ground/whole.h"

#define SIGNALS 200
#define LARGE (300u << 10)              /* more than a pipe holds */

static atomic_int handled;
static pthread_t caller;
static int ends[2];

static void handle(int number) { atomic_fetch_add(&handled, number == SIGUSR1); }

/* One after the other, so that most of them find the caller in its system call. */
static void interrupt_the_caller(void)
{
	for (int i = 0, before; i < SIGNALS; i++) {
		before = atomic_load(&handled);
		pthread_kill(caller, SIGUSR1);
		while (atomic_load(&handled) == before)
			;
	}
}

static void *write_in_parts(void *user)
{
	interrupt_the_caller();
	if (write(ends[1], "whole ", 6) != 6)
		return NULL;
	interrupt_the_caller();
	if (write(ends[1], "text", 4) != 4)
		return NULL;
	interrupt_the_caller();
	close(ends[1]);
	return user;
}

static void *read_in_parts(void *to)
{
	size_t got = 0;
	ssize_t n;

	interrupt_the_caller();
	while ((n = read(ends[0], (char *)to + got, 100000)) > 0) {
		got += (size_t)n;
		if (got < LARGE / 2)
			interrupt_the_caller();
	}
	return got == LARGE ? to : NULL;
}

static void begin(pthread_t *other, void *(*function)(void *), void *user)
{
	caller = pthread_self();
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pthread_create(other, NULL, function, user), 0);
}

static void test_what_comes_in_parts_is_read_whole(void **state)
{
	char text[16] = "";
	pthread_t other;
	void *result;

	(void)state;
	begin(&other, write_in_parts, text);
	assert_int_equal(whole_read(ends[0], text, sizeof(text)), 10);
	assert_string_equal(text, "whole text");
	pthread_join(other, &result);
	assert_non_null(result);
	assert_int_equal(whole_read(ends[0], text, sizeof(text)), 0);
	close(ends[0]);
	assert_int_equal(whole_read(ends[0], text, sizeof(text)), -1);
}

static void test_what_goes_in_parts_is_written_whole(void **state)
{
	char *from = malloc(LARGE), *to = calloc(1, LARGE + 100000);
	pthread_t other;
	void *result;

	(void)state;
	assert_true(from && to);
	for (size_t i = 0; i < LARGE; i++)
		from[i] = (char)(i % 251);
	begin(&other, read_in_parts, to);
	assert_true(whole_write(ends[1], from, LARGE));
	close(ends[1]);
	pthread_join(other, &result);
	assert_non_null(result);
	assert_memory_equal(from, to, LARGE);
	close(ends[0]);
	assert_false(whole_write(ends[1], from, 1));
	free(from);
	free(to);
}

int main(void)
{
	const struct sigaction action = { .sa_handler = handle };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_comes_in_parts_is_read_whole),
		cmocka_unit_test(test_what_goes_in_parts_is_written_whole),
	};

	if (sigaction(SIGUSR1, &action, NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
