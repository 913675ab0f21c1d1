/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_HEAP_LIVES_FIXTURE_H
#define TESTS_UNIT_HEAP_LIVES_FIXTURE_H
/* Rows of known truth, second by second, and what the judge says of them. */
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
#define BLOCK 64.0                      /* bytes */
#define RATE (64.0 * 1024)              /* bytes a second that most kinds allocate */
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

static inline double life_draw(struct life *life)      /* 0 to 1 */
{
	life->seed = life->seed * 1664525u + 1013904223u;
	return (life->seed >> 8) / 16777216.0;
}

/* About 1, with 30 % of noise (12 draws have the variance 1). */
static inline double life_noise(struct life *life)
{
	double sum = -6;

	for (unsigned i = 0; i < 12; i++)
		sum += life_draw(life);
	sum = 1 + 0.3 * sum;
	return sum > 0 ? sum : 0;
}

static inline double life_sum(const struct life *life)
{
	double sum = 0;

	for (unsigned i = 0; i <= life->second && i < SECONDS; i++)
		sum += life->alive[i];
	return sum;
}

static inline void life_bear(struct life *life, double bytes)
{
	life->alive[life->second] += bytes * life_noise(life);
}

/* Cohorts older than so many seconds lose that share of what they have. */
static inline void life_fade(struct life *life, unsigned age, double share)
{
	for (unsigned i = 0; i + age <= life->second; i++)
		life->alive[i] *= 1 - share;
}

/* The oldest go until at most so much is left. */
static inline void life_evict(struct life *life, double cap)
{
	double over = life_sum(life) - cap;

	for (unsigned i = 0; i <= life->second && over > 0; i++) {
		double less = life->alive[i] < over ? life->alive[i] : over;

		life->alive[i] -= less;
		over -= less;
	}
}

static inline void life_drop_all(struct life *life)
{
	memset(life->alive, 0, sizeof(life->alive));
}

/* What was borne in the last second is mostly gone after it. */
static inline void life_churn(struct life *life, double bytes, double stays)
{
	life_bear(life, bytes);
	if (life->second)
		life->alive[life->second - 1] *= stays;
}

/* --- leaks --- */

static inline void leak_pure(struct life *l) { life_bear(l, RATE / 64); }
static inline void leak_in_churn(struct life *l) { life_churn(l, RATE, 0.01); }
static inline void leak_half_freed(struct life *l) { life_churn(l, RATE / 8, 0.5); }

static inline void leak_small(struct life *l)
{
	l->alive[0] = 100e6;            /* the rest of the line's, for ever */
	life_bear(l, 1000);
}

static inline void leak_late(struct life *l)
{
	if (l->second >= SECONDS / 2)
		life_bear(l, RATE / 64);
}

static inline void leak_in_saw(struct life *l)
{
	if (l->second % 30 == 29)
		life_drop_all(l);
	life_bear(l, RATE);
	if (l->second >= SECONDS / 2)
		l->kept[l->second] += RATE / 4 * life_noise(l);
}

static inline void leak_slow(struct life *l)
{
	if (life_draw(l) < 0.3)
		life_bear(l, 1000);
}

static inline void leak_cycles(struct life *l)
{
	life_bear(l, RATE / 64 * (1 + sin(l->second * 0.2)));
}

static inline void leak_beside_queue(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 20)
		l->alive[l->second - 20] = 0;
	l->kept[l->second] = RATE / 64 * life_noise(l);
}

/* Sessions of a minute, of which one in ten is never closed. */
static inline void leak_of_sessions(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 60)
		l->alive[l->second - 60] *= 0.1;
}

/* A table of all entries beside them, made anew with each doubling. */
static inline void leak_in_map(struct life *l)
{
	life_bear(l, RATE / 64);
	if (life_sum(l) < l->table)
		return;
	l->table = l->table > 0 ? l->table * 2 : 4096;
	l->table_born = l->second;
}

/* --- others --- */

static inline void cache_saturates(struct life *l)
{
	life_bear(l, RATE * exp(-(double)l->second / 60));
}

static inline void cache_early(struct life *l)
{
	if (l->second < SECONDS * 2 / 5)
		life_bear(l, RATE);
}

static inline void cache_late(struct life *l)
{
	if (l->second < SECONDS * 4 / 5)
		life_bear(l, RATE);
}

static inline void cache_lru(struct life *l)
{
	life_bear(l, RATE);
	life_evict(l, 100 * RATE);
}

static inline void cache_random(struct life *l)
{
	life_bear(l, RATE);
	life_fade(l, 1, 0.01);
}

/* Filled at once, then one in five hundred is exchanged each second. */
static inline void cache_slow(struct life *l)
{
	life_bear(l, l->second ? RATE * 0.2 : RATE * 100);
	life_fade(l, 1, 0.002);
}

static inline void saw_slow(struct life *l)
{
	if (l->second % 97 == 96)
		life_drop_all(l);
	life_bear(l, RATE);
}

static inline void saw_fast(struct life *l)
{
	if (l->second % 11 == 10)
		life_drop_all(l);
	life_bear(l, RATE);
}

/* Shorter than what lies between two censuses. */
static inline void saw_brief(struct life *l)
{
	if (l->second % 5 == 4)
		life_drop_all(l);
	life_bear(l, RATE);
}

static inline void queue_brief(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 10)
		l->alive[l->second - 10] = 0;
}

static inline void queue(struct life *l)
{
	life_bear(l, RATE);
	if (l->second >= 60)
		l->alive[l->second - 60] = 0;
}

static inline void churn(struct life *l) { life_churn(l, RATE, 0); }

static inline void cycle(struct life *l)
{
	life_bear(l, RATE * (1 + sin(l->second / 20.0)));
	life_fade(l, 5, 0.2);
}

static inline void container(struct life *l)
{
	double want = 1000 * (l->second + 1) * 1.5;
	double has = life_sum(l);

	if (has < want) {               /* realloc: born anew, half as large again */
		life_drop_all(l);
		l->alive[l->second] = has > 0 ? has * 1.5 : want;
	}
	l->block = life_sum(l);
}

static inline void steps(struct life *l)
{
	if (l->second == 30 || l->second == 250 || l->second == 400 || l->second == 520)
		life_bear(l, 20 * RATE);
}

static inline void shrinks(struct life *l)
{
	if (l->second < 60)
		life_bear(l, 10 * RATE);
	life_fade(l, 1, 0.003);
}

/* Each longer than the shortest window, the last one still under way. */
static inline void saw_waves(struct life *l)
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

static inline void life_tell(const struct life *life)
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

static inline void live_on(struct life *life, const struct kind *kind, unsigned seconds)
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

#endif
