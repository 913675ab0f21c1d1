/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose settings are read: the user's own and root's, if nobody else can write them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "tui/desk/parts/settings.h"

static char folder[] = "/tmp/memtop-test-XXXXXX", path[64];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/memtoprc", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

/* What is said about a file of this mode; "" if it is read. */
static const char *said_of(mode_t mode)
{
	static char problem[256];
	FILE *made = fopen(path, "w");
	assert_non_null(made);
	fputs(":theme mono\n", made);
	fclose(made);
	assert_int_equal(chmod(path, mode), 0);
	FILE *file = settings_open(path, problem);
	assert_true(!file == (problem[0] != 0));
	if (file)
		fclose(file);
	else
		assert_int_equal(errno, EPERM);
	unlink(path);
	return problem;
}

static void test_ones_own_file_is_read_whatever_the_umask_was(void **state)
{
	(void)state;
	assert_string_equal(said_of(0600), "");
	assert_string_equal(said_of(0644), "");
	assert_string_equal(said_of(0664), "");
}

static void test_a_file_that_everybody_may_write_is_not_read(void **state)
{
	(void)state;
	assert_string_equal(said_of(0666),
			    "it is not read, as everybody may write to it: chmod o-w");
}

static void test_no_file_is_no_problem(void **state)
{
	char problem[256] = "old";
	(void)state;
	errno = 0;
	assert_null(settings_open(path, problem));
	assert_int_equal(errno, ENOENT);
	assert_string_equal(problem, "");
}

static void test_a_pipe_does_not_make_us_wait(void **state)
{
	char problem[256];
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(settings_open(path, problem));
	assert_string_equal(problem, "it is not read, as it is not a regular file");
	unlink(path);
}

/* Only root can make one. */
static void test_a_file_of_another_user_is_not_read(void **state)
{
	char problem[256];
	(void)state;
	if (geteuid())
		skip();
	fclose(fopen(path, "w"));
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_null(settings_open(path, problem));
	assert_string_equal(problem,
			    "it is not read, as it belongs to another user (uid 65534)");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ones_own_file_is_read_whatever_the_umask_was),
		cmocka_unit_test(test_a_file_that_everybody_may_write_is_not_read),
		cmocka_unit_test(test_no_file_is_no_problem),
		cmocka_unit_test(test_a_pipe_does_not_make_us_wait),
		cmocka_unit_test(test_a_file_of_another_user_is_not_read),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
