/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a row besides its word: how fast it grows, since when, and why the word
 * is this one and no other. */
#include <math.h>
#include <stdio.h>
#include "tracer/heap/growth/judge_parts.h"

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

	first = first < GROWTH_BINS ? first : GROWTH_BINS - 1;
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

#define MINUTES_FROM 100.0              /* seconds, from which on a wait is in minutes */
#define WAIT_MOST 86400.0               /* a longer one is not said */

/* Writes "a verdict in 7 s, as it takes ", or without a time "a verdict takes ". */
static size_t say_wait(double seconds, const char *about, char *text, size_t size)
{
	bool minutes = seconds >= MINUTES_FROM;

	if (!(seconds > 0 && seconds < WAIT_MOST))
		return (size_t)snprintf(text, size, "a verdict takes ");
	return (size_t)snprintf(text, size, "a verdict in %s%.0f %s, as it takes ", about,
				ceil(minutes ? seconds / 60 : seconds), minutes ? "min" : "s");
}

/* The seconds until a row that began to grow a while ago has grown for 9 slices of the
 * last window, which gets longer with the run; 0: it does not grow now. */
static double wait_of_late(const struct growth_facts *facts)
{
	const struct growth_span *span = &facts->axis->span[GROWTH_WINDOWS - 1];
	const float *y = facts->curve->part[GROWTH_WINDOWS - 1].bytes;
	double now = span->end[GROWTH_SLICES - 1], share = now > 0 ? 1 - span->from / now : 0;
	unsigned at = GROWTH_SLICES - 1;

	while (at && y[at] > y[at - 1])
		at--;
	if (at == GROWTH_SLICES - 1 || !span->events)
		return 0;
	return span->end[at] / (1 - share * STEPS_UP / GROWTH_SLICES) - now;
}

/* Which of the conditions for a verdict lacks, and when it is likely to be met. */
static void say_too_short(const struct growth_case *c, struct growth_verdict *verdict)
{
	size_t size = sizeof(verdict->reason), at;
	char *text = verdict->reason;

	if (!case_eligible(c)) {
		at = say_wait(c->facts->axis->wait, "", text, size);
		snprintf(text + at, size - at, "12 seconds with events, and 200 events, after the "
			 "warm-up");
	} else if (case_rises(c)) {
		at = say_wait(60 * (GROWTH_LEAST - c->grown) / verdict->bytes, "about ", text, size);
		snprintf(text + at, size - at, "%.0f KiB of growth: since the warm-up there are "
			 "%.0f (%u of 11 slices rise)", GROWTH_LEAST / 1024.0, c->grown / 1024,
			 c->up);
	} else {
		at = say_wait(wait_of_late(c->facts), "about ", text, size);
		snprintf(text + at, size - at, "9 slices of growth: it began to grow a short while "
			 "ago (%u of 11 slices rise)", c->up);
	}
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
static double say_rate(const struct growth_case *c, const float *figures,
		       const float *born)
{
	unsigned slices = c->noisy ? OLD_SLICES : GROWTH_SLICES;
	double y[GROWTH_SLICES], sum = 0;

	for (unsigned i = 0; i < slices; i++)
		y[i] = c->noisy ? sum += born[i] : figures[i];
	return 60 * trend_of(c->span->end, y, slices).slope;
}

void say_case(const struct growth_case *c, struct growth_verdict *verdict)
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
