/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the session for the screens.  Figures are cheap and are read every time.  Tables are
 * asked for when something has changed, and only so often that they take at most a twentieth
 * of the time, however large the heap is.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk/desk_ask.h"
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_table.h"
#include "tui/desk/desk_time.h"
#include "tracer/ground/clock.h"

#define TABLE_SOONEST 0.25              /* least seconds between tables, */
#define TABLE_SHARE 20.0                /* and how many times the cost of the last one */
#define TABLE_END_SHARE 2.0             /* the same for a run that has ended: what changes then
					 * are names, and few tables follow */
#define RATE_SECONDS 2.0                /* least time over which a rate is measured */

/* The current sum of the processes is read a moment after its peak, and may be larger: then
 * it is the peak. */
static void raise_peaks(struct totals *totals)
{
	if (totals->peak < totals->current)
		totals->peak = totals->current;
	if (totals->peak_ever < totals->current)
		totals->peak_ever = totals->current;
}

static void desk_data_read_gauges(struct desk *desk)
{
	struct session_status *status = &desk->status;
	struct gauges *gauges = &desk->run.gauges;
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
		.left = status->left,
		.stopped = status->stopped,
		.hung_up = status->hung_up,
		.untraced = status->untraced,
		.heavier = status->heavier,
	};
	raise_peaks(&gauges->totals);
	snprintf(gauges->unknown_by, sizeof gauges->unknown_by, "%s", status->unknown_by);
	desk->run.program = session_program(desk->session);
	desk->run.process = session_chosen(desk->session);
	/* A target counts as live before it is traced, and if it can't be traced. */
	gauges->live = !desk->run.recording && !desk->run.program->ended;
	if (desk->output.focus && !gauges->live) {
		desk->output.focus = false;
		desk_say(desk, "the program has ended: the keys are memtop's again");
	}
	desk->run.marks = session_marks(desk->session, &desk->run.marks_length);
	desk_time_read(desk);
	const struct snapshot *live = desk->heaps.live;
	double behind = live ? fmax(0, status->seconds - live->time) : 0;
	if (live && desk->run.frozen)
		desk->run.behind = behind;
	bool newest = !live || desk->run.frozen || desk->travel.at.heap || desk->sides.new_side ||
		      live->totals.events == status->totals.events;
	desk->run.late = newest ? 0 : behind;
}

/* Reads the figures of each process, while their list is on the screen.  A process that has
 * ended is read only once. */
static void read_processes(struct session *session, struct run_facts *run)
{
	size_t length = run->program->processes_length + 1;
	if (length > run->figures_length) {
		struct process_figures *figures = realloc(run->figures, length * sizeof *figures);
		if (!figures)
			return;
		memset(figures + run->figures_length, 0,
		       (length - run->figures_length) * sizeof *figures);
		run->figures = figures;
		run->figures_length = length;
	}
	for (size_t i = 0; i < length; i++) {
		const struct process *process = i ? &run->program->processes[i - 1] : NULL;
		bool over = run->recording || (process && process->ended > 0);
		struct process_figures *figures = &run->figures[i];
		/* The place may have become another process's, or others are counted with
		 * it. */
		if (process && (figures->began != process->began ||
				figures->others != process->others))
			*figures = (struct process_figures){.began = process->began,
							    .others = process->others};
		if (figures->final || (process && !process->traced))
			continue;
		figures->known = session_process_totals(session, (uint32_t)i, &figures->totals);
		raise_peaks(&figures->totals);
		figures->final = over && figures->known;
	}
}

void desk_filters(struct desk *desk)
{
	saved_active(&desk->filters, SIZE_MAX, FILTERS_MAX, &desk->wishes.active);
	desk_view_changed(desk);
}

/* A number that changes whenever a table could change: with events, with names that became
 * known, and with the state of the run. */
static uint64_t signature(const struct session_status *status, const struct run_facts *run)
{
	return status->totals.events * 31 + status->unresolved * 7 +
	       status->snapshots * 3 + run->gauges.live + 2u * status->met +
	       (run->frozen ? UINT64_C(1) << 40 : 0) +
	       (uint64_t)(run->gauges.live ? status->seconds : 0) *
		       UINT64_C(1000003);
}

/* Keeps a snapshot that is two to four seconds older than the live one: their difference
 * gives the bytes a second. */
static void keep_before(struct heaps *heaps)
{
	struct snapshot *live = heaps->live;
	bool cleared = heaps->soon && live->totals.total < heaps->soon->totals.total;
	if (heaps->soon && !cleared && live->time < heaps->soon->time + RATE_SECONDS)
		return;
	snapshot_release(heaps->before);
	heaps->before = cleared ? NULL : heaps->soon;
	if (cleared)
		snapshot_release(heaps->soon);
	heaps->soon = snapshot_retain(live);
}

bool desk_stale(const struct desk *desk)
{
	return signature(&desk->status, &desk->run) != desk->signature;
}

static bool is_table_due(const struct tables *tables, bool live)
{
	double share = live ? TABLE_SHARE : TABLE_END_SHARE;
	double wait = fmax(TABLE_SOONEST, tables->cost * share);
	return !tables->asked && clock_seconds() >= tables->at + wait;
}

/* Whether a new snapshot is to be asked for.  A script decides itself when that is done. */
static bool wants_fresh(const struct desk *desk, bool differs)
{
	/* While a cursor shows a past heap, the live one isn't on the screen. */
	return !desk->heaps.live || desk->asked.hasty ||
	       (desk->term && differs && !desk->travel.at.heap &&
		is_table_due(&desk->tables, desk->run.gauges.live));
}

/* The quit dialog asks what to do with the running target, so it closes when that has ended. */
static void close_dialog(struct desk *desk)
{
	if (desk_top(desk)->ops != &quit_screen)
		return;
	desk_pop(desk);
	desk_say(desk, "the program ended: q quits with its status");
}

bool desk_read_output(struct desk *desk)
{
	bool changed = console_read(&desk->console, desk->run.gauges.live,
				    desk_top(desk)->ops == &output_screen,
				    desk->status.input_awaited);
	if (changed)
		desk_touch(desk);
	return changed;
}

/* Shows what the run has to say, once.  A failure at the foot is not replaced before a key has
 * taken it away; what a script saves does not depend on when something was said. */
static void say_message(struct desk *desk)
{
	const struct session_status *status = &desk->status;
	if (!desk->term || status->said == desk->said ||
	    (desk->foot.error && desk->foot.text[0]))
		return;
	desk->said = status->said;
	if (status->unmet[0])
		desk_say(desk, "not traced: %s", status->unmet);
	else
		desk_say(desk, "%s", status->message);
}

/* Reads what has to be known before tables are built.  True: the heap has changed since a
 * snapshot was last asked for. */
static bool learn_news(struct desk *desk)
{
	desk_data_read_gauges(desk);
	if (!desk->run.gauges.live)
		close_dialog(desk);
	desk_look_came(desk);
	say_message(desk);
	if (desk_top(desk)->ops == &processes_screen) {
		read_processes(desk->session, &desk->run);
		if (desk->run.gauges.live)
			desk_touch(desk);
	}
	desk_read_output(desk);
	desk_answers(desk);
	desk_tables_take(desk);
	unsigned long second = (unsigned long)desk->status.seconds;
	bool differs = signature(&desk->status, &desk->run) != desk->signature;
	if (differs || second != desk->second)
		desk_touch(desk);
	desk->second = second;
	return differs;
}

/* Whether a screen needs verdicts on growth, however large the heap is. */
static bool judges(const struct screen_ops *ops)
{
	return ops == &growth_screen || ops == &stack_screen;
}

/* When the heap stops growing after the start, proposes a snapshot, once: a diff against it
 * shows what still grows. */
static void propose(struct desk *desk)
{
	if (desk->proposed || !desk->term || !desk->run.gauges.live || desk->foot.text[0] ||
	    desk->status.snapshots || desk->shown.old ||
	    !timeline_flattened(&desk->travel.timeline))
		return;
	desk->proposed = true;
	desk_say(desk, "growth has flattened after the start: s takes a snapshot, and d then "
		       "shows what has grown since");
}

void desk_refresh(struct desk *desk, bool now)
{
	bool differs = learn_news(desk);
	if (desk->run.moments_length != desk->status.snapshots || now ||
	    desk_top(desk)->ops == &snapshots_screen)
		desk_moments(desk);
	desk_time_ask(desk);
	propose(desk);
	bool fresh = now || wants_fresh(desk, differs);
	if (fresh) {
		desk->signature = signature(&desk->status, &desk->run);
		uint32_t most = asked_grows(&desk->asked, desk->heaps.live);
		session_grows(desk->session, judges(desk_top(desk)->ops) ? UINT32_MAX : most);
		desk_ask_fresh(desk);
	}
	bool came = asked_take_fresh(&desk->asked, &desk->heaps);
	/* With a fixed clock there are no bytes a second. */
	if (came && desk->heaps.live && !desk->run.fixed_clock && !desk->run.recording)
		keep_before(&desk->heaps);
	if (came)
		state_want_newer(&desk->state);
	if (now)
		state_want_another(&desk->state);
	/* If a key has asked for the newest heap, no table of the old one is asked for; nor is a
	 * newer one during a search, which would have to begin anew. */
	enum wanted wanted = desk->state.wanted;
	bool asks = wanted == WANTED_ANOTHER && !desk->asked.hasty && desk->heaps.live;
	bool waits = desk->tables.asked || desk->wishes.search.goes_on;
	if (!asks && (wanted != WANTED_NEWER || waits))
		return;
	state_asked(&desk->state);
	desk_table_ask(desk);
	if (asks)
		desk_table_await(desk);
}
