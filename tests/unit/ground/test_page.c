/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that are rounded to pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tracer/ground/shared/page.h"

static void addresses_are_rounded_to_the_beginning_or_the_end_of_their_page(void **state)
{
	(void)state;
	assert_int_equal(page_begin(0), 0);
	assert_int_equal(page_begin(4095), 0);
	assert_int_equal(page_begin(4096), 4096);
	assert_int_equal(page_end(0), 0);
	assert_int_equal(page_end(1), 4096);
	assert_int_equal(page_end(4096), 4096);
	assert_int_equal(page_end(UINT64_C(0x7fff12345001)), UINT64_C(0x7fff12346000));
	assert_int_equal(page_begin(UINT64_C(0x7fff12345fff)), UINT64_C(0x7fff12345000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_rounded_to_the_beginning_or_the_end_of_their_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
