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
#include <stdio.h>
#include <string.h>
#include "tracer/heap/growth/trend.h"

#define EVENTS_LEAST 200u
#define GROWTH_LEAST 65536.0            /* bytes */
#define STEPS_UP 9u                     /* steps of 11 */
#define STAYS 0.5                       /* share of old births that growth keeps */
#define OLD_SLICES 8u                   /* so many slices back is not young any more */
#define SUSTAINED 0.85                  /* slope of the last third over the middle one's */
#define SLOWING 0.25
#define SUSTAINED_UNEVEN 0.6            /* the same where the pace is uneven */
#define UNEVEN 0.25                     /* differences between steps, over their mean */
#define SLACK 0.2                       /* largest share of the pace that is left to chance */
#define GENERATIONS_LEAST 8u            /* slices of 12 */
#define PRESENT 0.25                    /* share of the median: then a slice's births are
					 * alive */
#define FULL 0.75                       /* share of it: then all births of a bin are
					 * alive */
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

/* One window of a row, and what the rules found in it; in bytes, or in blocks. */
struct growth_case {
	const struct growth_facts *facts;
	const struct growth_span *span;
	const struct growth_part *part;
	bool blocks;
	const float *born, *oldest;      /* as in the window's growth_part */
	double at[GROWTH_SLICES];       /* position of each slice: its number */
	double y[GROWTH_SLICES];        /* survivors at each slice's end */
	struct trend trend;
	unsigned up;                    /* steps of 11 that go up */
	double growth;                  /* of the survivors over the window */
	double grown;                   /* the same, always in bytes */
	bool noisy;                     /* rises if young blocks are disregarded */
	bool uneven;                    /* the pace goes up and down */
	double pace;                    /* slope of the last third over that of the middle
					 * one */
	double slack;                   /* of the pace, for chance */
	unsigned there;                 /* generations that are alive */
	double left;                    /* share of the oldest third that went in the last
					 * third */
	unsigned falls;                 /* before a later window began, from about as high
					 * as now */
};

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

static bool case_eligible(const struct growth_case *c)
{
	return c->span->events >= EVENTS_LEAST;
}

static bool case_rises(const struct growth_case *c)
{
	return case_eligible(c) && (c->noisy || (c->up >= STEPS_UP && c->trend.low > 0));
}

static bool case_qualifies(const struct growth_case *c)
{
	return case_rises(c) && c->grown >= GROWTH_LEAST;
}

/* For samples: whether the growth is more than chance.  Its share of the variance is its
 * share of the bytes, since blocks are sampled one by one. */
static bool case_sure(const struct growth_case *c)
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

/* --- what is said of it --- */

/* Estimates when births began.  Those in the bins before the first full one are taken to
 * have come at the full bins' pace, since a census does not say when within a bin they
 * came. */
static double begun_in(const float *births, unsigned first, double level, double width)
{
	unsigned full = first;
	double before = first ? births[first - 1] : 0;

	while (full < GROWTH_BINS - 1 && full < first + 2 && births[full] < FULL * level)
		before += births[full++];
	return first && level > 0 ? (full - before / level) * width : 0;
}

/* The time since when births have been alive without a gap of two bins, up to the
 * window's own: a leak may be older than the window that shows it. */
static double find_since(const struct growth_case *c)
{
	const float *births = c->facts->curve->births;
	double width = c->facts->axis->now / GROWTH_BINS, own[GROWTH_BINS], level;
	unsigned first = width > 0 ? (unsigned)(c->span->from / width) : 0, n = 0, gap = 0;

	for (unsigned i = first; i < GROWTH_BINS; i++)
		own[n++] = births[i];
	level = trend_median(own, n);
	while (first < GROWTH_BINS - 1 && births[first] <= PRESENT * level)
		first++;
	for (unsigned i = first; i-- > 0 && gap < 2;) {
		bool there = births[i] > 0 && births[i] >= PRESENT * level;

		gap = there ? 0 : gap + 1;
		first = there ? i : first;
	}
	return begun_in(births, first, level, width);
}

static double find_last(const struct growth_case *c)
{
	double last = -1;

	for (unsigned i = 1; i < GROWTH_SLICES; i++)
		if (c->y[i] > c->y[i - 1])
			last = c->span->end[i];
	return last;
}

#define REUSED_FROM 0.5                 /* share of a line's blocks that were freed, from
					 * which on there were enough to be reused by
					 * other lines */

static void say_reason(const struct growth_case *c, struct growth_verdict *verdict)
{
	size_t size = sizeof(verdict->reason), at;
	char *text = verdict->reason;

	at = (size_t)snprintf(text, size,
			      "%s%u of 11 slices rise; the %s third %s %.2f times as fast as "
			      "the %s one; %u of 12 generations are there, %.0f %% of the oldest "
			      "third went in the last third",
			      c->blocks ? "by blocks, " : "", c->up, c->noisy ? "middle" : "last",
			      c->pace < 0 ? "goes the other way," : "grows", fabs(c->pace),
			      c->noisy ? "first" : "middle", c->there, fabs(c->left) * 100);
	if (!case_sure(c) && at < size)
		at += (size_t)snprintf(text + at, size - at,
				       "; the growth is within three standard errors");
	if (c->falls && at < size)
		at += (size_t)snprintf(text + at, size - at,
				       "; it has been about as high before, and came down again");
	if (c->facts->freed <= 0)
		verdict->doubt = GROWTH_FILLS;
	else if (c->facts->reused && c->facts->freed >= REUSED_FROM)
		verdict->doubt = GROWTH_REUSED;
	if (verdict->doubt && at < size)
		snprintf(text + at, size - at, "; %s", growth_doubt(verdict->doubt));
}

/* Which of the conditions for a verdict lacks. */
static void say_too_short(const struct growth_case *c, struct growth_verdict *verdict)
{
	size_t size = sizeof(verdict->reason);

	if (!case_eligible(c))
		snprintf(verdict->reason, size, "a verdict takes 12 seconds with events, and 200 "
			 "events, after the warm-up");
	else if (case_rises(c))
		snprintf(verdict->reason, size, "it has grown by %.0f KiB since the warm-up; a "
			 "verdict takes %.0f (%u of 11 slices rise)", c->grown / 1024,
			 GROWTH_LEAST / 1024.0, c->up);
	else
		snprintf(verdict->reason, size, "it began to grow a short while ago; a verdict "
			 "takes 9 slices of growth (%u of 11 slices rise)", c->up);
}

static void say_other(const struct growth_case *c, struct growth_verdict *verdict)
{
	static const char *const reasons[GROWTH_WORDS] = {
		[GROWTH_SHRINKING] = "live bytes go down",
		[GROWTH_SETTLED] = "what survives does not rise",
		[GROWTH_SAWTOOTH] = "live bytes go down by half and come up again",
		[GROWTH_CONTAINER] = "as many blocks as before, of more bytes",
		[GROWTH_STEPS] = "three jumps or fewer make 80 % of the growth",
		[GROWTH_TURNOVER] = "the oldest blocks go as new ones come",
	};
	const char *reason = reasons[verdict->word] ? reasons[verdict->word] : "";

	snprintf(verdict->reason, sizeof(verdict->reason), "%s (%u of 11 slices rise)", reason,
		 c->up);
}

/* The growth per minute of some figures; for a noisy row, of what remains of old
 * births. */
static double say_rate(const struct growth_case *c, const float *figures, const float *born)
{
	unsigned slices = c->noisy ? OLD_SLICES : GROWTH_SLICES;
	double y[GROWTH_SLICES], sum = 0;

	for (unsigned i = 0; i < slices; i++)
		y[i] = c->noisy ? sum += born[i] : figures[i];
	return 60 * trend_of(c->span->end, y, slices).slope;
}

static void say_case(const struct growth_case *c, struct growth_verdict *verdict)
{
	const struct growth_part *part = c->part;
	const struct growth_count *count = &c->facts->curve->count[part - c->facts->curve->part];
	bool container = verdict->word == GROWTH_CONTAINER;
	bool grows = container || case_qualifies(c) || verdict->word == GROWTH_STEPS;

	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		verdict->generations[i] = part->born[i];
	if (case_eligible(c)) {
		verdict->bytes = say_rate(c, container ? part->live : part->bytes, part->born);
		verdict->blocks = say_rate(c, container ? part->held : part->blocks, count->born);
		verdict->last_grew = find_last(c);
	}
	verdict->since = grows ? container ? c->span->from : find_since(c) : -1;
	if (verdict->word == GROWTH_TOO_SHORT)
		say_too_short(c, verdict);
	else if (verdict->word >= GROWTH_TURNOVER && case_qualifies(c))
		say_reason(c, verdict);
	else
		say_other(c, verdict);
}

/* Chooses the longest window that rises, or else the whole run. */
static void case_find(struct growth_case *c, const struct growth_facts *facts, bool blocks)
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
