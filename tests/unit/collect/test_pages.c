/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of a large table: it keeps what it holds when it grows beyond its range, new
 * memory is zero, and where addresses are limited it takes no more than is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/collect/rings/pages.c"

#define MIB ((size_t)1 << 20)
#define UNLIMITED 77                    /* exit status: the limit is not kept */

static void *resize(struct heap_memory *memory, void *at, size_t from, size_t to)
{
	return memory->resize(memory->user, at, from, to);
}

static void fill(uint64_t *at, size_t from, size_t to)
{
	for (size_t i = (from / 8 + 511) / 512 * 512; i < to / 8; i += 512)
		at[i] = i + 1;
}
static void assert_filled(const uint64_t *at, size_t to)
{
	for (size_t i = 0; i < to / 8; i += 512)
		assert_int_equal(at[i], i + 1);
}

static void test_a_table_keeps_its_contents_when_its_range_is_used_up(void **state)
{
	struct pages pages = { 0 };
	struct heap_memory memory = pages_memory(&pages, NULL, NULL);
	size_t bytes = 0;
	uint64_t *at = NULL;

	(void)state;
	/* In steps of an odd size, past the first range and the border of huge pages. */
	for (size_t more = 3 * MIB + 12345; bytes < LEAST + 8 * MIB; bytes += more) {
		at = resize(&memory, at, bytes, bytes + more);
		assert_non_null(at);
		assert_int_equal((uintptr_t)at % HUGE, 0);
		fill(at, bytes, bytes + more);
	}
	assert_true(pages.reserved > LEAST);
	assert_filled(at, bytes / 4096 * 4096);
	assert_null(resize(&memory, at, bytes, 0));
	assert_null(pages.base);
	assert_int_equal(pages.reserved, 0);
}

static void test_memory_that_was_given_back_comes_again_as_zeroes(void **state)
{
	struct pages pages = { 0 };
	struct heap_memory memory = pages_memory(&pages, NULL, NULL);
	uint64_t *at = resize(&memory, NULL, 0, MIB);

	(void)state;
	assert_non_null(at);
	fill(at, 0, MIB);
	assert_ptr_equal(resize(&memory, at, MIB, MIB / 2), at);
	assert_filled(at, MIB / 2);
	assert_ptr_equal(resize(&memory, at, MIB / 2, MIB), at);
	assert_filled(at, MIB / 2);
	for (size_t i = MIB / 16; i < MIB / 8; i++)
		assert_int_equal(at[i], 0);
	resize(&memory, at, MIB, 0);
}

static void test_pages_found_ahead_change_nothing(void **state)
{
	struct worker *worker = worker_new("pages");
	struct pages pages = { 0 };
	struct heap_memory memory = pages_memory(&pages, NULL, worker);
	size_t bytes = 0;
	uint64_t *at = NULL;

	(void)state;
	assert_non_null(worker);
	for (size_t more = 3 * MIB + 12345; bytes < LEAST + 8 * MIB; bytes += more) {
		at = resize(&memory, at, bytes, bytes + more);
		assert_non_null(at);
		fill(at, bytes, bytes + more);
	}
	assert_filled(at, bytes / 4096 * 4096);
	assert_true(pages.open > bytes);
	/* What was found behind the end is given back too. */
	assert_ptr_equal(resize(&memory, at, bytes, 8 * MIB), at);
	assert_null(pages.prefault.job);
	assert_ptr_equal(resize(&memory, at, 8 * MIB, 16 * MIB), at);
	assert_filled(at, 8 * MIB);
	for (size_t i = MIB; i < 2 * MIB; i++)
		assert_int_equal(at[i], 0);
	resize(&memory, at, 16 * MIB, 0);
	assert_null(pages.base);
	worker_free(worker);
}

/* What sets a limit, which stays, and exits with 0 or with what is not so. */
static void in_a_child(void (*limited)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		limited();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == UNLIMITED)
		skip();
	assert_int_equal(status, 0);
}

/* In a process of its own, as the limit stays.  Exits with the number of the first thing
 * that is not so. */
static void under_a_limit(void)
{
	struct pages pages = { 0 };
	struct heap_memory memory = pages_memory(&pages, NULL, NULL);
	char statm[64] = "";
	FILE *file = fopen("/proc/self/statm", "r");
	size_t used = file && fgets(statm, sizeof(statm), file) ? strtoul(statm, NULL, 10) : 0;
	struct rlimit limit = { used * PAGE + 24 * MIB, used * PAGE + 24 * MIB };
	uint64_t *at;

	if (file)
		fclose(file);
	if (!used || setrlimit(RLIMIT_AS, &limit) != 0)
		_exit(1);
	/* qemu's user mode sets the limit and does not keep it. */
	if (mmap(NULL, 64 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		_exit(UNLIMITED);
	/* There are no addresses for a whole range, but for the table there are. */
	at = resize(&memory, NULL, 0, 8 * MIB);
	if (!at || pages.reserved != 8 * MIB)
		_exit(2);
	fill(at, 0, 8 * MIB);
	/* Not for a larger one: what there is stays as it was. */
	if (resize(&memory, at, 8 * MIB, 64 * MIB) || pages.base != (char *)at)
		_exit(3);
	for (size_t i = 0; i < MIB; i += 512)
		if (at[i] != i + 1)
			_exit(4);
	_exit(0);
}

static void test_where_addresses_are_limited_a_table_takes_what_it_needs(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();                         /* its shadow needs all addresses */
#endif
	in_a_child(under_a_limit);
}

/* In a process of its own, too: the range is used up, there are addresses for a longer one,
 * but no memory. */
static void without_memory(void)
{
	struct pages pages = { 0 };
	struct heap_memory memory = pages_memory(&pages, NULL, NULL);
	const struct rlimit none = { 0, 0 };
	uint64_t *at = resize(&memory, NULL, 0, 8 * MIB);

	if (!at || pages.reserved != LEAST)
		_exit(1);
	fill(at, 0, 8 * MIB);
	if (setrlimit(RLIMIT_DATA, &none) != 0)
		_exit(2);
	/* Some emulators set the limit and do not keep it. */
	if (mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	    MAP_FAILED)
		_exit(UNLIMITED);
	if (resize(&memory, at, 8 * MIB, LEAST + MIB) || pages.base != (char *)at ||
	    pages.reserved != LEAST)
		_exit(3);
	for (size_t i = 0; i < MIB / 8; i += 512)
		if (at[i] != i + 1)
			_exit(4);
	_exit(0);
}

static void test_where_there_is_no_memory_a_table_stays_where_it_is(void **state)
{
	(void)state;
#ifdef __SANITIZE_THREAD__
	skip();                         /* what it keeps of memory that moves needs memory */
#endif
	in_a_child(without_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_table_keeps_its_contents_when_its_range_is_used_up),
		cmocka_unit_test(test_memory_that_was_given_back_comes_again_as_zeroes),
		cmocka_unit_test(test_pages_found_ahead_change_nothing),
		cmocka_unit_test(test_where_addresses_are_limited_a_table_takes_what_it_needs),
		cmocka_unit_test(test_where_there_is_no_memory_a_table_stays_where_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
