/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules, in their order: is there enough to judge by; does one container grow;
 * do the survivors rise; do they slow down; do the oldest stay.  Only who passes all
 * leaks.  Survivors in place of minima of live bytes see a leak inside a line that
 * churns (the idea of generations: Jump and McKinley, "Cork", POPL 2007; ages against
 * false alarms: Hauswirth and Chilimbi, "SWAT", ASPLOS 2004).  Slowing and leaving tell a
 * cache that fills and a queue from a leak.
 */
#include "tracer/heap/growth/growth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "tracer/heap/growth/trend.h"

#define EVENTS_LEAST 200u
#define GROWTH_LEAST 65536.0            /* bytes */
#define STEPS_UP 9u                     /* of 11 */
#define SUSTAINED 0.85                  /* slope of the last third over the middle one's */
#define SLOWING 0.25
#define GENERATIONS_LEAST 8u            /* of 12 */
#define PRESENT 0.25                    /* of the median: a slice's births are there */
#define LEAVING 0.05                    /* of the older half, in the last third */
#define ERRORS 3.0                      /* standard errors that a sampled growth is over */
#define JUMPS 3u
#define JUMPS_SHARE 0.8                 /* of the growth */
#define ONE_CONTAINER 4.0f              /* blocks at most: a few threads' own */
#define SWING 0.5                       /* of the highest: what live bytes go down by */
#define SHRUNK 0.75                     /* of what it was: not by chance */

/* One window of a row, with what the rules found. */
struct growth_case {
	const struct growth_facts *facts;
	const struct growth_span *span;
	const struct growth_part *part;
	double at[GROWTH_SLICES];       /* slices, by number */
	double y[GROWTH_SLICES];        /* survivors, bytes */
	struct trend trend;
	unsigned up;                    /* steps of 11 */
	double growth;                  /* of the survivors, bytes */
	double pace;                    /* last third's slope over the middle's */
	unsigned there;                 /* generations */
	double left;                    /* share of the older half that went in the last third */
};

static double case_slope(const struct growth_case *c, unsigned first, unsigned last)
{
	return trend_of(c->at + first, c->y + first, last - first + 1).slope;
}

static void find_generations(struct growth_case *c)
{
	double born[GROWTH_SLICES], median;

	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		born[i] = c->part->born[i];
	median = trend_median(born, GROWTH_SLICES);
	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		c->there += born[i] > 0 && born[i] >= PRESENT * median;
	c->left = c->part->older[0] > 0 ? 1 - c->part->older[1] / c->part->older[0] : 0;
}

static void case_open(struct growth_case *c, const struct growth_facts *facts, unsigned window)
{
	double middle;

	*c = (struct growth_case){
		.facts = facts,
		.span = &facts->axis->span[window],
		.part = &facts->curve->part[window],
	};
	for (unsigned i = 0; i < GROWTH_SLICES; i++) {
		c->at[i] = i;
		c->y[i] = c->part->bytes[i];
		c->up += i && c->y[i] > c->y[i - 1];
	}
	c->growth = c->y[GROWTH_SLICES - 1] - c->y[0];
	c->trend = trend_of(c->at, c->y, GROWTH_SLICES);
	middle = case_slope(c, 3, 7);
	c->pace = middle > 0 ? case_slope(c, 7, 11) / middle : 0;
	find_generations(c);
}

bool growth_judges(const struct growth_axis *axis)
{
	for (unsigned i = 0; i < GROWTH_WINDOWS; i++)
		if (axis->span[i].events >= EVENTS_LEAST)
			return true;
	return false;
}

static bool case_eligible(const struct growth_case *c)
{
	return c->span->events >= EVENTS_LEAST;
}

static bool case_rises(const struct growth_case *c)
{
	return case_eligible(c) && c->up >= STEPS_UP && c->trend.low > 0;
}

static bool case_qualifies(const struct growth_case *c)
{
	return case_rises(c) && c->growth >= GROWTH_LEAST;
}

/* Of samples: is the growth more than chance?  Its part of the variance is that of its
 * bytes, as blocks are sampled one by one. */
static bool case_sure(const struct growth_case *c)
{
	double live = c->part->live[GROWTH_SLICES - 1];
	double part = live > c->growth ? c->growth / live : 1;

	return c->growth > ERRORS * sqrt(c->facts->variance * part);
}

/* As many blocks as before, and a few at most, but more bytes. */
static bool case_is_container(const struct growth_case *c)
{
	const struct growth_part *part = c->part;
	unsigned last = GROWTH_SLICES - 1;

	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		if (part->held[i] > ONE_CONTAINER || part->held[i] <= 0)
			return false;
	return case_eligible(c) && part->held[last] <= part->held[0] &&
	       part->live[last] - part->live[0] >= GROWTH_LEAST;
}

/* The largest step that is not taken yet. */
static unsigned largest_step(const struct growth_case *c, const bool *taken)
{
	unsigned best = 0;

	for (unsigned i = 1; i < GROWTH_SLICES; i++)
		if (!taken[i] && (!best || c->y[i] - c->y[i - 1] > c->y[best] - c->y[best - 1]))
			best = i;
	return best;
}

/* Most of the growth in a few jumps, one of them after the first third, and little of
 * it lost again. */
static bool case_is_steps(const struct growth_case *c)
{
	bool late = false, taken[GROWTH_SLICES] = { false };
	double sum = 0, lost = 0;

	if (c->growth < GROWTH_LEAST)
		return false;
	for (unsigned i = 1; i < GROWTH_SLICES; i++)
		lost += c->y[i] < c->y[i - 1] ? c->y[i - 1] - c->y[i] : 0;
	for (unsigned n = 0; n < JUMPS && sum < JUMPS_SHARE * c->growth; n++) {
		unsigned best = largest_step(c, taken);

		taken[best] = true;
		sum += c->y[best] - c->y[best - 1];
		late = late || best > GROWTH_SLICES / 3;
	}
	return late && sum >= JUMPS_SHARE * c->growth && lost < (1 - JUMPS_SHARE) * c->growth;
}

/* The ways that live bytes went down by a good part of the highest, and came up again. */
static unsigned count_swings(const struct growth_part *part)
{
	double most = 0, high = part->live[0], low = part->live[0];
	unsigned swings = 0;
	bool down = false;

	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		most = fmax(most, part->live[i]);
	for (unsigned i = 1; i < GROWTH_SLICES; i++) {
		double live = part->live[i];

		if (!down && high - live > SWING * most) {
			down = true;
			low = live;
		} else if (down && live - low > SWING * most) {
			down = false;
			high = live;
			swings++;
		}
		high = fmax(high, live);
		low = fmin(low, live);
	}
	return swings;
}

/* Births that stay a while and then go: a row that held something all the time, whose
 * oldest slices hold little of what the newest do; survivors are no small part of it. */
static bool turns_over(const struct growth_case *c)
{
	double oldest = 0, newest = 0, all = 0, early[GROWTH_SLICES / 2];
	const float *born = c->part->born;
	double live = c->part->live[GROWTH_SLICES - 1];

	for (unsigned i = 0; i < GROWTH_SLICES; i++) {
		oldest += i < 4 ? born[i] : 0;
		newest += i >= 8 ? born[i] : 0;
		all += born[i];
		if (i < GROWTH_SLICES / 2)
			early[i] = c->part->live[i];
	}
	return newest > 0 && oldest < newest / 2 && all > live / 2 &&
	       c->y[GROWTH_SLICES - 1] > live / 10 &&
	       trend_median(early, GROWTH_SLICES / 2) > live / 4;
}

/* It grows since a while that no window is short enough for. */
static bool grows_late(const struct growth_case *c)
{
	for (unsigned i = GROWTH_SLICES - 3; i < GROWTH_SLICES; i++)
		if (c->y[i] <= c->y[i - 1])
			return false;
	return c->growth >= GROWTH_LEAST;
}

/* Down all the way, by more than chance. */
static bool shrinks(const struct growth_case *c)
{
	double live[GROWTH_SLICES];

	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		live[i] = c->part->live[i];
	return trend_of(c->at, live, GROWTH_SLICES).high < 0 &&
	       trend_median(live + GROWTH_SLICES - 3, 3) < SHRUNK * trend_median(live, 3);
}

static enum growth_word word_of_flat(const struct growth_case *c)
{
	if (case_rises(c))
		return GROWTH_TOO_SHORT;
	if (count_swings(c->part))
		return GROWTH_SAWTOOTH;
	if (case_is_steps(c))
		return GROWTH_STEPS;
	if (shrinks(c))
		return GROWTH_SHRINKING;
	if (turns_over(c))
		return GROWTH_TURNOVER;
	return grows_late(c) ? GROWTH_TOO_SHORT : GROWTH_SETTLED;
}

static enum growth_word word_of_rising(const struct growth_case *c)
{
	if (case_is_steps(c))
		return GROWTH_STEPS;
	if (c->there < GENERATIONS_LEAST || c->left >= LEAVING)
		return GROWTH_TURNOVER;
	if (c->pace < SLOWING)
		return GROWTH_WARMING_UP;
	if (c->pace < SUSTAINED || !case_sure(c))
		return GROWTH_UNDECIDED;
	return GROWTH_LEAKING;
}

/* --- what is said of it --- */

/* From where on births have been there without a gap of two bins, up to the window's
 * own: a leak may be older than the window that shows it. */
static double find_since(const struct growth_case *c)
{
	const float *births = c->facts->curve->births;
	double width = c->facts->axis->now / GROWTH_BINS, own[GROWTH_BINS], enough;
	unsigned first = width > 0 ? (unsigned)(c->span->from / width) : 0, n = 0, gap = 0;

	for (unsigned i = first; i < GROWTH_BINS; i++)
		own[n++] = births[i];
	enough = PRESENT * trend_median(own, n);
	while (first < GROWTH_BINS - 1 && births[first] <= enough)
		first++;
	for (unsigned i = first; i-- > 0 && gap < 2;) {
		bool there = births[i] > 0 && births[i] >= enough;

		gap = there ? 0 : gap + 1;
		first = there ? i : first;
	}
	return first * width;
}

static double find_last(const struct growth_case *c)
{
	double last = -1;

	for (unsigned i = 1; i < GROWTH_SLICES; i++)
		if (c->y[i] > c->y[i - 1])
			last = c->span->end[i];
	return last;
}

static void say_reason(const struct growth_case *c, struct growth_verdict *verdict)
{
	size_t size = sizeof(verdict->reason), at;
	char *text = verdict->reason;

	at = (size_t)snprintf(text, size,
			      "%u of 11 slices rise; the last third grows %.2f times as fast as "
			      "the middle one; %u of 12 generations are there, %.0f %% of the older "
			      "half went in the last third",
			      c->up, c->pace, c->there, c->left * 100);
	if (!case_sure(c) && at < size)
		at += (size_t)snprintf(text + at, size - at,
				       "; the growth is within three standard errors");
	if (c->facts->freed <= 0 && at < size)
		snprintf(text + at, size - at,
			 "; nothing freed yet: a cache that still fills looks the same");
}

static void say_other(const struct growth_case *c, struct growth_verdict *verdict)
{
	static const char *const reasons[GROWTH_WORDS] = {
		[GROWTH_TOO_SHORT] = ("fewer than 12 slices or 200 events since the warm-up or "
				      "since it grows, or less than 64 KiB so far"),
		[GROWTH_SHRINKING] = "live bytes go down",
		[GROWTH_SETTLED] = "what survives does not rise",
		[GROWTH_SAWTOOTH] = "live bytes go down by half and come up again",
		[GROWTH_CONTAINER] = "as many blocks as before, of more bytes",
		[GROWTH_STEPS] = "three jumps or fewer make 80 % of the growth",
		[GROWTH_TURNOVER] = "the oldest leave as others come",
	};
	const char *reason = reasons[verdict->word] ? reasons[verdict->word] : "";

	snprintf(verdict->reason, sizeof(verdict->reason), "%s (%u of 11 slices rise)", reason,
		 c->up);
}

static void say_case(const struct growth_case *c, struct growth_verdict *verdict)
{
	const struct growth_part *part = c->part;
	bool container = verdict->word == GROWTH_CONTAINER;
	bool grows = container || case_qualifies(c) || verdict->word == GROWTH_STEPS;
	double bytes[GROWTH_SLICES], blocks[GROWTH_SLICES];

	for (unsigned i = 0; i < GROWTH_SLICES; i++) {
		bytes[i] = container ? part->live[i] : part->bytes[i];
		blocks[i] = container ? part->held[i] : part->blocks[i];
		verdict->generations[i] = part->born[i];
	}
	if (case_eligible(c)) {
		verdict->bytes = 60 * trend_of(c->span->end, bytes, GROWTH_SLICES).slope;
		verdict->blocks = 60 * trend_of(c->span->end, blocks, GROWTH_SLICES).slope;
		verdict->last_grew = find_last(c);
	}
	verdict->since = grows ? container ? c->span->from : find_since(c) : -1;
	if (verdict->word >= GROWTH_TURNOVER && case_qualifies(c))
		say_reason(c, verdict);
	else
		say_other(c, verdict);
}

void growth_judge(const struct growth_facts *facts, struct growth_verdict *verdict)
{
	struct growth_case c;
	unsigned window = 0;

	*verdict = (struct growth_verdict){ .since = -1, .last_grew = -1 };
	for (; window < GROWTH_WINDOWS; window++) {
		case_open(&c, facts, window);
		if (case_is_container(&c) || case_qualifies(&c))
			break;
	}
	if (window == GROWTH_WINDOWS)
		case_open(&c, facts, 0);
	if (!case_eligible(&c))
		verdict->word = GROWTH_TOO_SHORT;
	else if (case_is_container(&c))
		verdict->word = GROWTH_CONTAINER;
	else
		verdict->word = case_qualifies(&c) ? word_of_rising(&c) : word_of_flat(&c);
	say_case(&c, verdict);
}

const char *growth_word(enum growth_word word)
{
	static const char *const words[GROWTH_WORDS] = {
		[GROWTH_TOO_SHORT] = "too short", [GROWTH_SHRINKING] = "shrinking",
		[GROWTH_SETTLED] = "settled", [GROWTH_SAWTOOTH] = "sawtooth",
		[GROWTH_CONTAINER] = "one container that grows", [GROWTH_STEPS] = "steps",
		[GROWTH_TURNOVER] = "turnover", [GROWTH_UNDECIDED] = "undecided",
		[GROWTH_WARMING_UP] = "warming up", [GROWTH_LEAKING] = "leaking",
	};

	return word < GROWTH_WORDS ? words[word] : "";
}

void growth_add(struct growth_curve *to, const struct growth_curve *from)
{
	float *sum = (float *)to;
	const float *more = (const float *)from;

	_Static_assert(sizeof(struct growth_curve) % sizeof(float) == 0, "floats alone");
	for (size_t i = 0; i < sizeof(*to) / sizeof(float); i++)
		sum[i] += more[i];
}
