/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge against series whose truth is known: 28 kinds, ten seeds each, 600
 * seconds, births that vary by 30 % from second to second.  Each second's births are
 * a cohort; a kind says how many bytes come, and which cohorts lose how many.  How
 * often the judge is wrong is asserted: share/doc/GROWTH.md has the figures.
 */
#include "tests/unit/heap/lives_fixture.h"

#define SEEDS 10u
#define MISSES 0u                       /* of 110 */
#define MISSES_HALF 0u                  /* of 84 that are large enough */

/* --- still filling: nothing about sizes and births tells them from leaks --- */

static void filling_linear(struct life *l) { life_bear(l, RATE); }

static void filling_curved(struct life *l)
{
	life_bear(l, RATE * exp(-(double)l->second / 500));
}
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
_Static_assert(KINDS == 28, "as the page says");

/* The life's verdict at its end; *curve as well if it is asked for. */
static struct growth_verdict judge_life(struct life *life, struct growth_curve *curve)
{
	struct growth_axis axis;
	struct growth_verdict verdict;

	memset(curve, 0, sizeof(*curve));
	assert_true(census_axis(life->census, &axis));
	census_curve(life->census, 7, curve);
	growth_judge(&(struct growth_facts){ .axis = &axis, .curve = curve, .freed = 0.5 },
		     &verdict);
	return verdict;
}

static struct growth_verdict judge_kind(const struct kind *kind, uint32_t seed, unsigned seconds)
{
	struct life life = { .seed = seed, .block = BLOCK, .census = census_new() };
	struct growth_verdict verdict;
	struct growth_curve curve;

	assert_non_null(life.census);
	live_on(&life, kind, seconds);
	verdict = judge_life(&life, &curve);
	census_free(life.census);
	return verdict;
}

/* How many of the seeds get each word. */
static void count_words(const struct kind *kind, unsigned seconds, unsigned words[GROWTH_WORDS])
{
	memset(words, 0, GROWTH_WORDS * sizeof(*words));
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		words[judge_kind(kind, seed * 7919, seconds).word]++;
	print_message("%-26s", kind->name);
	for (unsigned i = 0; i < GROWTH_WORDS; i++)
		if (words[i])
			print_message(" %s %u", growth_word((enum growth_word)i), words[i]);
	print_message("\n");
}

static void test_series_of_known_truth_get_their_words(void **state)
{
	unsigned words[GROWTH_WORDS], misses = 0, alarms = 0;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		count_words(&kinds[i], SECONDS, words);
		if (kinds[i].leaks)
			misses += SEEDS - words[GROWTH_LEAKING] - words[GROWTH_TOO_SHORT];
		else
			alarms += words[GROWTH_LEAKING];
		assert_true(words[kinds[i].word] > SEEDS / 2);
	}
	print_message("%u misses, %u false alarms\n", misses, alarms);
	assert_int_equal(misses, MISSES);
	assert_int_equal(alarms, 0);
}

/* A minute is enough for what happens in a minute. */
static void test_half_the_time_is_enough(void **state)
{
	unsigned words[GROWTH_WORDS], misses = 0, alarms = 0;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		count_words(&kinds[i], SECONDS / 2, words);
		if (kinds[i].live == leak_late || kinds[i].live == leak_in_saw ||
		    kinds[i].live == cache_late)
			continue;       /* it has not begun, or is not full */
		if (kinds[i].leaks)
			misses += SEEDS - words[GROWTH_LEAKING] - words[GROWTH_TOO_SHORT];
		else
			alarms += words[GROWTH_LEAKING];
	}
	print_message("%u misses, %u false alarms\n", misses, alarms);
	assert_int_equal(misses, MISSES_HALF);
	assert_int_equal(alarms, 0);
}

/* Counted apart: what still fills is called a leak, and the reason says that too. */
static void test_a_cache_that_still_fills_is_no_different(void **state)
{
	static const struct kind linear = { "cache that still fills", filling_linear, false, 0 };
	static const struct kind curved = { "the same, slower and slower", filling_curved, false, 0 };
	unsigned words[GROWTH_WORDS];

	(void)state;
	count_words(&linear, SECONDS, words);
	assert_int_equal(words[GROWTH_LEAKING], SEEDS);
	count_words(&curved, SECONDS, words);
	assert_int_equal(words[GROWTH_LEAKING], 0);
	assert_int_equal(words[GROWTH_UNDECIDED], SEEDS);
}

/* The figures that users read: how fast, since when, and until when. */
static void test_rate_and_times_of_a_leak_are_right(void **state)
{
	struct growth_verdict pure = judge_kind(&kinds[0], 1, SECONDS);
	struct growth_verdict late = judge_kind(&kinds[3], 1, SECONDS);

	(void)state;
	assert_true(fabs(pure.bytes / (RATE / 64 * 60) - 1) < 0.05);
	assert_true(fabs(pure.blocks / (RATE / 64 * 60 / BLOCK) - 1) < 0.1);
	assert_true(pure.since >= 0 && pure.since <= 10);
	assert_true(pure.last_grew >= SECONDS - 20);
	assert_true(fabs(late.bytes / (RATE / 64 * 60) - 1) < 0.05);
	assert_true(fabs(late.since - SECONDS / 2) <= 10);
	assert_non_null(strstr(late.reason, "11 of 11 slices rise"));
	assert_non_null(strstr(late.reason, "12 of 12 generations"));
}

/* Idle time has no slices: a program that rests half of its time leaks all the same. */
static void test_idle_time_does_not_count(void **state)
{
	struct life life = { .seed = 5, .block = BLOCK, .census = census_new() };
	struct growth_curve curve;
	struct growth_verdict verdict;

	(void)state;
	for (; life.second < SECONDS; life.second++) {
		if (life.second >= 200 && life.second < 500)
			continue;
		leak_pure(&life);
		life.events += EVENTS;
		census_pass(life.census, life.second + 1, life.events);
		if (!census_due(life.census))
			continue;
		census_begin(life.census, life.second + 1, life.events);
		life_tell(&life);
		census_end(life.census);
	}
	life.second--;
	verdict = judge_life(&life, &curve);
	assert_int_equal(verdict.word, GROWTH_LEAKING);
	census_free(life.census);
}

/* What came before the last module was loaded is warm-up. */
static void test_a_module_begins_the_warm_up_anew(void **state)
{
	struct life life = { .seed = 5, .block = BLOCK, .census = census_new() };
	struct growth_curve curve;

	(void)state;
	live_on(&life, &kinds[0], 300);
	assert_int_equal(judge_life(&life, &curve).word, GROWTH_LEAKING);
	census_warm(life.census, 300);
	live_on(&life, &kinds[0], 304);
	life.second = 303;
	assert_int_equal(judge_life(&life, &curve).word, GROWTH_TOO_SHORT);
	life.second = 304;
	live_on(&life, &kinds[0], SECONDS);
	life.second--;
	assert_int_equal(judge_life(&life, &curve).word, GROWTH_LEAKING);
	census_free(life.census);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series_of_known_truth_get_their_words),
		cmocka_unit_test(test_half_the_time_is_enough),
		cmocka_unit_test(test_a_cache_that_still_fills_is_no_different),
		cmocka_unit_test(test_rate_and_times_of_a_leak_are_right),
		cmocka_unit_test(test_idle_time_does_not_count),
		cmocka_unit_test(test_a_module_begins_the_warm_up_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
