/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recording's file and its copies: begun, refused, given up, and on a full disk. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/collect/recording/writer_fixture.h"

static void test_a_copy_after_the_end_says_that_it_is_late(void **state)
{
	(void)state;
	assert_int_equal(finish(), 0);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), -1);
	assert_string_equal(it.error.text, "the recording is finished already");
	assert_int_equal(access(it.run.other, F_OK), -1);
}

static void test_a_copy_is_what_was_asked_for_until_then(void **state)
{
	(void)state;
	named(1, 100);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), 0);
	it.base = 20;
	named(2, 200);
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.other, "live"), 10);
	assert_int_equal(current_of(it.run.other, "1"), 100);
	assert_int_equal(current_of(it.run.other, "2"), UINT64_MAX);
	assert_int_equal(current_of(it.run.path, "live"), 20);
	assert_int_equal(current_of(it.run.path, "2"), 200);
}

static void test_a_copy_that_fails_is_the_other_paths_trouble(void **state)
{
	(void)state;
	assert_int_equal(writer_copy(it.writer, it.run.path, false, &it.error), -1);
	assert_non_null(strstr(it.error.text, "exists"));
	assert_int_equal(writer_copy(it.writer, "/nowhere/at/all", false, &it.error), -1);
	full_at = it.run.other;
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), -1);
	assert_non_null(strstr(it.error.text, "full"));
	assert_int_equal(access(it.run.other, F_OK), -1);       /* no half of one stays */
	assert_int_equal(it.failures, 0);
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "live"), 10);
}

/* The old file's bytes go only when there is a new one in their place. */
static void test_a_file_that_cannot_be_replaced_stays(void **state)
{
	static const char old[] = "what was there";
	char now[sizeof(old)] = "";
	int length = 0;

	(void)state;
	FILE *file = fopen(it.run.other, "w");
	assert_non_null(file);
	fputs(old, file);
	fclose(file);
	full_at = "/.memtop-";         /* beside it */
	assert_int_equal(writer_copy(it.writer, it.run.other, true, &it.error), -1);
	full_at = NULL;
	assert_non_null(strstr(it.error.text, "full"));
	file = fopen(it.run.other, "r");
	assert_non_null(file);
	assert_non_null(fgets(now, sizeof(now), file));
	fclose(file);
	assert_string_equal(now, old);
	DIR *folder = opendir(it.run.folder);
	for (const struct dirent *entry; (entry = readdir(folder)); length++)
		assert_true(strncmp(entry->d_name, ".memtop-", 8));
	closedir(folder);
	assert_true(length > 2);
	assert_int_equal(writer_copy(it.writer, it.run.other, true, &it.error), 0);
	assert_int_equal(current_of(it.run.other, "live"), 10);
	assert_int_equal(finish(), 0);
}

/* Its name beside the old one is longer than the old one's. */
static void test_a_copy_whose_path_gets_too_long_is_refused(void **state)
{
	char path[600];
	size_t end = (size_t)snprintf(path, sizeof(path), "%s", it.run.folder);

	(void)state;
	while (end < 506) {
		size_t part = 506 - end > 202 ? 200 : 506 - end - 1;

		path[end] = '/';
		memset(path + end + 1, 'x', part);
		end += part + 1;
		path[end] = '\0';
		assert_int_equal(mkdir(path, 0700), 0);
	}
	strcpy(path + end, "/r");
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(writer_copy(it.writer, path, true, &it.error), -1);
	assert_non_null(strstr(it.error.text, "less than 512 bytes; name a shorter one"));
	assert_int_equal(unlink(path), 0);
	for (char *slash; strlen(path) > strlen(it.run.folder);) {
		slash = strrchr(path, '/');
		*slash = '\0';
		if (strlen(path) > strlen(it.run.folder))
			assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(finish(), 0);
}

static void test_a_full_disk_ends_the_recording_and_says_so_once(void **state)
{
	struct error second;

	(void)state;
	full_at = it.run.path;
	named(1, 100);
	assert_int_equal(finish(), -1);
	assert_int_equal(it.error.status, 125);
	assert_non_null(strstr(it.error.text, "full"));
	assert_string_equal(it.sentence, it.error.text);
	named(2, 100);
	assert_int_equal(writer_finish(it.writer, &second), -1);
	assert_string_equal(second.text, it.error.text);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &second), -1);
	assert_string_equal(second.text, it.error.text);
	assert_int_equal(it.failures, 1);
}

static void test_what_was_committed_before_the_disk_was_full_can_be_read(void **state)
{
	(void)state;
	named(1, 100);
	assert_int_equal(writer_copy(it.writer, it.run.other, false, &it.error), 0);
	full_at = it.run.path;
	it.base = 20;
	named(2, 200);
	assert_int_equal(finish(), -1);
	full_at = NULL;
	assert_int_equal(current_of(it.run.path, "live"), 10);
	assert_int_equal(current_of(it.run.path, "1"), 100);
	assert_int_equal(current_of(it.run.path, "2"), UINT64_MAX);
}

static void test_a_file_that_is_there_is_not_written_over(void **state)
{
	struct writer *second = NULL;

	(void)state;
	assert_int_equal(open_at(&second, it.run.path, false, false), -1);
	assert_non_null(strstr(it.error.text, "--force"));
	assert_int_equal(open_at(&second, "/nowhere/at/all", true, false), -1);
	assert_non_null(strstr(it.error.text, "name another place"));
	assert_int_equal(finish(), 0);
	assert_int_equal(current_of(it.run.path, "live"), 10);
}

static void test_a_file_that_cannot_be_begun_is_not_there(void **state)
{
	struct writer *second = NULL;

	(void)state;
	assert_int_equal(open_at(&second, "/no/such/folder/x", false, false), -1);
	full_at = it.run.other;
	assert_int_equal(open_at(&second, it.run.other, false, false), 0);
	assert_int_equal(writer_finish(second, &it.error), -1);
	assert_non_null(strstr(it.error.text, "full"));
	assert_int_equal(it.failures, 1);
	assert_int_equal(access(it.run.other, F_OK), -1);
	writer_free(second);
}

static void test_a_private_file_goes_with_its_writer(void **state)
{
	struct writer *own;

	(void)state;
	assert_int_equal(open_at(&own, it.run.other, false, true), 0);
	assert_int_equal(access(it.run.other, F_OK), 0);
	writer_free(own);               /* not even finished */
	assert_int_equal(access(it.run.other, F_OK), -1);
	writer_free(NULL);
}

static void test_a_file_of_a_run_that_did_not_begin_is_not_left(void **state)
{
	struct writer *second;

	(void)state;
	assert_int_equal(writer_begin(&second, it.run.other, false, false, &ops, NULL, &it.error), 0);
	writer_discard(second);
	assert_int_equal(access(it.run.other, F_OK), -1);
	/* What was there before and could not be given up stays. */
	assert_int_equal(open_at(&second, it.run.path, false, false), -1);
	assert_int_equal(access(it.run.path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WRITER_TEST(a_copy_after_the_end_says_that_it_is_late),
		WRITER_TEST(a_copy_is_what_was_asked_for_until_then),
		WRITER_TEST(a_copy_that_fails_is_the_other_paths_trouble),
		WRITER_TEST(a_file_that_cannot_be_replaced_stays),
		WRITER_TEST(a_copy_whose_path_gets_too_long_is_refused),
		WRITER_TEST(a_full_disk_ends_the_recording_and_says_so_once),
		WRITER_TEST(what_was_committed_before_the_disk_was_full_can_be_read),
		WRITER_TEST(a_file_that_is_there_is_not_written_over),
		WRITER_TEST(a_file_that_cannot_be_begun_is_not_there),
		WRITER_TEST(a_private_file_goes_with_its_writer),
		WRITER_TEST(a_file_of_a_run_that_did_not_begin_is_not_left),
	};

	return cmocka_run_group_tests(tests, mount_disk, NULL);
}
