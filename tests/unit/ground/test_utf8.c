/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Code points there and back, bytes that are no UTF-8, widths in cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/ground/utf8.h"

static void each_code_point_comes_back(void **state)
{
	char bytes[4];

	(void)state;
	for (uint32_t code = 1, back; code < 0x110000; code += code < 0x3000 ? 1 : 97) {
		if (code >= 0xd800 && code < 0xe000)
			continue;
		size_t n = utf8_encode(code, bytes);
		assert_int_equal(utf8_decode(bytes, n, &back), n);
		assert_int_equal(back, code);
		assert_false(utf8_escaped(back));
	}
}

static void a_byte_that_is_no_utf8_is_one_character(void **state)
{
	static const char *const invalid[] = {
		"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
		"\xe2\x82", "\x80",	    "\xf0\x80\x80\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++) {
		uint32_t code;

		assert_int_equal(utf8_decode(invalid[i], strlen(invalid[i]), &code), 1);
		assert_true(utf8_escaped(code));
		assert_int_equal(code & 0xff, (unsigned char)invalid[i][0]);
	}
}

static void marks_take_no_cell_and_wide_characters_two(void **state)
{
	(void)state;
	assert_int_equal(utf8_width('a'), 1);
	assert_int_equal(utf8_width(0x301), 0);
	assert_int_equal(utf8_width(0x200b), 0);
	assert_int_equal(utf8_width(0x3042), 2);
	assert_int_equal(utf8_width(0x2b50), 2);
	assert_int_equal(utf8_width(0x1f600), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_point_comes_back),
		cmocka_unit_test(a_byte_that_is_no_utf8_is_one_character),
		cmocka_unit_test(marks_take_no_cell_and_wide_characters_two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
