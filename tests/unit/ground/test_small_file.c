/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files as strings, and a process's descriptors by what they are. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/ground/descriptors.h"
#include "tracer/ground/small_file.h"

static void test_a_file_is_read_as_far_as_there_is_room(void **state)
{
	char name[] = "/tmp/memtop-test-XXXXXX", text[8] = "before", least[1];
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(small_file_read(text, sizeof(text), "%s", name), 0);
	assert_string_equal(text, "");
	assert_int_equal(write(fd, "12345678", 8), 8);
	close(fd);
	assert_int_equal(small_file_read(text, sizeof(text), "/tmp/%s", name + 5), 7);
	assert_string_equal(text, "1234567");
	assert_int_equal(small_file_read(least, sizeof(least), "%s", name), 0);
	assert_string_equal(least, "");
	unlink(name);
}

static void test_what_cannot_be_read_says_why(void **state)
{
	char text[8] = "before", path[PATH_MAX + 1];

	(void)state;
	assert_int_equal(small_file_read(text, sizeof(text), "/tmp/memtop-%s", "nowhere/at/all"),
			 -ENOENT);
	assert_int_equal(small_file_read(text, sizeof(text), "/tmp"), -EISDIR);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	assert_int_equal(small_file_read(text, sizeof(text), "%s", path), -ENAMETOOLONG);
	assert_string_equal(text, "before");
}

static void test_descriptors_are_told_by_their_kind(void **state)
{
	int poll = epoll_create1(EPOLL_CLOEXEC), found = -1;
	DIR *list = descriptors_open(getpid());

	(void)state;
	assert_true(poll > 2);
	assert_non_null(list);
	for (int fd; (fd = descriptors_next(list)) >= 0;)
		if (descriptors_is(list, fd, "anon_inode:[eventpoll]"))
			found = fd;
	assert_int_equal(found, poll);
	assert_false(descriptors_is(list, 0, "anon_inode:[eventpoll]"));
	closedir(list);
	close(poll);
	assert_null(descriptors_open(-1));
	assert_int_equal(descriptors_next(NULL), -1);
}

static bool drops_all_but(const void *kept, int fd) { return fd != *(const int *)kept; }

/* In a child, whose descriptors nobody misses. */
static void test_only_what_is_to_be_dropped_is_closed(void **state)
{
	int ends[2], status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();

	if (child == 0) {
		descriptors_close(drops_all_but, &ends[1]);
		_exit((fcntl(ends[0], F_GETFD) < 0) | (fcntl(ends[1], F_GETFD) >= 0) << 1 |
		      (fcntl(2, F_GETFD) >= 0) << 2);
	}
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_read_as_far_as_there_is_room),
		cmocka_unit_test(test_what_cannot_be_read_says_why),
		cmocka_unit_test(test_descriptors_are_told_by_their_kind),
		cmocka_unit_test(test_only_what_is_to_be_dropped_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
