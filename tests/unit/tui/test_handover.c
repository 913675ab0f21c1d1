/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places and stacks as text, and the sequence that puts them into the clipboard. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/handover/handover.h"

static const struct row_frame frames[] = {
	{.file = "/src/cache.c", .function = "cache_put", .module = "worker", .line = 42},
	{.file = "/lib/libz.so", .function = "inflate", .module = "libz.so"},
	{.file = "/src/e\033vil.c", .function = "", .module = "worker", .line = 7},
};

static void test_a_place_is_a_line_or_a_function(void **state)
{
	char text[64];

	(void)state;
	handover_place(&frames[0], text, sizeof text);
	assert_string_equal(text, "/src/cache.c:42");
	handover_place(&frames[1], text, sizeof text);
	assert_string_equal(text, "/lib/libz.so!inflate");
	handover_place(&frames[0], text, 6);
	assert_string_equal(text, "/src/");
}

static void test_a_stack_is_a_line_a_frame_without_control_bytes(void **state)
{
	char text[256];

	(void)state;
	assert_int_equal(handover_stack(frames, 3, text, sizeof text), 3);
	assert_string_equal(text, "cache_put (/src/cache.c:42)\n"
				  "inflate (/lib/libz.so)\n"
				  "? (/src/e\\x1bvil.c:7)\n");
	assert_int_equal(handover_stack(frames, 0, text, sizeof text), 0);
	assert_string_equal(text, "");
}

static void test_what_has_no_room_is_counted(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(handover_stack(frames, 3, text, sizeof text), 1);
	assert_string_equal(text, "cache_put (/src/cache.c:42)\n... and 2 more\n");
}

static void expect_sequence(const char *text, const char *base64)
{
	char *sequence = handover_osc52(text), want[128];

	snprintf(want, sizeof want, "\033]52;c;%s\a", base64);
	assert_string_equal(sequence, want);
	free(sequence);
}

/* The test vectors of RFC 4648, section 10. */
static void test_the_sequence_has_base64(void **state)
{
	(void)state;
	expect_sequence("", "");
	expect_sequence("f", "Zg==");
	expect_sequence("fo", "Zm8=");
	expect_sequence("foo", "Zm9v");
	expect_sequence("foob", "Zm9vYg==");
	expect_sequence("fooba", "Zm9vYmE=");
	expect_sequence("foobar", "Zm9vYmFy");
	expect_sequence("\xff\xfe\xfd", "//79");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_place_is_a_line_or_a_function),
		cmocka_unit_test(test_a_stack_is_a_line_a_frame_without_control_bytes),
		cmocka_unit_test(test_what_has_no_room_is_counted),
		cmocka_unit_test(test_the_sequence_has_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
