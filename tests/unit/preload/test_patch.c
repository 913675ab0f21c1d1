/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words in pages that may not be written: changed where they hold what was expected,
 * put back, and the pages protected as before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/preload/behind/patch.c"

struct sys_gate sys_gate;               /* open */

static char *pages;

static int two_pages(void **state)
{
	(void)state;
	pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -1;
	for (unsigned i = 0; i < 2 * PAGE / 8; i++)
		((uint64_t *)(void *)pages)[i] = i;
	return mprotect(pages, 2 * PAGE, PROT_READ);
}

static int unmap(void **state)
{
	(void)state;
	return munmap(pages, 2 * PAGE);
}

static struct patch patch_of(unsigned word, uint64_t was, uint64_t is)
{
	return (struct patch){(_Atomic uint64_t *)(void *)pages + word, was, is};
}
static uint64_t word(unsigned at) { return ((uint64_t *)(void *)pages)[at]; }

/* "r--p", of a page. */
static void assert_access(const char *at, const char *access)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512], found[5] = "";

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && (uintptr_t)at >= start &&
		    (uintptr_t)at < end)
			assert_int_equal(sscanf(line, "%*s %4s", found), 1);
	fclose(maps);
	assert_string_equal(found, access);
}

static void test_there_and_back(void **state)
{
	/* In both pages; the last one holds something else than expected. */
	struct patch list[] = {patch_of(1, 1, 101), patch_of(1023, 1023, 201), patch_of(7, 8, 301)};

	(void)state;
	assert_int_equal(patch_put(list, 3, PROT_READ), 0);
	assert_int_equal(word(1), 101);
	assert_int_equal(word(1023), 201);
	assert_int_equal(word(7), 7);
	assert_access(pages, "r--p");
	assert_access(pages + PAGE, "r--p");

	/* What somebody else has changed since is theirs. */
	struct patch theirs = patch_of(1023, 201, 401);
	assert_int_equal(patch_put(&theirs, 1, PROT_READ), 0);
	assert_int_equal(patch_take_back(list, 3, PROT_READ), 0);
	assert_int_equal(word(1), 1);
	assert_int_equal(word(1023), 401);
	assert_int_equal(word(7), 7);
	assert_access(pages, "r--p");
}

static void test_protection(void **state)
{
	struct patch one = patch_of(3, 3, 4);

	(void)state;
	assert_int_equal(mprotect(pages, 2 * PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(patch_put(&one, 1, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(word(3), 4);
	assert_access(pages, "rw-p");
}

static void test_refused(void **state)
{
	struct patch nowhere = {(_Atomic uint64_t *)PAGE, 0, 1};

	(void)state;
	assert_true(patch_put(&nowhere, 1, PROT_READ) < 0);
	assert_int_equal(patch_put(NULL, 0, PROT_READ), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, two_pages, unmap),
		cmocka_unit_test_setup_teardown(test_protection, two_pages, unmap),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
