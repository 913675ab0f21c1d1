/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts over simulated runs: right where growth is steady, none where it is not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include "tracer/collect/ceiling/forecast.h"

#define MIB 1048576.0

static uint64_t seed;

/* Uniform in [-1, 1): a linear congruential generator (Knuth's MMIX), so that each run
 * has the same figures. */
static double chance(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

typedef double curve(double second);

/* The forecast after so many seconds, a figure each, with noise of `noise` bytes. */
static bool after(curve *shape, double seconds, double noise, double ceiling, double *earliest,
		  double *latest)
{
	struct forecast forecast = { 0 };

	for (double at = 0; at <= seconds; at++) {
		double value = shape(at) + noise * chance();

		forecast_add(&forecast, at, value > 0 ? (uint64_t)value : 0);
	}
	return forecast_range(&forecast, (uint64_t)ceiling, earliest, latest);
}

static double steady(double second) { return 100 * MIB + second * MIB; }
static double late(double second) { return 100 * MIB + (second > 3000 ? second - 3000 : 0) * MIB; }
static double flat(double second) { return 500 * MIB + 0 * second; }
static double falling(double second) { return 900 * MIB - second * MIB / 10; }
static double sawtooth(double second) { return 100 * MIB + fmod(second, 300) * MIB; }
static double slow_sawtooth(double second) { return 100 * MIB + fmod(second, 2000) * MIB / 4; }
static double cache(double second) { return 800 * MIB * (1 - exp(-second / 200)); }
static double full_cache(double second) { return (second < 400 ? second : 400) * MIB; }
static double started(double second) { return 400 * MIB * (second >= 3) + second * MIB / 8; }
static double stairs(double second) { return 100 * MIB + floor(second / 500) * 300 * MIB; }

static void test_steady_growth_is_known_within_20_percent_half_way(void **state)
{
	double earliest, latest, worst = 0;

	(void)state;
	for (double run = 60; run <= 86400; run *= 2) {
		for (seed = 1; seed < 20; seed++) {
			/* Full at `run`; noise of a fiftieth of the growth. */
			double ceiling = steady(run), half = floor(run / 2);

			assert_true(after(steady, half, run * MIB / 50, ceiling, &earliest,
					  &latest));
			assert_true(earliest <= latest);
			double middle = (earliest + latest) / 2 - half;
			double off = fabs(middle / (run - half) - 1);
			worst = off > worst ? off : worst;
		}
	}
	printf("forecast made half-way, at worst: %.1f %% off\n", 100 * worst);
	assert_true(worst < 0.2);
}

static void test_exact_growth_is_exact(void **state)
{
	double earliest, latest;

	(void)state;
	assert_true(after(steady, 100, 0, steady(500), &earliest, &latest));
	assert_true(fabs(earliest - 500) < 0.01 && fabs(latest - 500) < 0.01);
}

static void test_growth_that_begins_late(void **state)
{
	double earliest, latest;

	(void)state;
	seed = 1;
	assert_true(after(late, 5000, MIB, late(8000), &earliest, &latest));
	assert_true(earliest > 7000 && latest < 9000);
	/* What a program takes as it starts is no growth. */
	assert_true(after(started, 600, MIB / 100, started(1200), &earliest, &latest));
	assert_true(earliest > 1150 && latest < 1250);
}

static void none(curve *shape, double from, double to, double noise, double ceiling)
{
	double earliest, latest;

	for (double at = from; at <= to; at += (to - from) / 40)
		for (seed = 1; seed < 6; seed++)
			if (after(shape, floor(at), noise, ceiling, &earliest, &latest))
				fail_msg("after %.0f s: full in %.0f to %.0f", at, earliest, latest);
}

static void test_none_where_growth_is_not_steady(void **state)
{
	(void)state;
	none(flat, 1, 5000, MIB, 1000 * MIB);
	none(falling, 1, 5000, MIB, 1000 * MIB);
	/* In its first rise nobody can tell it from a leak. */
	none(sawtooth, 310, 5000, MIB, 1000 * MIB);
	none(slow_sawtooth, 2010, 9000, MIB, 1000 * MIB);
	none(cache, 500, 5000, MIB, 1000 * MIB);
	none(full_cache, 620, 5000, MIB, 1000 * MIB);
	none(stairs, 1, 3000, MIB, 1e9 * MIB);
}

static void test_nothing_is_said_too_soon_or_too_far(void **state)
{
	double earliest, latest;

	(void)state;
	assert_false(after(steady, 10, 0, steady(20), &earliest, &latest));
	assert_true(after(steady, 100, 0, steady(1000), &earliest, &latest));
	assert_false(after(steady, 100, 0, steady(1200), &earliest, &latest));
	struct forecast nothing = { 0 };
	assert_false(forecast_range(&nothing, 5, &earliest, &latest));
	/* What is full is so now. */
	assert_true(after(flat, 3, 0, 100 * MIB, &earliest, &latest));
	assert_true(earliest == 3 && latest == 3);
}

/* A drop within stretches that became one is still known. */
static void test_old_drops_are_not_forgotten(void **state)
{
	struct forecast forecast = { 0 };
	double earliest, latest;

	(void)state;
	for (unsigned at = 0; at < 20000; at++)
		forecast_add(&forecast, at, (uint64_t)(at == 100 ? 50 : 1000) * 1048576 + at);
	assert_true(forecast.length <= FORECAST_PARTS);
	assert_false(forecast_range(&forecast, 1010 * UINT64_C(1048576), &earliest, &latest));
	double low = 1e18;
	for (size_t i = 0; i < forecast.length; i++)
		low = fmin(low, forecast.parts[i].low);
	assert_true(low < 51 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady_growth_is_known_within_20_percent_half_way),
		cmocka_unit_test(test_exact_growth_is_exact),
		cmocka_unit_test(test_growth_that_begins_late),
		cmocka_unit_test(test_none_where_growth_is_not_steady),
		cmocka_unit_test(test_nothing_is_said_too_soon_or_too_far),
		cmocka_unit_test(test_old_drops_are_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
