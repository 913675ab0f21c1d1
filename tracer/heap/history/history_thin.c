/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is dropped with age.  Time is cut into buckets as long as the step allowed at that
 * age; of the ticks in a bucket the last one stays, and those that are kept for a reason.
 * A tick that goes adds its changes to the next one, so that the ticks that stay keep
 * their meaning.
 *
 * `pressure` makes steps longer: with each unit the oldest band's step doubles, that of
 * the next band three units later, and so on, but no step becomes longer than an eighth
 * of its age.  Where the pressure on a band is high, ticks kept for a reason go too.
 */
#include "tracer/heap/history/history_parts.h"

#include <math.h>
#include <stdlib.h>
#include "tracer/ground/array.h"

static const struct {
	double age, step;               /* age from which on a step is allowed; seconds */
} bands[] = { { 0, 1 }, { 600, 10 }, { 7200, 60 }, { 86400, 600 } };

#define BANDS (sizeof(bands) / sizeof(*bands))
#define LATER 3u                        /* a band needs so much more pressure than the
					 * next older one */
#define REASONS_LATER 6u                /* and ticks kept for a reason need so much more
					 * than others */
#define PRESSURE_MAX 32u
#define SHARE 8.0                       /* a step is at most its age divided by this */

static unsigned band_at(double age)
{
	unsigned band = BANDS - 1;

	while (band && age < bands[band].age)
		band--;
	return band;
}

/* The highest pressure that leaves an age alone. */
static unsigned spared_at(double age) { return LATER * ((unsigned)BANDS - 1 - band_at(age)); }

/* The longest step that is allowed at an age. */
static double step_at(double age, unsigned pressure)
{
	double step = bands[band_at(age)].step;
	unsigned spared = spared_at(age);

	for (; pressure > spared && 2 * step <= age / SHARE; pressure--)
		step *= 2;
	return step;
}

/* The seconds from 21 to 30 are one bucket of ten, so that the tick that stays is the one
 * of 30.  A tick belongs to its second also if it is a little early. */
static double thin_bucket(double time, double step)
{
	return ceil(floor(time + HISTORY_EARLY) / step);
}

static double thin_bucket_ends(double bucket, double step)
{
	return bucket * step + 1 - HISTORY_EARLY;
}

struct run {
	size_t from, to;                /* the ticks of one bucket */
	bool all;                       /* also ticks that are kept for a reason */
};

/* An end before another one is that of a process with which others are counted. */
static bool may_go(const struct history *history, size_t at, const struct run *run)
{
	unsigned why = history->links[at]->tick.why;
	bool more = at + 1 < history->length && history->links[at + 1]->tick.why & HISTORY_END;

	return run->all || !why || (more && why == HISTORY_END);
}

/* Finds the bucket that begins with tick `from`.  True: some of its ticks are to go. */
static bool history_thin_find_run(const struct history *history, size_t from,
				  struct run *run)
{
	double now = history->links[history->length - 1]->tick.time;
	double time = history->links[from]->tick.time;
	double step = step_at(now - time, history->pressure), bucket = thin_bucket(time, step);
	bool ripe = step_at(now - thin_bucket_ends(bucket, step),
			    history->pressure) >= step;
	bool some = false, open = false;
	size_t i = from;

	run->all = history->pressure > spared_at(now - time) + REASONS_LATER;
	for (; i < history->length; i++) {
		const struct link *link = history->links[i];

		if (thin_bucket(link->tick.time, step) != bucket)
			break;
		open |= link->open_length > 0;
		some |= i + 1 < history->length && may_go(history, i, run) &&
			thin_bucket(history->links[i + 1]->tick.time, step) == bucket;
	}
	run->from = from;
	run->to = i;
	return ripe && some && !open && i < history->length;
}

/* Whether there would still be few enough entries between the states around tick `at`
 * without its own.  Where older ticks were cut off, no other state tells what there
 * was. */
static bool state_is_spare(const struct history *history, size_t at)
{
	size_t entries = 0, most = history_spacing(history);

	if (history->links[at]->tick.why & HISTORY_CUT)
		return false;
	for (size_t i = at + 1; i < history->length && entries <= most; i++) {
		entries += history->links[i]->tick.changes_length;
		if (history->links[i]->tick.state_length != NO_STATE)
			break;
	}
	for (size_t i = at; entries <= most; i--) {
		entries += history->links[i]->tick.changes_length;
		if (!i || history->links[i - 1]->tick.state_length != NO_STATE)
			break;
	}
	return entries <= most;
}

/* Moves the newest state of [from, to) to tick `to`, if it is needed. */
static bool move_state(struct history *history, size_t from, size_t to)
{
	struct ledger ledger = { 0 };
	size_t at = to;
	bool fine;

	while (at > from && history->links[at - 1]->tick.state_length == NO_STATE)
		at--;
	if (at == from || history->links[to]->tick.state_length != NO_STATE ||
	    state_is_spare(history, at - 1))
		return true;
	fine = history_apply_state(history, history->links[at - 1], &ledger) == 0;
	for (size_t i = at; fine && i <= to; i++)
		fine = history_apply(history, history->links[i], &ledger, 1) == 0;
	fine = fine && history_set_state(history, history->links[to], &ledger);
	ledger_free(&ledger);
	return fine;
}

static bool forget_ids(struct history *history, size_t from, size_t to)
{
	if (!array_grow(&history->gone, &history->gone_room, history->gone_length + to - from,
			sizeof(*history->gone)))
		return false;
	for (size_t i = from; i < to; i++)
		history->gone[history->gone_length++] = history->links[i]->tick.id;
	return true;
}

/* Merges ticks [from, to) into tick `to`. */
static bool merge(struct history *history, size_t from, size_t to)
{
	struct ledger ledger = { 0 };
	bool fine = move_state(history, from, to);

	for (size_t i = from; fine && i <= to; i++)
		fine = history_apply(history, history->links[i], &ledger, 1) == 0;
	fine = fine && forget_ids(history, from, to) &&
	       history_set_changes(history, history->links[to], &ledger);
	if (fine)
		history->links[to]->tick.why |= history->links[from]->tick.why & HISTORY_CUT;
	if (fine)
		history_remove(history, from, to);
	ledger_free(&ledger);
	return fine;
}

/* Merges the first stretch of a bucket's ticks that are to go. */
static bool collapse(struct history *history, const struct run *run)
{
	size_t from = run->from, to;

	while (!may_go(history, from, run))
		from++;
	for (to = from; to + 1 < run->to && may_go(history, to, run); to++)
		;
	return merge(history, from, to);
}

/* Drops the oldest quarter; the history then begins with the next tick, from its
 * state. */
static bool cut(struct history *history)
{
	struct ledger ledger = { 0 };
	size_t to = history->length / 4 + 1;
	struct link *first = history->links[to];
	bool fine = !first->open_length && history_at(history, to, &ledger) == 0 &&
		    history_set_state(history, first, &ledger) && forget_ids(history, 0, to);

	ledger_free(&ledger);
	if (!fine)
		return false;
	history_remove(history, 0, to);
	history->bytes -= first->changes.room;
	free(first->changes.of);
	first->changes = (struct bytes){ 0 };
	first->tick.changes_length = 0;
	first->tick.why |= HISTORY_CUT;
	return true;
}

void history_give_up(struct history *history)
{
	forget_ids(history, 0, history->length);
	history_remove(history, 0, history->length);
	ledger_free(&history->end);
	history->open_links = 0;
	history->gave_up = true;
}

static bool thin_oldest(struct history *history)
{
	struct run run;

	for (size_t i = 0; i < history->length; i = run.to)
		if (history_thin_find_run(history, i, &run))
			return collapse(history, &run);
	return false;
}

bool history_tidy(struct history *history, uint64_t limit)
{
	uint64_t bytes = history_bytes(history);

	if (!history->length)
		return false;
	if (thin_oldest(history))
		return true;
	if (bytes <= limit) {
		/* If only half of the room is used, steps may become shorter again. */
		history->pressure -= history->pressure && bytes < limit / 2;
		return false;
	}
	if (history->pressure < PRESSURE_MAX) {
		history->pressure++;
		return true;
	}
	if (history->length > 4)
		return cut(history);
	history_give_up(history);
	return false;
}
