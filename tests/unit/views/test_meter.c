/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gauge bars and the timeline's arithmetic. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "views/format/meter.h"

static void test_bar(void **state)
{
	static const struct {
		double part, whole;
		unsigned cells;
		const char *bar;
	} cases[] = {
		{0, 10, 12, "[          ]"}, {5, 10, 12, "[|||||     ]"},
		{10, 10, 12, "[||||||||||]"}, {9.999, 10, 12, "[||||||||| ]"},
		{1e-9, 10, 12, "[|         ]"}, {20, 10, 12, "[||||||||||]"},
		{5, 0, 6, "[    ]"}, {1, 1, 2, "  "}, {1, 1, 3, "[|]"},
	};
	char bar[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		meter_bar(cases[i].part, cases[i].whole, cases[i].cells, bar, sizeof(bar));
		assert_string_equal(bar, cases[i].bar);
	}
}

static void test_curve(void **state)
{
	static const struct point points[] = {
		{.time = 0, .current = 10}, {.time = 1, .current = 80}, {.time = 1.5, .current = 5},
		{.time = 5, .current = 40},
	};
	const struct meter_span span = {.from = 0, .to = 8, .cells = 8};
	double values[8];
	char text[METER_BYTES(8)];

	(void)state;
	/* A short peak stays; a cell without a point carries the last value on. */
	assert_true(meter_resample(points, 4, &span, values) == 80);
	assert_true(values[0] == 10 && values[1] == 80 && values[2] == 5 && values[4] == 5);
	assert_true(values[5] == 40 && values[7] == 40);
	meter_curve(values, 8, 80, 0, 1, false, text, sizeof(text));
	assert_string_equal(text, "▁█▁▁▁▄▄▄");
	meter_curve(values, 8, 80, 1, 2, false, text, sizeof(text));
	assert_string_equal(text, " █      ");
	meter_curve(values, 8, 80, 0, 2, false, text, sizeof(text));
	assert_string_equal(text, "▂█▁▁▁███");
	meter_curve(values, 8, 80, 0, 1, true, text, sizeof(text));
	assert_string_equal(text, ".|......");
	meter_curve(values, 8, 0, 0, 1, true, text, sizeof(text));
	assert_string_equal(text, "        ");
}

/* Of what falls into one cell the highest; the highest of all is at the top. */
static void test_spark(void **state)
{
	static const float values[] = {0, 1, 2, 8, 4, 0};
	char text[METER_BYTES(8)];

	(void)state;
	meter_spark(values, 6, 6, false, text, sizeof(text));
	assert_string_equal(text, " ▁▂█▄ ");
	meter_spark(values, 6, 3, false, text, sizeof(text));
	assert_string_equal(text, "▁█▄");
	meter_spark(values, 6, 3, true, text, sizeof(text));
	assert_string_equal(text, ".|.");
	/* More cells than values: each value has several. */
	meter_spark(values + 3, 2, 8, false, text, sizeof(text));
	assert_string_equal(text, "████▄▄▄▄");
	meter_spark(values, 1, 4, false, text, sizeof(text));
	assert_string_equal(text, "    ");
}

/* What no point saw, the peak of the point after it tells. */
static void test_spike(void **state)
{
	static const struct point points[] = {
		{.time = 0, .current = 10, .peak = 10}, {.time = 2, .current = 20, .peak = 90},
		{.time = 4, .current = 20, .peak = 90}, {.time = 6, .current = 30, .peak = 30},
		{.time = 7, .current = 5, .peak = 40},
	};
	const struct meter_span span = {.from = 0, .to = 8, .cells = 8};
	double values[8];

	(void)state;
	assert_true(meter_resample(points, 5, &span, values) == 90);
	assert_true(values[0] == 10 && values[2] == 90 && values[3] == 20 && values[4] == 20);
	assert_true(values[6] == 30 && values[7] == 40);
}

static void test_cell(void **state)
{
	const struct meter_span span = {.from = 10, .to = 20, .cells = 10}, point = {5, 5, 4};

	(void)state;
	assert_int_equal(meter_cell(&span, 9.9), -1);
	assert_int_equal(meter_cell(&span, 10), 0);
	assert_int_equal(meter_cell(&span, 14.5), 4);
	assert_int_equal(meter_cell(&span, 20), 9);
	assert_int_equal(meter_cell(&span, 20.1), -1);
	assert_int_equal(meter_cell(&point, 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bar), cmocka_unit_test(test_curve), cmocka_unit_test(test_spark), cmocka_unit_test(test_spike),
					   cmocka_unit_test(test_cell)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
