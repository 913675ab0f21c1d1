/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moments: the list on the Snapshots tab, taking snapshots, looks at the heap, and the two
 * sides of a diff.  The heap of a moment is asked for (desk_ask.c) and no key waits for it, as
 * finding it may take a pass over the recording.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk/desk_ask.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_time.h"
#include "tracer/collect/recording/when.h"
#include "tracer/ground/array.h"
#include "tracer/ground/clock.h"
#include "views/format/format.h"

#define LEARN_SHARE 20.0                /* how many times the cost of reading the peak's figures has
					 * to pass before they are read again */
#define LEARN_MOST 50u                  /* as many as a screen may show */

static struct moment_line desk_moments_line_of(const struct moment *moment)
{
	struct moment_line line = {
		.kind = moment->kind,
		.number = moment->number,
		.time = moment->time,
	};
	snprintf(line.name, sizeof line.name, "%s", moment->name);
	return line;
}

/* Writes the name by which the session finds a moment: its number, or else its word. */
static void name_of(const struct moment_line *line, char name[64])
{
	if (line->number)
		snprintf(name, 64, "%u", line->number);
	else
		snprintf(name, 64, "%s", line->name);
}

/* The figures of a moment have come: they go into its line of the list. */
static void learned(struct desk *desk, const char *text, struct answer *answer)
{
	char name[64];
	desk->sides.learning = false;
	desk->sides.learned_at = clock_seconds();
	desk->sides.learn_cost = answer->seconds;
	for (size_t i = 0; answer->snapshot && i < desk->run.moments_length; i++) {
		name_of(&desk->run.moments[i], name);
		if (strcmp(name, text))
			continue;
		desk->run.moments[i].known = true;
		desk->run.moments[i].totals = answer->snapshot->totals;
	}
	snapshot_release(answer->snapshot);
}

/* Whether the figures of a line were never read, or have changed since.  Only the peak's can
 * change. */
static bool desk_moments_unknown(const struct gauges *gauges, const struct sides *sides,
				 const struct moment_line *line)
{
	if (!line->known || line->kind != MOMENT_PEAK || !gauges->live)
		return !line->known;
	return line->totals.current != gauges->totals.peak_ever &&
	       clock_seconds() >= sides->learned_at + sides->learn_cost * LEARN_SHARE;
}

/* Asks for the figures of the lines that have none yet, one after the other, while the list is
 * on the screen. */
static void desk_moments_learn(struct desk *desk)
{
	unsigned budget = LEARN_MOST;
	char name[64];
	for (size_t i = desk->run.moments_length; i-- > 0 && budget && !desk->sides.learning &&
						    desk->asked.length < ASKED_MOST;) {
		struct moment_line *line = &desk->run.moments[i];
		if (line->kind == MOMENT_LIVE) {
			line->known = true;
			line->totals = desk->run.gauges.totals;
		} else if (desk_moments_unknown(&desk->run.gauges, &desk->sides, line)) {
			name_of(line, name);
			desk->sides.learning = true;
			desk_ask(desk, errand_moment, name, NULL, learned);
			budget--;
		}
	}
}

/* Counts for each snapshot how many before it have the same name, to tell them apart. */
static void count_same(struct moment_line *lines, size_t length)
{
	for (size_t i = 0; i < length; i++)
		for (size_t k = 0; k < i && lines[i].number && lines[i].name[0]; k++)
			lines[i].same += lines[k].number && !strcmp(lines[k].name, lines[i].name);
}

/* Whether both are the same line of the list.  The peak stays the same when its time changes. */
static bool desk_moments_same_moment(const struct moment_line *a,
				     const struct moment_line *b)
{
	return a->kind == b->kind && a->number == b->number &&
	       (a->time == b->time || a->kind == MOMENT_PEAK) && !strcmp(a->name, b->name);
}

/* When the heap was largest: the time of the first point of the series that has this peak. */
static double peak_time(const struct run_facts *run, const struct timeline *timeline,
			double otherwise)
{
	uint64_t peak = run->gauges.totals.peak_ever;
	for (size_t i = 0; i < timeline->series_length; i++)
		if (peak && timeline->series[i].peak >= peak)
			return timeline->series[i].time;
	return run->gauges.live ? run->gauges.seconds : otherwise;
}

/* Sorts the oldest first; the present comes last. */
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

static struct timeline_stop stop_of(const struct moment_line *line)
{
	return (struct timeline_stop){
		.time = line->time,
		.kind = line->kind == MOMENT_PEAK ? STOP_PEAK : STOP_SNAPSHOT,
		.number = line->number,
		.text = line->name,
	};
}

/* Merges snapshots, the peak and marks by time.  Returns how many there are. */
static size_t list_stops(const struct run_facts *run, struct timeline_stop *stops)
{
	size_t moment = 0, mark = 0, n = 0;
	while (moment < run->moments_length || mark < run->marks_length) {
		const struct moment_line *line = &run->moments[moment];
		const struct mark *other = &run->marks[mark];
		if (moment < run->moments_length &&
		    (mark == run->marks_length || line->time <= other->time)) {
			if (line->number || line->kind == MOMENT_PEAK)
				stops[n++] = stop_of(line);
			moment++;
		} else {
			stops[n++] = (struct timeline_stop){other->time, STOP_MARK, 0, other->text};
			mark++;
		}
	}
	return n;
}

/* Stops point into the lists of moments and marks, so they are made again whenever one of the
 * lists is. */
void read_stops(const struct run_facts *run, struct times *times, struct timeline *timeline)
{
	size_t most = run->moments_length + run->marks_length;
	bool room = array_grow(&times->stops, &times->stops_room, most, sizeof *times->stops);
	timeline->stops_length = room ? list_stops(run, times->stops) : 0;
	timeline->stops = times->stops;
}

void desk_moments(struct desk *desk)
{
	size_t n;
	const struct moment *moments = session_moments(desk->session, &n);
	struct moment_line *lines = calloc(n + 1, sizeof *lines);
	if (!lines)
		return;
	for (size_t i = 0; i < n; i++) {
		lines[i] = desk_moments_line_of(&moments[i]);
		if (lines[i].kind == MOMENT_PEAK)
			lines[i].time =
				peak_time(&desk->run, &desk->travel.timeline, lines[i].time);
		for (size_t j = 0; j < desk->run.moments_length; j++)
			if (desk_moments_same_moment(&desk->run.moments[j], &lines[i])) {
				lines[i].known = desk->run.moments[j].known;
				lines[i].totals = desk->run.moments[j].totals;
			}
	}
	sort_moments(lines, n);
	count_same(lines, n);
	free(desk->run.moments);
	desk->run.moments = lines;
	desk->run.moments_length = n;
	read_stops(&desk->run, &desk->times, &desk->travel.timeline);
	if (desk_top(desk)->ops == &snapshots_screen)
		desk_moments_learn(desk);
}

/* --- the names of sides --- */

/* "snapshot 2 (warm)", or the second of that name: "snapshot 5 (warm (2))". */
static void name_snapshot(const struct run_facts *run, unsigned number, char name[80])
{
	snprintf(name, 80, "snapshot %u", number);
	for (size_t i = 0; i < run->moments_length; i++) {
		const struct moment_line *line = &run->moments[i];
		char same[16] = "";
		if (line->number != number || !line->name[0])
			continue;
		if (line->same)
			snprintf(same, sizeof same, " (%u)", line->same + 1);
		snprintf(name, 80, "snapshot %u (%.40s%s)", number, line->name, same);
	}
}

/* --- taking one --- */

/* The snapshot that was just taken becomes the old side of the diff. */
static void baseline_came(struct desk *desk, const char *text, struct answer *answer)
{
	char name[80];
	if (answer->failed) {
		desk_fail(desk, "%s", answer->error.text);
		return;
	}
	name_snapshot(&desk->run, (unsigned)strtoul(text, NULL, 10), name);
	desk_sides(desk, answer->snapshot, name, NULL, "");
	asked_hurry(&desk->asked);
	desk_say(desk, "snapshot %s taken: the diff is since then", text);
}

/* A snapshot was taken.  A diff against the past continues against the new snapshot. */
static void taken(struct desk *desk, const char *text, struct answer *answer)
{
	if (answer->failed) {
		desk_fail(desk, "%s", answer->error.text);
		return;
	}
	bool rebases = desk->sides.old_side && !desk->sides.new_side && !desk->travel.at.heap;
	char number[16];
	desk_moments(desk);
	desk_say(desk, text[0] ? "snapshot %d taken: %.100s" : "snapshot %d taken", answer->number,
		    text);
	desk_view_changed(desk);
	snprintf(number, sizeof number, "%d", answer->number);
	if (rebases)
		desk_ask(desk, errand_moment, number, NULL, baseline_came);
}

void desk_snapshot(struct desk *desk, const char *text)
{
	desk_ask(desk, errand_snapshot, text, "taking the snapshot...", taken);
}

/* --- looks at the heap --- */

#define LONG_LOOK 1.0                   /* seconds; a look that takes longer has to be confirmed */

/* Starts a look, or says first that it will take long; `retained`: also finds how much would be
 * freed with each block. */
static void desk_take_look(struct desk *desk, const char *text, bool retained)
{
	struct looks *looks = &desk->asked.looks;
	double seconds = session_look_seconds(desk->session, retained);
	struct error error;
	if (looks->awaited) {
		desk_fail(desk, "a look at the heap is being taken: wait for it");
		return;
	}
	if (seconds >= LONG_LOOK && !looks->warned) {
		looks->warned = true;
		desk_say(desk, "a look at this heap takes about %.0f s, and pauses the program for "
			 "a part of that; press %s again to take it", seconds,
			 retained ? "H" : "L");
		return;
	}
	looks->warned = false;
	looks->ended = desk->status.looks;
	if (session_look(desk->session, text, retained, &error)) {
		desk_fail(desk, "%s", error.text);
		return;
	}
	looks->awaited = true;
	desk_say(desk, "looking at the heap...");
}

void desk_look(struct desk *desk, const char *text) { desk_take_look(desk, text, false); }

void desk_held(struct desk *desk, const char *text)
{
	if (desk->run.recording)
		desk_fail(desk, "no look for holders was taken at this moment: go to one that has "
			  "one (9 lists the snapshots)");
	else
		desk_take_look(desk, text, true);
}

/* Says "look 3 (warm): 1.2 MiB in 40 blocks are unreachable; paused 12 ms". */
static void say_found(struct desk *desk, const struct look_found *found)
{
	char bytes[FORMAT_MAX], blocks[FORMAT_MAX], more[96] = "", name[80] = "", how[40];
	format_size((double)found->bytes, false, bytes);
	format_count(found->blocks, blocks);
	if (found->refused) {
		snprintf(more, sizeof more, "; %zu other process%s could not be looked at",
			 found->refused, found->refused == 1 ? "" : "es");
	} else if (found->unread) {
		char unread[FORMAT_MAX];
		format_size((double)found->unread, false, unread);
		snprintf(more, sizeof more, "; %s could not be read and may hold some of it",
			 unread);
	} else if (session_program(desk->session)->attached) {
		snprintf(more, sizeof more, "; what older blocks may hold counts as held");
	}
	if (*found->name)
		snprintf(name, sizeof name, " (%s)", found->name);
	snprintf(how, sizeof how, "paused %.*f ms", found->pause < 0.01, found->pause * 1e3);
	desk_say(desk, "look %d%s: %s in %s block%s %s unreachable; %s%s", found->number, name,
		 bytes, blocks, format_s(found->blocks), found->blocks == 1 ? "is" : "are",
		 found->pause > 0 ? how : "read while it ran", more);
}

void desk_look_came(struct desk *desk)
{
	struct looks *looks = &desk->asked.looks;
	char number[16];
	if (!looks->awaited || desk->status.looks == looks->ended)
		return;
	looks->awaited = false;
	if (!desk->status.look) {
		desk_fail(desk, "%s", desk->status.message);
		desk->said = desk->status.said;
		return;
	}
	say_found(desk, &desk->status.found);
	snprintf(number, sizeof number, "%u", desk->status.look);
	desk_at(desk, number);
}

/* --- the sides of a diff --- */

const char *past_name(const struct run_facts *run, const struct past_heap *past,
		      const char *what, char name[80])
{
	char clock[FORMAT_MAX];
	format_clock(past->time, clock);
	if (past->heap->kind == MOMENT_NAMED)
		name_snapshot(run, past->heap->number, name);
	else if (past->heap->kind == MOMENT_PEAK)
		snprintf(name, 80, "the peak");
	else
		snprintf(name, 80, "%s", run_clock(run) ? clock : what);
	return name;
}

/* The snapshot whose verdicts on growth are shown.  A moment of the history has none; then those
 * of the newest heap of the same processes are shown: what a row has become since says more
 * than could be said at that moment.  NULL: there are none. */
static struct snapshot *judged_by(struct snapshot *now, struct snapshot *live)
{
	if (!now || now->growth || !live || !live->growth)
		return now && now->growth ? now : NULL;
	return live->catalog == now->catalog && live->process == now->process ? live : NULL;
}

void name_sides(struct run_facts *run, const struct heaps *heaps,
		const struct sides *sides, const struct past_heap *at, struct shown_heaps *shown)
{
	struct snapshot *past = sides->new_side ? sides->new_side : at->heap;
	char name[80];
	shown->now = past ? past : heaps->live;
	shown->old = sides->old_side;
	run->arenas = shown->now && shown->now->look ? shown->now->look->arenas : NULL;
	shown->before = sides->new_side ? NULL : past ? at->before : heaps->before;
	if (!run_clock(run))
		shown->before = NULL;   /* a fixed clock has no bytes a second either */
	shown->judged = judged_by(shown->now, heaps->live);
	snprintf(shown->old_name, sizeof shown->old_name, "%s", sides->old_name);
	snprintf(shown->now_name, sizeof shown->now_name, "%s",
		 sides->new_side    ? sides->new_name
		 : at->heap	    ? past_name(run, at, "the cursor", name)
		 : run->recording   ? "the end"
		 : run->frozen	    ? "frozen"
		 : run->gauges.live ? "live"
				    : "the end");
}

void desk_sides(struct desk *desk, struct snapshot *old, const char *old_name,
		struct snapshot *new_side, const char *new_name)
{
	snapshot_release(desk->sides.old_side);
	snapshot_release(desk->sides.new_side);
	desk->sides.old_side = old;
	desk->sides.new_side = new_side;
	snprintf(desk->sides.old_name, sizeof desk->sides.old_name, "%s", old_name);
	snprintf(desk->sides.new_name, sizeof desk->sides.new_name, "%s", new_name);
	name_sides(&desk->run, &desk->heaps, &desk->sides, &desk->travel.at, &desk->shown);
	desk_view_changed(desk);
}

void desk_show_past(struct desk *desk, const struct past_heap *past)
{
	struct past_heap *at = &desk->travel.at;
	snapshot_release(at->heap);
	snapshot_release(at->before);
	*at = *past;
	snapshot_release(desk->sides.new_side);
	desk->sides.new_side = NULL;
	name_sides(&desk->run, &desk->heaps, &desk->sides, &desk->travel.at, &desk->shown);
	desk_view_changed(desk);
}

void desk_leave_past(struct desk *desk)
{
	struct timeline *timeline = &desk->travel.timeline;
	desk->times.wanted[0] = 0;
	timeline->cursor.set = false;
	if (timeline->zoom > 0)
		timeline->zoom_from = -1;
	if (!desk->travel.at.heap)
		return;
	desk_show_past(desk, &(struct past_heap){0});
	asked_hurry(&desk->asked);
}

/* Writes the name of a side that was asked for as `moment`: "snapshot 2 (warm)" for "2",
 * "00:00:20" for "20s". */
static void call_side(const struct run_facts *run, const char *moment,
		      const struct snapshot *heap, char name[80])
{
	struct when when;
	char clock[FORMAT_MAX];
	if (when_parse(moment, &when) && !when.before_end && !when.mark) {
		format_clock(when.seconds, clock);
		snprintf(name, 80, "%s", clock);
		return;
	}
	if (moment[0] && !moment[strspn(moment, "0123456789")])
		name_snapshot(run, (unsigned)strtoul(moment, NULL, 10), name);
	else if (heap && heap->kind == MOMENT_NAMED)
		name_snapshot(run, heap->number, name);
	else
		snprintf(name, 80, "%.60s", moment);
}

/* The new side of a diff has come; it is kept until the old one has come too. */
static void new_came(struct desk *desk, const char *text, struct answer *answer)
{
	struct sides *sides = &desk->sides;
	snapshot_release(sides->coming);
	sides->coming = answer->snapshot;
	sides->coming_failed = answer->failed;
	call_side(&desk->run, text, answer->snapshot, sides->coming_name);
	if (answer->failed)
		desk_fail(desk, "%s", answer->error.text);
}

/* The old side of a diff has come, which was asked for last: the diff begins. */
static void old_came(struct desk *desk, const char *text, struct answer *answer)
{
	struct sides *sides = &desk->sides;
	struct snapshot *coming = sides->coming;
	bool failed = sides->coming_failed;
	char old_name[80];
	sides->coming = NULL;
	sides->coming_failed = false;
	if (answer->failed)
		desk_fail(desk, "%s", answer->error.text);
	if (answer->failed || failed) {
		snapshot_release(answer->snapshot);
		snapshot_release(coming);
		return;
	}
	if (desk_top(desk)->ops == &snapshots_screen)
		desk_tab(desk, 0);      /* this list can't show a diff */
	call_side(&desk->run, text, answer->snapshot, old_name);
	desk_sides(desk, answer->snapshot, old_name, coming, coming ? sides->coming_name : "");
	/* The live heap on the screen may be older than the old side: a new one is due. */
	if (desk->term && !coming && !desk->run.frozen)
		asked_hurry(&desk->asked);
	desk_say(desk, "diff: %s minus %s", desk->shown.now_name,
		    old_name);
}

/* Starts a diff of two moments; a newer one of "" or "live" stands for the live heap. */
static void diff_moments(struct desk *desk, const char *older, const char *newer)
{
	static const char doing[] = "reading the moments to compare...";
	/* If both sides were named, the cursor is neither of them. */
	if (newer[0])
		desk_leave_past(desk);
	if (newer[0] && strcmp(newer, "live"))
		desk_ask(desk, errand_moment, newer, doing, new_came);
	desk_ask(desk, errand_moment, older, doing, old_came);
}

/* The number of the newest snapshot.  Where the cursor is at a heap, that of the newest one
 * before it; if there is none, of the newest but that heap itself.  0: there is none. */
static unsigned snapshot_before(const struct run_facts *run, const struct snapshot *at)
{
	unsigned newest = 0;
	for (size_t i = run->moments_length; i-- > 0;) {
		const struct moment_line *moment = &run->moments[i];
		bool same = at && at->kind == MOMENT_NAMED && at->number == moment->number;
		if (!moment->number || same)
			continue;
		if (!at || moment->time < at->time)
			return moment->number;
		newest = newest ? newest : moment->number;
	}
	return newest;
}

/* Starts a diff against that snapshot. */
static void diff_newest(struct desk *desk, const char *text, struct answer *answer)
{
	const struct snapshot *at = desk->travel.at.heap;
	const char *other = at && at->kind == MOMENT_NAMED ? "other " : "";
	char moment[16];
	(void)text;
	(void)answer;
	desk_moments(desk);
	unsigned number = snapshot_before(&desk->run, at);
	snprintf(moment, sizeof moment, "%u", number);
	if (number)
		diff_moments(desk, moment, "");
	else if (desk->run.recording)
		desk_fail(desk, "the recording has no %ssnapshot; :diff OLD NEW accepts peak and "
			  "exit too", other);
	else
		desk_fail(desk, "no %ssnapshot to compare with yet: s takes one", other);
}

void desk_diff_anchor(struct desk *desk)
{
	const struct past_heap *anchor = &desk->travel.anchor;
	char name[80];
	if (!desk_top(desk)->ops->table)
		desk_tab(desk, 0);      /* this screen can't show a diff */
	desk_sides(desk, snapshot_retain(anchor->heap),
		   past_name(&desk->run, anchor, "the anchor", name), NULL, "");
	desk_say(desk, "diff: %s minus %s", desk->shown.now_name, desk->shown.old_name);
}

void desk_rebase(struct desk *desk, const char *text)
{
	struct snapshot *now = desk->shown.now;
	char name[80], clock[FORMAT_MAX];
	if (text[0]) {
		diff_moments(desk, text, "");
		return;
	}
	bool end = now && now == desk->heaps.live && !desk->run.gauges.live;
	if (!now || end) {
		desk_fail(desk, now ? "nothing comes after the end: go to an earlier moment first"
				    : "there is no heap yet: wait a moment");
		return;
	}
	format_clock(now->time, clock);
	snprintf(name, sizeof name, "%s",
		 now != desk->heaps.live ? desk->shown.now_name
		 : run_clock(&desk->run) ? clock : "the baseline");
	desk_leave_past(desk);
	desk_sides(desk, snapshot_retain(now), name, NULL, "");
	if (desk->term && !desk->run.frozen)
		asked_hurry(&desk->asked);
	desk_say(desk, "new baseline: %s minus %s", desk->shown.now_name, name);
}

void desk_diff(struct desk *desk, const char *text)
{
	char older[80] = "", newer[80] = "";
	int words = sscanf(text, "%79s %79s", older, newer);
	if (words > 0) {
		diff_moments(desk, older, newer);
	} else if (desk->sides.old_side) {
		desk_sides(desk, NULL, "", NULL, "");
		desk_say(desk, "diff off");
	} else if (desk->travel.anchor.heap) {
		desk_diff_anchor(desk);
	} else {
		/* Questions are answered in order: a snapshot that is being taken is the
		 * newest when this one is answered. */
		desk_ask(desk, errand_none, "", "comparing...", diff_newest);
	}
}
