/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules, in order: is there enough to judge by; does a single container grow; do the
 * survivors rise; do they slow down; do the oldest stay.  A row is leaking only if it
 * passes all of them.
 *
 * Survivors, rather than minima of live bytes, show a leak inside a line that churns (the
 * idea of generations: Jump and McKinley, "Cork", POPL 2007; ages against false alarms:
 * Hauswirth and Chilimbi, "SWAT", ASPLOS 2004).  Slowing down tells a cache that fills
 * from a leak, and old blocks that leave tell a queue from one.
 */
#include "tracer/heap/growth/growth.h"

#include <math.h>
#include <string.h>
#include "tracer/heap/growth/judge_parts.h"

#define EVENTS_LEAST 200u
#define STAYS 0.5                       /* share of old births that growth keeps */
#define SUSTAINED 0.85                  /* slope of the last third over the middle one's */
#define SLOWING 0.25
#define SUSTAINED_UNEVEN 0.6            /* the same where the pace is uneven */
#define UNEVEN 0.25                     /* differences between steps, over their mean */
#define SLACK 0.2                       /* largest share of the pace that is left to chance */
#define GENERATIONS_LEAST 8u            /* slices of 12 */
#define LEAVING 0.05                    /* share of the oldest third that goes in the last
					 * third */
#define ERRORS 3.0                      /* standard errors that sampled growth exceeds */
#define JUMPS 3u
#define JUMPS_SHARE 0.8                 /* share of the growth */
#define ONE_CONTAINER 4.0f              /* blocks at most: one for each of a few
					 * threads */
#define SWING 0.5                       /* share of the maximum by which live bytes
					 * fall */
#define WAVES 2u                        /* falls from about this height: another one is
					 * likely */
#define AS_HIGH 0.75                    /* share of what is alive now */
#define SHRUNK 0.75                     /* share of what it was: no chance */

static double case_slope(const struct growth_case *c, unsigned first, unsigned last)
{
	return trend_of(c->at + first, c->y + first, last - first + 1).slope;
}

static void find_generations(struct growth_case *c)
{
	double born[GROWTH_SLICES], median;

	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		born[i] = c->born[i];
	median = trend_median(born, GROWTH_SLICES);
	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		c->there += born[i] > 0 && born[i] >= PRESENT * median;
	c->left = c->oldest[0] > 0 ? 1 - c->oldest[1] / c->oldest[0] : 0;
}

/* The slack that chance explains: a third's growth is exact to one block, and of samples
 * to their standard error. */
static double find_slack(const struct growth_case *c)
{
	const struct growth_part *part = c->part;
	double blocks = (part->blocks[7] - part->blocks[3]), live = part->live[GROWTH_SLICES - 1];
	double third = part->bytes[7] - part->bytes[3];
	double variance = live > third ? c->facts->variance * third / live : c->facts->variance;
	double slack = blocks > 0 ? 1 / blocks : 0;

	if (third > 0)
		slack = fmax(slack, sqrt(2 * variance) / third);
	return fmin(slack, SLACK);
}

static double case_stays(const struct growth_case *c)
{
	double stays = 0;

	for (unsigned i = 0; i < OLD_SLICES; i++)
		stays += c->born[i];
	return stays;
}

/* Whether the row rises beneath noise.  More young blocks coming and going than remain of
 * a slice make the survivors go up and down.  What remains is seen in the generations
 * once they are old; it is growth if the row grows by as much, and not the exchange of a
 * slow cache. */
static bool rises_in_noise(const struct growth_case *c)
{
	double stays = case_stays(c);

	return c->trend.low > 0 && c->there == GROWTH_SLICES &&
	       c->left < LEAVING && c->trend.slope * OLD_SLICES > STAYS * stays;
}

/* Whether the pace goes up and down by more than the slices' different lengths explain.
 * Then a slower third does not mean a slower pace, unless the steps get smaller all the
 * way or have just stopped. */
static bool find_uneven(const struct growth_case *c)
{
	double steps[GROWTH_SLICES - 1], newest, square = 0;
	unsigned last = GROWTH_SLICES - 2;

	for (unsigned i = 0; i <= last; i++)
		steps[i] = c->y[i + 1] - c->y[i];
	for (unsigned i = 1; i <= last; i++)
		square += (steps[i] - steps[i - 1]) * (steps[i] - steps[i - 1]);
	newest = (steps[last] + steps[last - 1]) / 2;
	return sqrt(square / (2 * last)) > UNEVEN * c->growth / (last + 1) &&
	       trend_of(c->at, steps, last + 1).high >= 0 &&
	       newest >= PRESENT * trend_median(steps, last + 1);
}

static double pace_of(const struct growth_case *c)
{
	double first = 0, second = 0, middle = case_slope(c, 3, 7);

	if (!c->noisy)
		return middle > 0 ? case_slope(c, 7, 11) / middle : 0;
	for (unsigned i = 0; i < OLD_SLICES / 2; i++) {
		first += c->born[i];
		second += c->born[i + OLD_SLICES / 2];
	}
	return second / first;
}

/* How often live bytes fell by half from about as high as they are now, between the
 * warm-up and the start of a later window.  0 if they fell so in most of the window too,
 * as then they do not move in waves that long. */
static unsigned count_falls_before(const struct growth_case *c)
{
	const float *run = c->facts->curve->run;
	double part = c->facts->axis->now / GROWTH_RUN, now = c->part->live[GROWTH_SLICES - 1];
	double high = 0;
	unsigned falls = 0;

	for (unsigned i = GROWTH_SLICES / 3; i < GROWTH_SLICES; i++) {
		if (c->part->live[i] < SWING * high)
			return 0;
		high = fmax(high, c->part->live[i]);
	}
	high = 0;
	for (unsigned i = 0; i < GROWTH_RUN && (i + 1) * part <= c->span->from; i++) {
		if (i * part < c->facts->axis->span[0].from)
			continue;
		high = fmax(high, run[i]);
		if (high >= AS_HIGH * now && run[i] < SWING * high) {
			falls++;
			high = run[i];
		}
	}
	return falls;
}

static void case_open(struct growth_case *c, const struct growth_facts *facts, unsigned window,
		      bool blocks)
{
	const struct growth_part *part = &facts->curve->part[window];
	const struct growth_count *count = &facts->curve->count[window];

	*c = (struct growth_case){
		.facts = facts, .span = &facts->axis->span[window], .part = part,
		.blocks = blocks,
		.born = blocks ? count->born : part->born,
		.oldest = blocks ? count->oldest : part->oldest,
		.grown = part->bytes[GROWTH_SLICES - 1] - part->bytes[0],
	};
	for (unsigned i = 0; i < GROWTH_SLICES; i++) {
		c->at[i] = i;
		c->y[i] = blocks ? part->blocks[i] : part->bytes[i];
		c->up += i && c->y[i] > c->y[i - 1];
	}
	c->growth = c->y[GROWTH_SLICES - 1] - c->y[0];
	c->trend = trend_of(c->at, c->y, GROWTH_SLICES);
	find_generations(c);
	c->noisy = c->up < STEPS_UP && rises_in_noise(c);
	if (c->noisy && !blocks)
		c->grown = case_stays(c) * (GROWTH_SLICES - 1) / OLD_SLICES;
	c->pace = pace_of(c);
	c->slack = find_slack(c);
	c->uneven = find_uneven(c);
	c->falls = count_falls_before(c);
}

bool growth_judges(const struct growth_axis *axis)
{
	for (unsigned i = 0; i < GROWTH_WINDOWS; i++)
		if (axis->span[i].events >= EVENTS_LEAST)
			return true;
	return false;
}

bool case_eligible(const struct growth_case *c)
{
	return c->span->events >= EVENTS_LEAST;
}

bool case_rises(const struct growth_case *c)
{
	return case_eligible(c) && (c->noisy || (c->up >= STEPS_UP && c->trend.low > 0));
}

bool case_qualifies(const struct growth_case *c)
{
	return case_rises(c) && c->grown >= GROWTH_LEAST;
}

/* For samples: whether the growth is more than chance.  Its share of the variance is its
 * share of the bytes, since blocks are sampled one by one. */
bool case_sure(const struct growth_case *c)
{
	double live = c->part->live[GROWTH_SLICES - 1];
	double part = live > c->grown ? c->grown / live : 1;

	return c->grown > ERRORS * sqrt(c->facts->variance * part);
}

static bool holds_few(const struct growth_part *part, unsigned slice)
{
	return part->held[slice] > 0 && part->held[slice] <= ONE_CONTAINER;
}

/* Whether the row is a single container: as many blocks as before, and only a few, but
 * more and more bytes.  A census may have missed a block that was being reallocated. */
static bool case_is_container(const struct growth_case *c)
{
	const struct growth_part *part = c->part;
	unsigned last = GROWTH_SLICES - 1, odd = 0;

	for (unsigned i = 0; i <= last; i++) {
		odd += !holds_few(part, i);
		if (i && holds_few(part, i) && part->live[i] < SWING * part->live[i - 1])
			return false;
	}
	if (!holds_few(part, last))
		last--;
	return case_eligible(c) && odd <= 1 && part->held[last] <= part->held[0] &&
	       part->live[last] - part->live[0] >= GROWTH_LEAST;
}

/* The largest step that is not in `taken` yet. */
static unsigned largest_step(const struct growth_case *c, const bool *taken)
{
	unsigned best = 0;

	for (unsigned i = 1; i < GROWTH_SLICES; i++)
		if (!taken[i] && (!best || c->y[i] - c->y[i - 1] > c->y[best] - c->y[best - 1]))
			best = i;
	return best;
}

/* Whether most of the growth came in a few jumps, one of them after the first third, and
 * little of it was lost again. */
static bool case_is_steps(const struct growth_case *c)
{
	bool late = false, taken[GROWTH_SLICES] = { false };
	double sum = 0, lost = 0;

	if (c->grown < GROWTH_LEAST)
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

/* How often live bytes fell by a large share of their maximum and rose again. */
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

/* Whether births stay a while and then go: the row always held something, but its
 * oldest slices hold little compared with the newest, and survivors are not a small
 * part of it. */
static bool turns_over(const struct growth_case *c)
{
	double oldest = 0, newest = 0, all = 0, early[GROWTH_SLICES / 2];
	const float *born = c->born;
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

/* Whether the row has grown for a while that is too short for any of the windows. */
static bool grows_late(const struct growth_case *c)
{
	for (unsigned i = GROWTH_SLICES - 3; i < GROWTH_SLICES; i++)
		if (c->y[i] <= c->y[i - 1])
			return false;
	return c->grown >= GROWTH_LEAST;
}

/* Whether the row falls all the way, by more than chance; and what goes must be what was
 * there before, rather than buffers whose length differs from census to census. */
static bool shrinks(const struct growth_case *c)
{
	double live[GROWTH_SLICES];

	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		live[i] = c->part->live[i];
	return trend_of(c->at, live, GROWTH_SLICES).high < 0 &&
	       c->y[GROWTH_SLICES - 1] > live[GROWTH_SLICES - 1] / 2 &&
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
	if (c->falls >= WAVES)
		return GROWTH_SAWTOOTH;
	if (c->pace < SLOWING)
		return GROWTH_WARMING_UP;
	if (c->pace + c->slack < (c->uneven ? SUSTAINED_UNEVEN : SUSTAINED) || !case_sure(c))
		return GROWTH_UNDECIDED;
	return GROWTH_LEAKING;
}

/* Chooses the longest window that rises, or else the whole run. */
static void case_find(struct growth_case *c, const struct growth_facts *facts,
		      bool blocks)
{
	for (unsigned window = 0; window < GROWTH_WINDOWS; window++) {
		case_open(c, facts, window, blocks);
		if (case_is_container(c) || case_qualifies(c))
			return;
	}
	case_open(c, facts, 0, blocks);
}

/* Whether blocks leak although bytes seem not to.  If a table and the objects that it
 * refers to are of one line, as in Python's dicts, each reallocation of the table hides
 * the leak among the bytes, but not among the blocks. */
static bool leaks_by_blocks(struct growth_case *c, const struct growth_facts *facts)
{
	case_find(c, facts, true);
	return case_qualifies(c) && word_of_rising(c) == GROWTH_LEAKING;
}

void growth_judge(const struct growth_facts *facts, struct growth_verdict *verdict)
{
	struct growth_case c, by_blocks;

	*verdict = (struct growth_verdict){ .since = -1, .last_grew = -1 };
	memcpy(verdict->run, facts->curve->run, sizeof(verdict->run));
	case_find(&c, facts, false);
	if (!case_eligible(&c))
		verdict->word = GROWTH_TOO_SHORT;
	else if (case_is_container(&c))
		verdict->word = GROWTH_CONTAINER;
	else
		verdict->word = case_qualifies(&c) ? word_of_rising(&c) : word_of_flat(&c);
	if (verdict->word != GROWTH_LEAKING && verdict->word != GROWTH_CONTAINER &&
	    leaks_by_blocks(&by_blocks, facts)) {
		c = by_blocks;
		verdict->word = GROWTH_LEAKING;
	}
	say_case(&c, verdict);
}

void growth_add(struct growth_curve *to, const struct growth_curve *from)
{
	float *sum = (float *)to;
	const float *more = (const float *)from;

	_Static_assert(sizeof(struct growth_curve) % sizeof(float) == 0, "floats alone");
	for (size_t i = 0; i < sizeof(*to) / sizeof(float); i++)
		sum[i] += more[i];
}
