/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the session to the context.  Figures are cheap and read every time;
 * tables are built when something changed and their last cost allows it: they
 * may take a twentieth of the time, whatever the heap's size.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk.h"

#define TABLE_SOONEST 0.25              /* seconds between tables */
#define TABLE_SHARE 20.0                /* of their cost */
#define RATE_SECONDS 2.0                /* least time that a rate is told from */
#define FRAME 0.15                      /* seconds without a frame while a table is built */
#define PATIENCE 5.0                    /* keys put off a table so long at most */

static void read_gauges(struct desk *desk)
{
	struct session_status *status = &desk->status;
	struct gauges *gauges = &desk->context.gauges;
	session_status(desk->session, status);
	*gauges = (struct gauges){
		.totals = status->totals,
		.seconds = status->seconds,
		.rss = status->rss,
		.rss_current = status->rss_current,
		.rss_file = status->rss_file,
		.rss_anon = status->rss_anon,
		.rss_stack = status->rss_stack,
		.tracer = status->tracer_bytes,
		.unresolved = status->unresolved,
		.alloc_rate = status->alloc_rate,
		.free_rate = status->free_rate,
		.met = status->met,
		.stopped = status->stopped,
		.untraced = status->untraced,
		.output_lines = status->output_lines,
	};
	desk->context.program = session_program(desk->session);
	desk->context.process = session_chosen(desk->session);
	/* A target that is not traced (yet) runs all the same. */
	gauges->live = !desk->context.recording && !desk->context.program->ended;
	if (desk->context.output_focus && !gauges->live) {
		desk->context.output_focus = false;
		context_say(&desk->context, false,
			    "the target has ended: the keys are memtop's again");
	}
	desk->context.points =
		session_points(desk->session, &desk->context.points_length);
	desk->context.marks = session_marks(desk->session, &desk->context.marks_length);
	if (desk->live && desk->context.frozen)
		desk->context.behind = fmax(0, status->seconds - desk->live->time);
}

static struct moment_line line_of(const struct moment *moment)
{
	struct moment_line line = {
		.kind = moment->kind,
		.number = moment->number,
		.time = moment->time,
	};
	snprintf(line.name, sizeof line.name, "%s", moment->name);
	return line;
}

/* The figures of a moment, read once: a moment never changes. */
static void learn(struct desk *desk, struct moment_line *line)
{
	char name[80];
	struct error error;
	if (line->number)
		snprintf(name, sizeof name, "%u", line->number);
	else
		snprintf(name, sizeof name, "%s", line->name);
	struct snapshot *snapshot = session_moment(desk->session, name, &error);
	if (!snapshot)
		return;
	line->known = true;
	line->totals = snapshot->totals;
	line->rows = snapshot->rows_length;
	snapshot_release(snapshot);
}

static bool same_moment(const struct moment_line *a, const struct moment_line *b)
{
	return a->kind == b->kind && a->number == b->number && a->time == b->time &&
	       !strcmp(a->name, b->name);
}

/* When the heap was largest: a point after it knows of it. */
static double peak_time(const struct context *context, double otherwise)
{
	uint64_t peak = context->gauges.totals.peak_ever;
	for (size_t i = 0; i < context->points_length; i++)
		if (peak && context->points[i].peak >= peak)
			return context->points[i].time;
	return context->gauges.live ? context->gauges.seconds : otherwise;
}

/* Oldest first; the present is last. */
static void sort_moments(struct moment_line *lines, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct moment_line moved = lines[i];
		size_t at = i;
		for (; at && lines[at - 1].time > moved.time; at--)
			lines[at] = lines[at - 1];
		lines[at] = moved;
	}
}

/* The peak and the present of a run that goes on change. */
static bool stays(const struct desk *desk, const struct moment_line *line)
{
	return line->kind == MOMENT_NAMED || !desk->context.gauges.live;
}

void desk_moments(struct desk *desk)
{
	struct context *context = &desk->context;
	size_t n;
	const struct moment *moments = session_moments(desk->session, &n);
	struct moment_line *lines = calloc(n + 1, sizeof *lines);
	if (!lines)
		return;
	for (size_t i = 0; i < n; i++) {
		lines[i] = line_of(&moments[i]);
		if (lines[i].kind == MOMENT_PEAK)
			lines[i].time = peak_time(context, lines[i].time);
		for (size_t j = 0; j < context->moments_length && stays(desk, &lines[i]); j++)
			if (same_moment(&context->moments[j], &lines[i]))
				lines[i] = context->moments[j];
	}
	sort_moments(lines, n);
	free(context->moments);
	context->moments = lines;
	context->moments_length = n;
	/* Reading a moment may cost a pass over the recording: only where it is
	 * looked at, and no more than a screen of them at a time. */
	unsigned budget = 50;
	for (size_t i = n; desk_top(desk)->ops == &snapshots_screen && i-- > 0 && budget;)
		if (!lines[i].known) {
			learn(desk, &lines[i]);
			budget--;
		}
}

static void set_sides(struct desk *desk)
{
	struct context *context = &desk->context;
	context->now = desk->new_side ? desk->new_side : desk->live;
	context->old = desk->old_side;
	context->before = desk->new_side || !context->gauges.live ? NULL : desk->before;
	snprintf(context->old_name, sizeof context->old_name, "%s", desk->old_name);
	snprintf(context->now_name, sizeof context->now_name, "%s",
		 desk->new_side            ? desk->new_name
		 : context->recording      ? "the end"
		 : context->frozen         ? "frozen"
		 : desk->context.gauges.live ? "live"
					     : "the end");
}

void desk_sides(struct desk *desk, struct snapshot *old, const char *old_name,
		struct snapshot *new_side, const char *new_name)
{
	snapshot_release(desk->old_side);
	snapshot_release(desk->new_side);
	desk->old_side = old;
	desk->new_side = new_side;
	snprintf(desk->old_name, sizeof desk->old_name, "%s", old_name);
	snprintf(desk->new_name, sizeof desk->new_name, "%s", new_name);
	set_sides(desk);
	desk->dirty = desk->rebuild = true;
}

void desk_filters(struct desk *desk)
{
	struct context *context = &desk->context;
	context->active.length = 0;
	for (size_t i = 0; i < context->filters_length; i++)
		if (context->filters[i].on && context->active.length < FILTERS_MAX)
			context->active.filters[context->active.length++] =
				context->filters[i].filter;
	desk->dirty = desk->rebuild = true;
}

/* Changes whenever a table could: events, names, and how the run stands. */
static uint64_t signature(const struct desk *desk)
{
	const struct session_status *status = &desk->status;
	return status->totals.events * 31 + status->unresolved * 7 +
	       status->snapshots * 3 + desk->context.gauges.live + 2u * status->met +
	       (desk->context.frozen ? UINT64_C(1) << 40 : 0) +
	       (uint64_t)(desk->context.gauges.live ? status->seconds : 0) *
		       UINT64_C(1000003);
}

/* Keeps a snapshot that is two to four seconds older than the live one: what
 * came since tells the bytes a second.  A script with a fixed clock has none. */
static void keep_before(struct desk *desk)
{
	struct snapshot *live = desk->live;
	bool cleared = desk->soon && live->totals.total < desk->soon->totals.total;
	if (desk->context.fixed_clock || desk->context.recording)
		return;
	if (desk->soon && !cleared && live->time < desk->soon->time + RATE_SECONDS)
		return;
	snapshot_release(desk->before);
	desk->before = cleared ? NULL : desk->soon;
	if (cleared)
		snapshot_release(desk->soon);
	desk->soon = snapshot_retain(live);
}

/* Does what moves and types, for what is shown stays what it is; true: a key came
 * for which the table is given up. */
static bool answer_keys(struct desk *desk)
{
	struct key_event event;
	bool gone;
	if (desk->yields == YIELDS_AT_ONCE)
		return term_waiting(desk->term);
	while (!desk->pending.key && term_waiting(desk->term) &&
	       term_key(desk->term, &event, &gone)) {
		if (!desk_light(desk, &event)) {
			desk->pending = event;
			break;
		}
		desk_key(desk, &event);
		desk_show(desk);
	}
	return desk->pending.key && desk->yields == YIELDS;
}

/* Asked while a table is built: frames go on, and keys are answered. */
static bool interrupt(void *user)
{
	struct desk *desk = user;
	if (desk->drawing)
		return false;
	if (desk->yields && answer_keys(desk))
		return desk->context.gave_up = true;
	if (desk_clock() >= desk->frame_at + FRAME) {
		read_gauges(desk);
		desk->dirty = true;
		desk_show(desk);
	}
	return false;
}

static double table_wait(const struct desk *desk)
{
	return fmax(TABLE_SOONEST, desk->table_cost * TABLE_SHARE);
}

/* A screen that is new has nothing to go on with: all waits for its table.  A table
 * that was put off for long comes, and other keys than light ones wait. */
static int yields(const struct desk *desk)
{
	if (!desk->term || desk->unseen)
		return YIELDS_NOT;
	return desk_clock() < desk->table_at + fmax(PATIENCE, 2 * table_wait(desk))
		       ? YIELDS
		       : YIELDS_LIGHT;
}

static void build(struct desk *desk, bool fresh)
{
	double start = desk_clock();
	desk->yields = yields(desk);
	/* A script waits for each table. */
	desk->context.stop = desk->term ? interrupt : NULL;
	desk->context.stop_user = desk;
	if (fresh && (!desk->context.frozen || !desk->live)) {
		struct snapshot *snapshot = session_now(desk->session);
		if (snapshot) {
			snapshot_release(desk->live);
			desk->live = snapshot;
			keep_before(desk);
		}
	}
	set_sides(desk);
	struct screen *top = desk_top(desk);
	if (top->ops->tick)
		top->ops->tick(top, &desk->context);
	desk->dirty = true;
	desk->rebuild = desk->context.gave_up;
	desk->yields = YIELDS_NOT;
	desk->context.gave_up = false;
	if (desk->rebuild) {
		desk->retry_at = desk_clock() + TABLE_SOONEST;
		return;
	}
	desk->table_at = desk_clock();
	desk->table_cost = desk->table_at - start;
}

void desk_refresh(struct desk *desk, bool now)
{
	read_gauges(desk);
	pane_read(desk);
	if (desk->context.moments_length != desk->status.snapshots || now ||
	    desk_top(desk)->ops == &snapshots_screen)
		desk_moments(desk);
	uint64_t changed = signature(desk);
	unsigned long second = (unsigned long)desk->status.seconds;
	bool differs = changed != desk->signature;
	if (differs || second != desk->second)
		desk->dirty = true;
	desk->second = second;
	/* A script says itself when the heap is looked at. */
	double clock = desk_clock();
	bool due = desk->term && differs && clock >= desk->table_at + table_wait(desk) &&
		   clock >= desk->retry_at;
	bool asked = desk->rebuild && (desk->unseen || clock >= desk->retry_at);
	desk->stale = differs && !now && !due;
	if (!now && !due && !asked && desk->live)
		return;
	if (now || due || !desk->live)
		desk->signature = changed;
	build(desk, now || due || !desk->live);
}
