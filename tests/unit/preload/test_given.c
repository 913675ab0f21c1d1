/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libc's allocator has given out: by mallinfo, which glibc before 2.33 has alone, the same
 * as by mallinfo2; and where its 32 bits may not be enough, nothing. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "tracer/preload/life/given.c"

struct sys_gate sys_gate;               /* open */

static const char *missing;             /* what this libc is to lack */
void *real_other(const char *name)
{
	return missing && strcmp(name, missing) == 0 ? NULL : dlsym(RTLD_DEFAULT, name);
}

static void test_both_counts_have_what_was_taken(void **state)
{
	static const char *const lacking[] = {NULL, "mallinfo2"};

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();                         /* its allocator counts nothing */
#endif
	for (int i = 0; i < 2; i++) {
		memset(&counts, 0, sizeof(counts));
		missing = lacking[i];
		given_find();
		uint64_t before = given_out();
		char *small = malloc(1000), *large = malloc(64 << 20);
		assert_true(before > 0 && small && large);
		uint64_t more = given_out() - before;
		free(small);
		free(large);
		assert_in_range(more, (64 << 20) + 1000, (64 << 20) + 1000 + 8192);
		assert_in_range(given_out() - before, 0, 8192);        /* malloc keeps small ones */
	}
}

static void test_more_than_32_bits_are_not_known(void **state)
{
	size_t size = (size_t)4 << 30;
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)state;
	assert_ptr_not_equal(at, MAP_FAILED);
	memset(&counts, 0, sizeof(counts));
	missing = "mallinfo2";
	given_find();
	assert_int_equal(given_out(), 0);
	munmap(at, size);
}

static void test_a_gate_that_is_closed_asks_nobody(void **state)
{
	(void)state;
	sys_gate.closed = 1;
	assert_int_equal(given_out(), 0);
	sys_gate.closed = 0;
}

static void test_the_sixth_number_of_statm(void **state)
{
	(void)state;
	assert_int_equal(data_pages("1 2 3 4 5 678 0\n"), 678);
	assert_int_equal(data_pages("1 2 3 4 5\n"), UINT64_MAX);
	assert_int_equal(data_pages("1 2 3 4 5 \n"), UINT64_MAX);
	assert_int_equal(data_pages(""), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_counts_have_what_was_taken),
		cmocka_unit_test(test_more_than_32_bits_are_not_known),
		cmocka_unit_test(test_a_gate_that_is_closed_asks_nobody),
		cmocka_unit_test(test_the_sixth_number_of_statm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
