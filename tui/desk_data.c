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
#include <time.h>
#include "tui/desk.h"
#include "tracer/ground/clock.h"

#define TABLE_SOONEST 0.25              /* seconds between tables */
#define TABLE_SHARE 20.0                /* of their cost */
#define RATE_SECONDS 2.0                /* least time that a rate is told from */
#define SOON 0.03                       /* a table that comes so soon needs no frame before */
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

/* The figures of each process, while somebody looks at their list; what has ended
 * is asked for once. */
static void read_processes(struct desk *desk)
{
	struct context *context = &desk->context;
	size_t length = context->program->processes_length + 1;
	if (desk_top(desk)->ops != &processes_screen)
		return;
	if (length > context->kin_length) {
		struct kin_figures *kin = realloc(context->kin, length * sizeof *kin);
		if (!kin)
			return;
		memset(kin + context->kin_length, 0,
		       (length - context->kin_length) * sizeof *kin);
		context->kin = kin;
		context->kin_length = length;
	}
	for (size_t i = 0; i < length; i++) {
		const struct process *process = i ? &context->program->processes[i - 1] : NULL;
		bool over = context->recording || (process && process->ended > 0);
		struct kin_figures *kin = &context->kin[i];
		if (kin->final || (process && !process->traced))
			continue;
		kin->known = session_process_totals(desk->session, (uint32_t)i, &kin->totals);
		kin->final = over && kin->known;
	}
	desk->dirty |= context->gauges.live;
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
 * for which the table is given up.  On a screen that has no rows yet, a key that
 * needs them waits, and all behind it. */
static bool answer_keys(struct desk *desk)
{
	struct key_event event;
	bool gone;
	if (desk->yields == YIELDS_AT_ONCE)
		return term_waiting(desk->term);
	while (!desk->pending.key && term_waiting(desk->term) &&
	       term_key(desk->term, &event, &gone)) {
		enum key_kind kind = desk_key_kind(desk, &event);
		if (kind != KEY_IS_LIGHT) {
			desk->pending = event;
			return kind == KEY_GIVES_UP && desk->yields == YIELDS;
		}
		desk_key(desk, &event);
		desk_show(desk);
	}
	return false;
}

/* A frame is due: none was drawn for long, or none of a new screen, which may
 * well have its rows before that is worth it. */
static bool frame_due(const struct desk *desk)
{
	double clock = clock_seconds();
	return clock >= desk->build_at + SOON &&
	       (clock >= desk->frame_at + FRAME ||
		(desk->unseen && desk->frame_at < desk->build_at));
}

/* Asked while a table is built: frames go on, and keys are answered. */
static bool interrupt(void *user)
{
	struct desk *desk = user;
	if (desk->drawing)
		return false;
	if (desk->yields && answer_keys(desk))
		return desk->context.gave_up = true;
	if (frame_due(desk)) {
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

/* While a key waits for the rows, others wait behind it.  A table that was put off
 * for long comes, and other keys than light ones wait. */
static int yields(const struct desk *desk)
{
	if (!desk->term || desk->seeing)
		return YIELDS_NOT;
	return desk->unseen ||
			       clock_seconds() < desk->table_at +
						      fmax(PATIENCE, 2 * table_wait(desk))
		       ? YIELDS
		       : YIELDS_LIGHT;
}

/* What this thread has used of a core, seconds: other programs' turns cost nothing. */
static double desk_used(void)
{
	struct timespec used;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void build(struct desk *desk)
{
	double used = desk_used();
	desk->build_at = clock_seconds();
	desk->yields = yields(desk);
	/* A script waits for each table. */
	desk->context.stop = desk->term ? interrupt : NULL;
	desk->context.stop_user = desk;
	desk_name_sides(desk);
	struct screen *top = desk_top(desk);
	desk->building = true;
	if (top->ops->tick)
		top->ops->tick(top, &desk->context);
	desk->building = false;
	desk->dirty = true;
	desk->rebuild = desk->context.gave_up;
	desk->yields = YIELDS_NOT;
	desk->context.gave_up = false;
	if (desk->rebuild) {
		desk->retry_at = clock_seconds() + TABLE_SOONEST;
		return;
	}
	desk->table_at = clock_seconds();
	desk->table_cost = desk->asked.cost + desk_used() - used;
}

/* Whether a newer state of the heap is to be asked for.  A script says itself when
 * the heap is looked at. */
static bool wants_fresh(const struct desk *desk, bool differs)
{
	double clock = clock_seconds();
	return !desk->live || desk->asked.hasty ||
	       (desk->term && differs && clock >= desk->table_at + table_wait(desk) &&
		clock >= desk->retry_at);
}

/* What has to be known before tables are built; true: it changed. */
static bool learn_news(struct desk *desk)
{
	read_gauges(desk);
	read_processes(desk);
	pane_read(desk);
	desk_answers(desk);
	unsigned long second = (unsigned long)desk->status.seconds;
	bool differs = signature(desk) != desk->signature;
	if (differs || second != desk->second)
		desk->dirty = true;
	desk->second = second;
	return differs;
}

void desk_refresh(struct desk *desk, bool now)
{
	bool differs = learn_news(desk);
	if (desk->context.moments_length != desk->status.snapshots || now ||
	    desk_top(desk)->ops == &snapshots_screen)
		desk_moments(desk);
	bool fresh = now || wants_fresh(desk, differs);
	desk->stale = differs && !fresh;
	if (fresh) {
		desk->signature = signature(desk);
		desk_ask_fresh(desk);
	}
	bool came = desk_take_fresh(desk);
	if (came && desk->live)
		keep_before(desk);
	/* A key that wants the heap as it is now has nothing of what was before. */
	bool asked = desk->rebuild && !desk->asked.hasty && desk->live &&
		     (desk->unseen || clock_seconds() >= desk->retry_at);
	if (came || asked || now)
		build(desk);
}
