/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge against series whose truth is known: 28 kinds, ten seeds each, 600
 * seconds, births that vary by 30 % from second to second.  Each second's births are
 * a cohort; a kind says how many bytes come, and which cohorts lose how many.  How
 * often the judge is wrong is asserted: share/doc/GROWTH.md has the figures.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/growth/census_parts.h"
#include "tracer/heap/growth/pack.h"
#include "tracer/heap/growth/trend.h"

#define SECONDS 600u
#define SEEDS 10u
#define BLOCK 64.0                      /* bytes */
#define RATE (64.0 * 1024)              /* bytes a second that most kinds allocate */
#define MISSES 0u                       /* of 110 */
#define MISSES_HALF 0u                  /* of 84 that are large enough */
#define EVENTS 5000u                    /* of the process, a second */

/* A program of one row. */
struct life {
	uint32_t seed;
	unsigned second;
	double alive[SECONDS];          /* bytes, by second of birth */
	double kept[SECONDS];           /* the same, of what nobody frees */
	double block;                   /* bytes of one */
	double table;                   /* bytes of one more block, */
	unsigned table_born;            /* and when it was made */
	struct census *census;
	uint64_t events;
};

static double life_draw(struct life *life)      /* 0 to 1 */
{
	life->seed = life->seed * 1664525u + 1013904223u;
	return (life->seed >> 8) / 16777216.0;
}

/* About 1, with 30 % of noise (12 draws have the variance 1). */
static double life_noise(struct life *life)
{
	double sum = -6;

	for (unsigned i = 0; i < 12; i++)
		sum += life_draw(life);
	sum = 1 + 0.3 * sum;
	return sum > 0 ? sum : 0;
}

static double life_sum(const struct life *life)
{
	double sum = 0;

	for (unsigned i = 0; i <= life->second && i < SECONDS; i++)
		sum += life->alive[i];
	return sum;
}

static void life_bear(struct life *life, double bytes)
{
	life->alive[life->second] += bytes * life_noise(life);
}

/* Cohorts older than so many seconds lose that share of what they have. */
static void life_fade(struct life *life, unsigned age, double share)
{
	for (unsigned i = 0; i + age <= life->second; i++)
		life->alive[i] *= 1 - share;
}

/* The oldest go until at most so much is left. */
static void life_evict(struct life *life, double cap)
{
	double over = life_sum(life) - cap;

	for (unsigned i = 0; i <= life->second && over > 0; i++) {
		double less = life->alive[i] < over ? life->alive[i] : over;

		life->alive[i] -= less;
		over -= less;
	}
}

static void life_drop_all(struct life *life)
{
	memset(life->alive, 0, sizeof(life->alive));
}

/* What was borne in the last second is mostly gone after it. */
static void life_churn(struct life *life, double bytes, double stays)
{
	life_bear(life, bytes);
	if (life->second)
		life->alive[life->second - 1] *= stays;
}

/* --- leaks --- */

static void leak_pure(struct life *l) { life_bear(l, RATE / 64); }
static void leak_in_churn(struct life *l) { life_churn(l, RATE, 0.01); }
static void leak_half_freed(struct life *l) { life_churn(l, RATE / 8, 0.5); }

static void leak_small(struct life *l)
{
	l->alive[0] = 100e6;            /* the rest of the line's, for ever */
	life_bear(l, 1000);
}

static void leak_late(struct life *l)
{
	if (l->second >= SECONDS / 2)
		life_bear(l, RATE / 64);
}

static void leak_in_saw(struct life *l)
{
	if (l->second % 30 == 29)
		life_drop_all(l);
	life_bear(l, RATE);
	if (l->second >= SECONDS / 2)
		l->kept[l->second] += RATE / 4 * life_noise(l);
}

static void leak_slow(struct life *l)
{
	if (life_draw(l) < 0.3)
		life_bear(l, 1000);
}

static void leak_cycles(struct life *l)
{
	life_bear(l, RATE / 64 * (1 + sin(l->second * 0.2)));
}

static void leak_beside_queue(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 20)
		l->alive[l->second - 20] = 0;
	l->kept[l->second] = RATE / 64 * life_noise(l);
}

/* Sessions of a minute, of which one in ten is never closed. */
static void leak_of_sessions(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 60)
		l->alive[l->second - 60] *= 0.1;
}

/* A table of all entries beside them, made anew with each doubling. */
static void leak_in_map(struct life *l)
{
	life_bear(l, RATE / 64);
	if (life_sum(l) < l->table)
		return;
	l->table = l->table > 0 ? l->table * 2 : 4096;
	l->table_born = l->second;
}

/* --- others --- */

static void cache_saturates(struct life *l)
{
	life_bear(l, RATE * exp(-(double)l->second / 60));
}

static void cache_early(struct life *l)
{
	if (l->second < SECONDS * 2 / 5)
		life_bear(l, RATE);
}

static void cache_late(struct life *l)
{
	if (l->second < SECONDS * 4 / 5)
		life_bear(l, RATE);
}

static void cache_lru(struct life *l)
{
	life_bear(l, RATE);
	life_evict(l, 100 * RATE);
}

static void cache_random(struct life *l)
{
	life_bear(l, RATE);
	life_fade(l, 1, 0.01);
}

/* Filled at once, then one in five hundred is exchanged each second. */
static void cache_slow(struct life *l)
{
	life_bear(l, l->second ? RATE * 0.2 : RATE * 100);
	life_fade(l, 1, 0.002);
}

static void saw_slow(struct life *l)
{
	if (l->second % 97 == 96)
		life_drop_all(l);
	life_bear(l, RATE);
}

static void saw_fast(struct life *l)
{
	if (l->second % 11 == 10)
		life_drop_all(l);
	life_bear(l, RATE);
}

/* Shorter than what lies between two censuses. */
static void saw_brief(struct life *l)
{
	if (l->second % 5 == 4)
		life_drop_all(l);
	life_bear(l, RATE);
}

static void queue_brief(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 10)
		l->alive[l->second - 10] = 0;
}

static void queue(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 60)
		l->alive[l->second - 60] = 0;
}

static void churn(struct life *l) { life_churn(l, RATE, 0); }

static void cycle(struct life *l)
{
	life_bear(l, RATE * (1 + sin(l->second / 20.0)));
	life_fade(l, 5, 0.2);
}

static void container(struct life *l)
{
	double want = 1000 * (l->second + 1) * 1.5;
	double has = life_sum(l);

	if (has < want) {               /* realloc: born anew, half as large again */
		life_drop_all(l);
		l->alive[l->second] = has > 0 ? has * 1.5 : want;
	}
	l->block = life_sum(l);
}

static void steps(struct life *l)
{
	if (l->second == 30 || l->second == 250 || l->second == 400 || l->second == 520)
		life_bear(l, 20 * RATE);
}

static void shrinks(struct life *l)
{
	if (l->second < 60)
		life_bear(l, 10 * RATE);
	life_fade(l, 1, 0.003);
}

/* --- still filling: nothing about sizes and births tells them from leaks --- */

static void filling_linear(struct life *l) { life_bear(l, RATE); }

static void filling_curved(struct life *l)
{
	life_bear(l, RATE * exp(-(double)l->second / 500));
}

/* Each longer than the shortest window, the last one still under way. */
static void saw_waves(struct life *l)
{
	if (l->second % 140 == 110)
		life_drop_all(l);
	life_bear(l, RATE);
}

struct kind {
	const char *name;
	void (*live)(struct life *life);
	bool leaks;
	enum growth_word word;          /* what it is called if it does not leak */
};

static const struct kind kinds[] = {
	{ "pure leak", leak_pure, true, GROWTH_LEAKING },
	{ "leak in a churning line", leak_in_churn, true, GROWTH_LEAKING },
	{ "leak under 1 % of live", leak_small, true, GROWTH_LEAKING },
	{ "leak from half-way on", leak_late, true, GROWTH_LEAKING },
	{ "slow leak", leak_slow, true, GROWTH_LEAKING },
	{ "leak whose pace cycles", leak_cycles, true, GROWTH_LEAKING },
	{ "leak, half freed young", leak_half_freed, true, GROWTH_LEAKING },
	{ "leak beside a queue", leak_beside_queue, true, GROWTH_LEAKING },
	{ "leak of sessions", leak_of_sessions, true, GROWTH_LEAKING },
	{ "leak in a map", leak_in_map, true, GROWTH_LEAKING },
	{ "late leak, sawtooth", leak_in_saw, true, GROWTH_LEAKING },
	{ "cache that saturates", cache_saturates, false, GROWTH_WARMING_UP },
	{ "cache, full at 40 %", cache_early, false, GROWTH_SETTLED },
	{ "cache, full at 80 %", cache_late, false, GROWTH_UNDECIDED },
	{ "LRU", cache_lru, false, GROWTH_TURNOVER },
	{ "cache, random eviction", cache_random, false, GROWTH_TURNOVER },
	{ "cache, slow exchange", cache_slow, false, GROWTH_SETTLED },
	{ "slow sawtooth", saw_slow, false, GROWTH_SAWTOOTH },
	{ "fast sawtooth", saw_fast, false, GROWTH_SAWTOOTH },
	{ "brief sawtooth", saw_brief, false, GROWTH_SAWTOOTH },
	{ "waves", saw_waves, false, GROWTH_SAWTOOTH },
	{ "queue", queue, false, GROWTH_TURNOVER },
	{ "brief queue", queue_brief, false, GROWTH_SETTLED },
	{ "churn", churn, false, GROWTH_SETTLED },
	{ "cycle", cycle, false, GROWTH_SAWTOOTH },
	{ "growing array", container, false, GROWTH_CONTAINER },
	{ "steps", steps, false, GROWTH_STEPS },
	{ "shrinking", shrinks, false, GROWTH_SHRINKING },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
_Static_assert(KINDS == 28, "as the page says");

static void life_tell(const struct life *life)
{
	uint64_t live = 0, held = 0;

	for (unsigned i = 0; i <= life->second; i++) {
		uint64_t bytes = (uint64_t)(life->alive[i] + life->kept[i]);
		uint64_t blocks = (uint64_t)ceil((double)bytes / life->block);

		live += bytes;
		held += blocks;
		if (bytes)
			census_count(life->census, 7, i, bytes, blocks);
	}
	if (life->table > 0)
		census_count(life->census, 7, life->table_born, (uint64_t)life->table, 1);
	census_live(life->census, 7, live + (uint64_t)life->table, held + (life->table > 0));
}

static void live_on(struct life *life, const struct kind *kind, unsigned seconds)
{
	for (; life->second < seconds; life->second++) {
		kind->live(life);
		life->events += EVENTS;
		census_pass(life->census, life->second + 1, life->events);
		if (!census_due(life->census))
			continue;
		census_begin(life->census, life->second + 1, life->events);
		life_tell(life);
		census_end(life->census);
	}
}

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
	growth_pack_axis(&axis, axis_bytes);
	assert_true(growth_unpack_axis(&axis_back, axis_bytes, sizeof(axis_bytes)));
	assert_memory_equal(&axis, &axis_back, sizeof(axis));
	assert_false(growth_unpack_axis(&axis_back, axis_bytes, sizeof(axis_bytes) - 8));
	axis_bytes[15] = 0xff;
	assert_false(growth_unpack_axis(&axis_back, axis_bytes, sizeof(axis_bytes)));
	census_free(life.census);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series_of_known_truth_get_their_words),
		cmocka_unit_test(test_half_the_time_is_enough),
		cmocka_unit_test(test_a_pace_below_zero_is_told_in_words),
		cmocka_unit_test(test_a_cache_that_still_fills_is_no_different),
		cmocka_unit_test(test_rate_and_times_of_a_leak_are_right),
		cmocka_unit_test(test_idle_time_does_not_count),
		cmocka_unit_test(test_a_module_begins_the_warm_up_anew),
		cmocka_unit_test(test_a_growth_within_its_error_is_undecided),
		cmocka_unit_test(test_curves_add_up),
		cmocka_unit_test(test_a_week_keeps_no_more_than_an_hour),
		cmocka_unit_test(test_packed_curves_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
