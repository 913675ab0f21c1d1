/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What glibc's own libraries are called in a process's maps, old and new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tracer/ground/libc_file.h"

static void glibc_is_known_by_its_old_names_and_its_new_ones(void **state)
{
	(void)state;
	assert_true(libc_file_is_libc("libc.so.6"));
	assert_true(libc_file_is_libc("libc-2.31.so (deleted)"));
	assert_true(libc_file_is_loader("ld-linux-x86-64.so.2"));
	assert_true(libc_file_is_loader("ld-2.31.so"));
	assert_true(libc_file_is_libdl("libdl.so.2"));
	assert_true(libc_file_is_libdl("libdl-2.31.so"));
	assert_true(libc_file_is_libpthread("libpthread.so.0"));
	assert_true(libc_file_is_libpthread("libpthread-2.31.so"));
}

static void libraries_with_names_like_glibcs_are_other_ones(void **state)
{
	static const char *const others[] = {
		"libcrypt.so.1", "libc.musl-x86_64.so.1", "libc++.so.1", "ld-musl-x86_64.so.1",
		"libdlib.so.2", "libcap-ng.so.0", "libpthreadpool.so.0", "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(libc_file_is_libc(others[i]) || libc_file_is_loader(others[i]) ||
			     libc_file_is_libdl(others[i]) ||
			     libc_file_is_libpthread(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glibc_is_known_by_its_old_names_and_its_new_ones),
		cmocka_unit_test(libraries_with_names_like_glibcs_are_other_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
