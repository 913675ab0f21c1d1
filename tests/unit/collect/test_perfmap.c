/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of code made at run time, out of files that were made for this. */
#include "tracer/collect/names/perfmap.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/memtop-perfmap-XXXXXX";
static char path[64], other[64];

static struct perfmap *begin(const char *text)
{
	struct perfmap *map = perfmap_new(getpid());

	assert_non_null(map);
	snprintf(path, sizeof(path), "%s/map", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	unlink(path);
	unlink(other);
	assert_int_equal(perfmap_set_place(map, path, getuid()), 0);
	FILE *file = text ? fopen(path, "w") : NULL;
	if (file) {
		fputs(text, file);
		fclose(file);
	}
	return map;
}

static void append(const char *text)
{
	FILE *file = fopen(path, "a");
	fputs(text, file);
	fclose(file);
}

static void assert_name(struct perfmap *map, uint64_t address, const char *name)
{
	size_t length = 0;
	const char *found = perfmap_find(map, address, &length);

	if (!name) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_int_equal(length, strlen(name));
	assert_memory_equal(found, name, length);
}

static void test_an_address_has_the_newest_name(void **state)
{
	struct perfmap *map = begin("1000 100 first\n1080 10 inner one\n2000 8 other\n");

	(void)state;
	assert_name(map, 0xfff, NULL);
	assert_name(map, 0x1000, "first");
	assert_name(map, 0x1080, "inner one");
	assert_name(map, 0x108f, "inner one");
	assert_name(map, 0x1090, "first");
	assert_name(map, 0x10ff, "first");
	assert_name(map, 0x1100, NULL);
	append("1000 40 moved here\n");
	assert_name(map, 0x1000, "moved here");
	assert_name(map, 0x1040, "first");
	assert_name(map, 0x2007, "other");
	assert_null(perfmap_reason(map));
	perfmap_free(map);
}

static void test_a_line_counts_once_it_is_whole(void **state)
{
	struct perfmap *map = begin("0x00007f0000001000 0x10 whole\n2000 1");

	(void)state;
	assert_name(map, 0x7f0000001000, "whole");
	assert_name(map, 0x2000, NULL);
	append("0 now\n");
	assert_name(map, 0x200f, "now");
	perfmap_free(map);
}

static void test_nonsense_is_passed_over(void **state)
{
	struct perfmap *map = begin("\n\n1000\n1000 10\nxyz 10 a\n1000 zz b\n1000 0 c\n"
				    "ffffffffffffffff 10 d\n-1 5 e\n1000 10 \n2000 10 f\n");

	(void)state;
	assert_name(map, 0x1000, NULL);
	assert_name(map, 0x2000, "f");
	perfmap_free(map);
}

static void test_a_map_that_comes_late_or_anew_is_read(void **state)
{
	struct perfmap *map = begin(NULL);

	(void)state;
	assert_name(map, 0x1000, NULL);
	assert_non_null(strstr(perfmap_reason(map), "--perf-basic-prof"));
	append("1000 10 here\n3000 10 gone\n");
	assert_name(map, 0x1000, "here");
	assert_null(perfmap_reason(map));
	/* As jcmd does: another file of the same name. */
	assert_int_equal(rename(path, other), 0);
	append("1000 10 anew\n");
	assert_name(map, 0x1000, "anew");
	assert_name(map, 0x3000, "gone");
	perfmap_free(map);
}

static void test_only_a_file_of_its_own_user_is_believed(void **state)
{
	struct perfmap *map = begin("1000 10 a\n");

	(void)state;
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_name(map, 0x1000, NULL);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_name(map, 0x1000, NULL);
	assert_non_null(strstr(perfmap_reason(map), "not a regular file"));
	unlink(path);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(perfmap_set_place(map, path, getuid() + 1), 0);
	assert_name(map, 0x1000, NULL);
	assert_int_equal(perfmap_set_place(map, path, getuid()), 0);
	assert_name(map, 0x1000, "a");
	perfmap_free(map);
}

/* Enough for an index, against a plain search. */
static void test_many_entries_that_lie_over_one_another(void **state)
{
	enum { COUNT = 6000, SPACE = 4000 };
	static int newest[SPACE + 64];
	struct perfmap *map = begin("");
	FILE *file = fopen(path, "w");
	unsigned random = 12345;

	(void)state;
	memset(newest, -1, sizeof(newest));
	for (int i = 0; i < COUNT; i++) {
		random = random * 1103515245 + 12345;
		unsigned start = random >> 8 & (SPACE - 1), size = 1 + (random >> 24) % 60;
		start %= SPACE;
		fprintf(file, "%x %x n%d\n", start, size, i);
		for (unsigned at = start; at < start + size; at++)
			newest[at] = i;
		if (i % 1500 == 700) {
			fflush(file);
			assert_name(map, 0x7fffffff, NULL);
		}
	}
	fclose(file);
	for (unsigned at = 0; at < SPACE + 60; at++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", newest[at]);
		assert_name(map, at, newest[at] < 0 ? NULL : name);
	}
	perfmap_free(map);
}

static void test_a_line_without_end_is_no_map(void **state)
{
	struct perfmap *map = begin("1000 10 ");
	char block[1001];

	(void)state;
	memset(block, 'a', 1000);
	block[1000] = 0;
	for (int i = 0; i < 300; i++)
		append(block);
	append("\n2000 10 after\n");
	assert_name(map, 0x1000, NULL);
	assert_name(map, 0x2000, "after");
	perfmap_free(map);
}

static void assert_tidy(const char *name, const char *wanted)
{
	char out[64];

	perfmap_tidy(name, strlen(name), out, sizeof(out));
	assert_string_equal(out, wanted);
}

static void test_names_of_v8_lose_how_they_were_compiled(void **state)
{
	(void)state;
	assert_tidy("JS:~f /a.js:1:2", "f /a.js:1:2");
	assert_tidy("JS:*'f /a.js:1:2", "f /a.js:1:2");
	assert_tidy("JS:^ /a.js:1:2", "(anonymous) /a.js:1:2");
	assert_tidy("LazyCompile:*f /a.js:1", "f /a.js:1");
	assert_tidy("JS:f", "JS:f");
	assert_tidy("JS:", "JS:");
	assert_tidy("JS:~", "");
	assert_tidy("py::f:/a.py", "py::f:/a.py");
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_has_the_newest_name),
		cmocka_unit_test(test_a_line_counts_once_it_is_whole),
		cmocka_unit_test(test_nonsense_is_passed_over),
		cmocka_unit_test(test_a_map_that_comes_late_or_anew_is_read),
		cmocka_unit_test(test_only_a_file_of_its_own_user_is_believed),
		cmocka_unit_test(test_many_entries_that_lie_over_one_another),
		cmocka_unit_test(test_a_line_without_end_is_no_map),
		cmocka_unit_test(test_names_of_v8_lose_how_they_were_compiled),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
