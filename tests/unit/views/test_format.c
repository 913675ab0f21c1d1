/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as tracemalloc prints them, and text fit for a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "views/format/format.h"

static void test_size(void **state)
{
	/* Run on CPython 3.13. */
	static const struct {
		double size;
		const char *plain, *sign;
	} vectors[] = {
		{0, "0 B", "+0 B"},
		{1023, "1023 B", "+1023 B"},
		{10239, "10239 B", "+10239 B"},
		{10240, "10.0 KiB", "+10.0 KiB"},
		{102399, "100.0 KiB", "+100.0 KiB"},
		{102400, "100 KiB", "+100 KiB"},
		{1048575, "1024 KiB", "+1024 KiB"},
		{10485759, "10240 KiB", "+10240 KiB"},
		{10485760, "10.0 MiB", "+10.0 MiB"},
		{104857600, "100 MiB", "+100 MiB"},
		{10737418239, "10240 MiB", "+10240 MiB"},
		{10737418240, "10.0 GiB", "+10.0 GiB"},
		{0x1p40, "1024 GiB", "+1024 GiB"},
		{100 * 0x1p40 - 1, "100.0 TiB", "+100.0 TiB"},
		{100 * 0x1p40, "100 TiB", "+100 TiB"},
		{0x1p54, "16384 TiB", "+16384 TiB"},
		{-2048, "-2048 B", "-2048 B"},
		{-10485760, "-10.0 MiB", "-10.0 MiB"},
		{246.8, "247 B", "+247 B"},
		{0.5, "0 B", "+0 B"},
	};
	char text[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		format_size(vectors[i].size, false, text);
		assert_string_equal(text, vectors[i].plain);
		format_size(vectors[i].size, true, text);
		assert_string_equal(text, vectors[i].sign);
	}
}

static void test_numbers(void **state)
{
	char text[FORMAT_MAX];

	(void)state;
#define COUNT(n, want) (format_count(n, text), assert_string_equal(text, want))
	COUNT(0, "0");
	COUNT(999, "999");
	COUNT(1000, "1 000");
	COUNT(1203441, "1 203 441");
	COUNT(UINT64_MAX, "18 446 744 073 709 551 615");
#define RATE(n, want) (format_rate(n, text), assert_string_equal(text, want))
	RATE(0, "0");
	RATE(-1, "0");
	RATE(999, "999");
	RATE(999.6, "1.00 k");
	RATE(12345, "12.3 k");
	RATE(210000, "210 k");
	RATE(1200000, "1.20 M");
	RATE(99950, "100 k");
#define CLOCK(n, want) (format_clock(n, text), assert_string_equal(text, want))
	CLOCK(0, "00:00:00");
	CLOCK(751.9, "00:12:31");
	CLOCK(119.981, "00:02:00");
	CLOCK(119.97, "00:01:59");
	CLOCK(360000, "100:00:00");
	CLOCK(-5, "00:00:00");
#define PERCENT(a, b, want) (format_percent(a, b, text), assert_string_equal(text, want))
	PERCENT(0, 0, "0");
	PERCENT(0, 10, "0");
	PERCENT(1, 1e9, "<0.1");
	PERCENT(1, 8, "12.5");
	PERCENT(9999, 10000, "99.9");
	PERCENT(10, 10, "100");
	PERCENT(25, 10, "250");
}

static void test_parse_size(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = {{"512", 512}, {"64K", 65536}, {"5M", 5242880}, {"1.5G", 1610612736},
		    {"2KiB", 2048}, {"1MiB", 1048576}, {"0", 0}, {"1T", UINT64_C(1) << 40},
		    {"18446744073709551615", UINT64_MAX}, {"0.5K", 512}, {"12B", 12}};
	static const char *const bad[] = {"", "K", "-1", "1KB", "1X", "1.5.5", ".", "1 K",
					  "18446744073709551616", "99999999T", "1Ki", "K1"};
	uint64_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(format_parse_size(good[i].text, &size), 0);
		assert_int_equal(size, good[i].size);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(format_parse_size(bad[i], &size), -EINVAL);
}

static void test_safe(void **state)
{
	static const struct {
		const char *text, *safe;
	} vectors[] = {
		{"plain é 日本", "plain é 日本"},
		{"\x1b[31m", "\\x1b[31m"},
		{"a\nb\tc\x7f", "a\\nb\\tc\\x7f"},
		{"\xff\xc3", "\\xff\\xc3"},
		{"\xc2\x9b" "31m", "\\x9b31m"},          /* C1: a CSI of eight bits */
		{"x\xe2\x80\xae" "y", "x\\u202ey"},       /* right-to-left override */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},      /* a surrogate is no UTF-8 */
		{"\xc0\xaf", "\\xc0\\xaf"},               /* nor is an overlong '/' */
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_int_equal(format_safe(vectors[i].text, out, sizeof(out)), strlen(vectors[i].safe));
		assert_string_equal(out, vectors[i].safe);
	}
	/* What does not fit is left out whole. */
	assert_int_equal(format_safe("ab\x1b", out, 6), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(format_safe("aé", out, 3), 1);
}

static void test_width(void **state)
{
	char out[64];

	(void)state;
	assert_int_equal(format_width("abc"), 3);
	assert_int_equal(format_width("日本"), 4);
	assert_int_equal(format_width("e\xcc\x81"), 1);
	format_fit("/home/ann/src/worker/cache.c:42", 40, false, out, sizeof(out));
	assert_string_equal(out, "/home/ann/src/worker/cache.c:42");
	format_fit("/home/ann/src/worker/cache.c:42", 16, false, out, sizeof(out));
	assert_string_equal(out, "/home…cache.c:42");
	assert_int_equal(format_width(out), 16);
	format_fit("/home/ann/src/worker/cache.c:42", 16, true, out, sizeof(out));
	assert_string_equal(out, "/hom...ache.c:42");
	format_fit("日本日本日本", 5, false, out, sizeof(out));
	assert_string_equal(out, "…本");
	format_fit("abcdef", 2, true, out, sizeof(out));
	assert_string_equal(out, "..");
	format_fit("abcdef", 1, false, out, sizeof(out));
	assert_string_equal(out, "…");
	format_fit("abcdef", 0, false, out, sizeof(out));
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_parse_size), cmocka_unit_test(test_safe),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
