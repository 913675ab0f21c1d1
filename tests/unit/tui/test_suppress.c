/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that people write, read line by line: suppressions, and what lines are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tui/check/check.h"
#include "tracer/ground/lines.h"

static struct {
	char path[32];
	struct suppressions list;
	struct error error;
} file;

static void write_bytes(const char *bytes, size_t length)
{
	FILE *out = fopen(file.path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, length, out), length);
	assert_int_equal(fclose(out), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(file.path, "/tmp/suppress-XXXXXX");
	int fd = mkstemp(file.path);
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	suppressions_free(&file.list);
	return unlink(file.path);
}

static int read_bytes(const char *bytes, size_t length)
{
	write_bytes(bytes, length);
	suppressions_free(&file.list);
	file.error.text[0] = 0;
	return suppressions_read(&file.list, file.path, &file.error);
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void refused(const char *text, const char *why)
{
	assert_int_equal(read_text(text), -1);
	assert_int_equal(file.error.status, 2);
	if (!strstr(file.error.text, why))
		fail_msg("'%s' said '%s', not '%s'", text, file.error.text, why);
}

static void a_list_may_be_empty(void **state)
{
	static const char *const empty[] = {"", "\n", "# nothing\n\n  # here\r\n", " \t\n"};

	(void)state;
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		assert_int_equal(read_text(empty[i]), 0);
		assert_int_equal(file.list.length, 0);
	}
}

static void what_is_read_has_name_filter_and_reason(void **state)
{
	(void)state;
	assert_int_equal(read_text("# two\r\n[a b]\r\n filter = func = x \r\n"
				   "reason = because = so\r\n\r\n"
				   "[c]\nreason=y\nfilter=any.file = \"/a b/*\""), 0);
	assert_int_equal(file.list.length, 2);
	assert_string_equal(file.list.of[0].name, "a b");
	assert_string_equal(file.list.of[0].reason, "because = so");
	assert_string_equal(file.list.of[1].name, "c");
	assert_string_equal(file.list.of[1].reason, "y");
	for (size_t i = 0; i < 2; i++) {
		assert_non_null(file.list.of[i].filter);
		assert_non_null(file.list.of[i].unless);
	}
}

static void what_is_not_whole_is_refused_with_its_line(void **state)
{
	(void)state;
	refused("filter = x\n", "line 1: expected [NAME]");
	refused("\n\nnonsense\n", "line 3: expected [NAME]");
	refused("[]\n", "line 1: expected [NAME]");
	refused("[x\n", "line 1: expected [NAME]");
	refused("[x]\n", "line 1: the last one needs a filter and a reason");
	refused("[x]\nfilter = a\n\n", "line 3: the last one needs a filter and a reason");
	refused("[x]\n[y]\n", "line 2: the one before needs a filter and a reason");
	refused("[x]\nfilter = a\nfilter = b\n", "line 3: expected one filter");
	refused("[x]\nreason =\n", "line 2: expected one filter");
	refused("[x]\nfilter = a) or (b\n", "line 2: column");
	refused("[x]\nfilter = size > 3\n", "tests of figures");
}

/* A filter of `length` bytes: "a or a or ..." */
static char *long_list(size_t length, size_t *total)
{
	static const char head[] = "[x]\nreason = long\nfilter = ";
	char *text = malloc(sizeof head + length + 2);

	assert_non_null(text);
	strcpy(text, head);
	for (size_t i = 0; i < length; i++)
		text[sizeof head - 1 + i] = "a or "[i % 5];
	*total = sizeof head - 1 + length;
	text[*total - 1] = 'b';
	text[(*total)++] = '\n';
	return text;
}

static void a_long_line_is_one_line(void **state)
{
	static const size_t lengths[] = {2048 - 9, 2049, 5000};
	size_t total;

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t length = lengths[i] / 5 * 5 + 1;
		char *text = long_list(length, &total);
		if (read_bytes(text, total))
			fail_msg("%zu bytes: %s", length, file.error.text);
		assert_int_equal(file.list.length, 1);
		free(text);
	}
	char *text = long_list(LINES_MOST, &total);
	assert_int_equal(read_bytes(text, total), -1);
	assert_non_null(strstr(file.error.text, "line 3: longer than 65535 bytes"));
	free(text);
}

static void what_is_no_text_is_refused(void **state)
{
	static const char nul[] = "[x]\nreason = y\nfilter = a\0b\n";

	(void)state;
	assert_int_equal(read_bytes(nul, sizeof nul - 1), -1);
	assert_non_null(strstr(file.error.text, "line 3: a NUL byte"));
	assert_int_equal(suppressions_read(&file.list, "/dev/zero", &file.error), -1);
	assert_non_null(strstr(file.error.text, "line 1: a NUL byte"));
	assert_int_equal(suppressions_read(&file.list, "/tmp", &file.error), -1);
	assert_non_null(strstr(file.error.text, "Is a directory"));
	assert_int_equal(suppressions_read(&file.list, "/nowhere", &file.error), -1);
	assert_non_null(strstr(file.error.text, "No such file"));
}

static void as_many_as_there_is_room_for(void **state)
{
	char text[(SUPPRESSIONS_MAX + 1) * 32] = "";

	(void)state;
	for (size_t i = 0; i < SUPPRESSIONS_MAX; i++)
		strcat(text, "[x]\nfilter = a\nreason = b\n");
	assert_int_equal(read_text(text), 0);
	assert_int_equal(file.list.length, SUPPRESSIONS_MAX);
	strcat(text, "[y]\n");
	refused(text, "too many");
}

/* --- lines --- */

static void lines_have_numbers_and_no_ends(void **state)
{
	static const char text[] = "one\r\n\ntwo\rthree\n four";
	static const char *const expected[] = {"one", "", "two\rthree", " four"};
	struct lines lines;

	(void)state;
	write_bytes(text, sizeof text - 1);
	FILE *in = fopen(file.path, "r");
	lines_begin(&lines, in);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(lines_next(&lines), expected[i]);
		assert_int_equal(lines.number, i + 1);
	}
	assert_null(lines_next(&lines));
	assert_null(lines.problem);
	lines_end(&lines);
	fclose(in);
}

static void a_line_has_a_most(void **state)
{
	size_t size = LINES_MOST + 3;
	char *text = malloc(size);
	struct lines lines;

	(void)state;
	memset(text, 'x', size);
	text[LINES_MOST] = '\n';
	write_bytes(text, size);
	FILE *in = fopen(file.path, "r");
	lines_begin(&lines, in);
	assert_int_equal(strlen(lines_next(&lines)), LINES_MOST);
	assert_string_equal(lines_next(&lines), "xx");
	lines_end(&lines);
	rewind(in);
	text[LINES_MOST] = 'x';
	write_bytes(text, size);
	lines_begin(&lines, in);
	assert_null(lines_next(&lines));
	assert_string_equal(lines.problem, "longer than 65535 bytes");
	lines_end(&lines);
	fclose(in);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_list_may_be_empty),
		TEST(what_is_read_has_name_filter_and_reason),
		TEST(what_is_not_whole_is_refused_with_its_line),
		TEST(a_long_line_is_one_line),
		TEST(what_is_no_text_is_refused),
		TEST(as_many_as_there_is_room_for),
		TEST(lines_have_numbers_and_no_ends),
		TEST(a_line_has_a_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
