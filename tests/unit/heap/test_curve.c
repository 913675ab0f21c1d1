/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves: they add up, a long run takes no more room than a short one, and what is
 * packed for a recording comes back as it was. */
#include "tests/unit/heap/lives_fixture.h"

/* What comes down at the end does not grow so many times as fast. */
static void test_a_pace_below_zero_is_told_in_words(void **state)
{
	struct life life = { .seed = 3, .block = BLOCK, .census = census_new() };
	struct growth_curve curve = { 0 };
	struct growth_verdict verdict;
	struct growth_axis axis;
	const struct growth_facts facts = { .axis = &axis, .curve = &curve };

	(void)state;
	live_on(&life, &kinds[0], SECONDS);
	census_axis(life.census, &axis);
	census_curve(life.census, 7, &curve);
	for (unsigned i = 0; i < GROWTH_WINDOWS; i++) {
		struct growth_part *part = &curve.part[i];

		part->bytes[10] = part->bytes[7];
		part->bytes[11] = part->bytes[6];
		part->blocks[10] = part->blocks[7];
		part->blocks[11] = part->blocks[6];
	}
	growth_judge(&facts, &verdict);
	assert_non_null(strstr(verdict.reason, "the last third goes the other way, "));
	census_free(life.census);
}

/* Of samples a growth within its error is none yet. */
static void test_a_growth_within_its_error_is_undecided(void **state)
{
	struct life life = { .seed = 3, .block = BLOCK, .census = census_new() };
	struct growth_curve curve = { 0 };
	struct growth_verdict verdict;
	struct growth_axis axis;
	struct growth_facts facts = { .axis = &axis, .curve = &curve };
	double growth = RATE / 64 * 440;

	(void)state;
	live_on(&life, &kinds[0], SECONDS);
	census_axis(life.census, &axis);
	census_curve(life.census, 7, &curve);
	facts.variance = growth * growth / 4;
	growth_judge(&facts, &verdict);
	assert_int_equal(verdict.word, GROWTH_UNDECIDED);
	assert_non_null(strstr(verdict.reason, "within three standard errors"));
	assert_non_null(strstr(verdict.reason, "nothing freed yet"));
	facts.variance = growth * growth / 100;
	facts.freed = 0.1;
	growth_judge(&facts, &verdict);
	assert_int_equal(verdict.word, GROWTH_LEAKING);
	assert_null(strstr(verdict.reason, "nothing freed yet"));
	census_free(life.census);
}

/* Rows add up to the curve of their group; a few bytes of each are a leak of all. */
static void test_curves_add_up(void **state)
{
	struct census *census = census_new();
	struct growth_curve one = { 0 }, all = { 0 };
	struct growth_verdict verdict;
	struct growth_axis axis;

	(void)state;
	for (unsigned t = 1; t <= 60; t++) {
		census_pass(census, t, t * 100ul);
		assert_true(census_due(census));
		census_begin(census, t, t * 100ul);
		for (unsigned tally = 0; tally < 100; tally++)
			for (unsigned birth = 0; birth <= t; birth++)
				census_count(census, tally, birth, 24, 1);
		census_end(census);
	}
	assert_true(census_axis(census, &axis));
	for (unsigned tally = 0; tally < 100; tally++) {
		memset(&one, 0, sizeof(one));
		assert_true(census_curve(census, tally, &one));
		growth_add(&all, &one);
	}
	growth_judge(&(struct growth_facts){ .axis = &axis, .curve = &one }, &verdict);
	assert_int_equal(verdict.word, GROWTH_TOO_SHORT);
	growth_judge(&(struct growth_facts){ .axis = &axis, .curve = &all }, &verdict);
	assert_int_equal(verdict.word, GROWTH_LEAKING);
	assert_true(fabs(verdict.bytes - 2400 * 60) < 1);
	assert_true(fabs(verdict.blocks - 100 * 60) < 1);
	assert_false(census_curve(census, 100, &one));
	census_free(census);
}

/* What is said of the time until a verdict is kept to, as each second has events. */
static void the_wait_comes_true(uint32_t warm)
{
	struct census *census = census_new();
	struct growth_axis axis = { .wait = 1 };
	double promised = 0;
	uint32_t t = 0;

	while (axis.wait > 0) {
		t++;
		assert_true(t < 60);
		census_pass(census, t, t * 100ul);
		if (t == warm)
			census_warm(census, warm);
		census_begin(census, t, t * 100ul);
		census_end(census);
		assert_true(census_axis(census, &axis));
		if (t > warm && axis.wait > 0) {
			assert_true(promised == 0 || t + axis.wait == promised);
			promised = t + axis.wait;
		}
	}
	assert_true(t == promised);
	assert_true(axis.span[0].events >= 1200);
	census_free(census);
}

static void test_the_wait_for_a_verdict_comes_true(void **state)
{
	(void)state;
	the_wait_comes_true(0);
	the_wait_comes_true(1);
	the_wait_comes_true(10);
}

/* A week: censuses come seldom, and what they keep does not grow with the time. */
static void test_a_week_keeps_no_more_than_an_hour(void **state)
{
	struct census *census = census_new();
	struct growth_curve curve = { 0 };
	struct growth_verdict verdict;
	struct growth_axis axis;
	uint64_t hour = 0;

	(void)state;
	for (uint32_t t = 1; t <= 7 * 86400; t++) {
		census_pass(census, t, t * 10ul);
		if (!census_due(census))
			continue;
		census_begin(census, t, t * 10ul);
		for (uint32_t birth = 0; birth < t; birth += 100)
			census_count(census, 0, birth, 640, 10);
		census_count(census, 1, t - 1, 100, 1);
		census_end(census);
		hour = t < 3600 ? census->bytes : hour;
	}
	assert_true(census->bytes < 4 * hour);
	assert_true(census_axis(census, &axis) && census_curve(census, 0, &curve));
	growth_judge(&(struct growth_facts){ .axis = &axis, .curve = &curve }, &verdict);
	assert_int_equal(verdict.word, GROWTH_LEAKING);
	assert_true(fabs(verdict.bytes / (6.4 * 60) - 1) < 0.01);
	census_free(census);
}

/* How many bytes the first so many figures of a curve are; the run on the border ends there. */
static size_t old_length(uint8_t *bytes, size_t figures)
{
	size_t at = 0;

	for (size_t n = 0; n < figures; at += 1 + sizeof(float)) {
		if (n + bytes[at] > figures)
			bytes[at] = (uint8_t)(figures - n);
		n += bytes[at];
	}
	return at;
}

static void test_packed_curves_come_back(void **state)
{
	struct life life = { .seed = 9, .block = BLOCK, .census = census_new() };
	struct growth_curve curve = { 0 }, back;
	struct growth_axis axis, axis_back;
	uint8_t bytes[GROWTH_PACKED], axis_bytes[GROWTH_AXIS_PACKED];
	size_t length;

	(void)state;
	live_on(&life, &kinds[1], SECONDS);
	census_axis(life.census, &axis);
	census_curve(life.census, 7, &curve);
	length = growth_pack(&curve, bytes);
	assert_true(growth_unpack(&back, bytes, length));
	assert_memory_equal(&curve, &back, sizeof(curve));
	assert_false(growth_unpack(&back, bytes, length - 1));
	assert_false(growth_unpack(&back, bytes, length - 5));
	assert_true(growth_unpack(&back, bytes, old_length(bytes, GROWTH_FIGURES_2)));
	assert_memory_equal(&curve, &back, GROWTH_FIGURES_2 * sizeof(float));
	assert_true(back.run[0] == 0 && back.run[GROWTH_RUN - 1] == 0);
	assert_true(growth_unpack(&back, bytes, old_length(bytes, GROWTH_FIGURES_1)));
	assert_memory_equal(&curve, &back, GROWTH_FIGURES_1 * sizeof(float));
	assert_true(back.count[0].born[3] == 0 && back.count[2].oldest[1] == 0);
	bytes[4] = 0xff;                /* negative, or no number */
	assert_false(growth_unpack(&back, bytes, length));
	assert_int_equal(growth_pack_axis(&axis, axis_bytes), sizeof(axis_bytes));
	assert_true(growth_unpack_axis(&axis_back, axis_bytes, sizeof(axis_bytes)));
	assert_memory_equal(&axis, &axis_back, sizeof(axis));
	assert_false(growth_unpack_axis(&axis_back, axis_bytes, sizeof(axis_bytes) - 8));
	axis_bytes[15] = 0xff;
	assert_false(growth_unpack_axis(&axis_back, axis_bytes, sizeof(axis_bytes)));
	census_free(life.census);
}

static void test_an_axis_without_slices_is_its_end(void **state)
{
	const struct growth_axis axis = { .now = 3 };
	struct growth_axis back;
	uint8_t bytes[GROWTH_AXIS_PACKED];

	(void)state;
	memset(&back, 0xff, sizeof(back));
	assert_int_equal(growth_pack_axis(&axis, bytes), sizeof(double));
	assert_true(growth_unpack_axis(&back, bytes, sizeof(double)));
	assert_memory_equal(&axis, &back, sizeof(axis));
	bytes[7] = 0xff;                /* negative, or no number */
	assert_false(growth_unpack_axis(&back, bytes, sizeof(double)));
	assert_false(growth_unpack_axis(&back, bytes, 0));
}

/* Runs of each length at each place take five bytes each, or ten beyond 255 figures. */
static void test_equal_figures_are_packed_as_one(void **state)
{
	struct growth_curve curve, back;
	float *figures = (float *)&curve;
	uint8_t bytes[GROWTH_PACKED];

	(void)state;
	for (size_t from = 0; from < 40; from++)
		for (size_t n = 1; from + n <= GROWTH_FIGURES; n++) {
			size_t after = GROWTH_FIGURES - from - n;
			size_t runs = (from + 254) / 255 + (n + 254) / 255 + (after + 254) / 255;

			memset(&curve, 0, sizeof(curve));
			for (size_t i = from; i < from + n; i++)
				figures[i] = 7;
			assert_int_equal(growth_pack(&curve, bytes), 5 * runs);
			assert_true(growth_unpack(&back, bytes, 5 * runs));
			assert_memory_equal(&curve, &back, sizeof(curve));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pace_below_zero_is_told_in_words),
		cmocka_unit_test(test_a_growth_within_its_error_is_undecided),
		cmocka_unit_test(test_curves_add_up),
		cmocka_unit_test(test_the_wait_for_a_verdict_comes_true),
		cmocka_unit_test(test_a_week_keeps_no_more_than_an_hour),
		cmocka_unit_test(test_packed_curves_come_back),
		cmocka_unit_test(test_an_axis_without_slices_is_its_end),
		cmocka_unit_test(test_equal_figures_are_packed_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
