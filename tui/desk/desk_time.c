/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time travel.  The cursor is a time on the timeline.  The heap of that time is asked for
 * (desk_ask.c); once it is there, all tables are built from it until the cursor is removed.
 * The cursor may move on while a heap is on its way: that heap is shown when it comes, and
 * then the heap of the cursor's last place is asked for.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/when.h"
#include "tui/desk/desk_ask.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_time.h"
#include "views/format/format.h"
#include "views/format/outlook.h"

static const char doing[] = "reading the heap of that moment...";

/* --- what the timeline shows --- */

static void read_ceilings(struct times *times, struct timeline *timeline,
			  const struct ceilings *known)
{
	struct timeline_ceiling *ceilings = times->ceilings;
	for (size_t i = 0; i < known->length; i++)
		ceilings[i] = (struct timeline_ceiling){known->of[i].bytes,
							outlook_label(known->of[i].kind)};
	timeline->ceilings = ceilings;
	timeline->ceilings_length = known->length;
}

void desk_time_read(struct desk *desk)
{
	struct timeline *timeline = &desk->travel.timeline;
	struct times *times = &desk->times;
	size_t points_length;
	const struct point *points = session_points(desk->session, &points_length);
	timeline->ticks = session_ticks(desk->session, &timeline->ticks_length);
	if (!series_merge(&times->series, points, points_length, timeline->ticks,
			  timeline->ticks_length))
		times->series.length = 0;
	timeline->series = times->series.of;
	timeline->series_length = times->series.length;
	read_stops(&desk->run, times, timeline);
	read_ceilings(times, timeline, &desk->run.program->ceilings);
	timeline->now = desk->run.gauges.seconds;
	timeline->live = desk->run.gauges.live;
	timeline->current = desk->run.frozen ? 0 : desk->run.gauges.totals.current;
}

void desk_time_close(struct times *times, struct travel *travel)
{
	snapshot_release(travel->at.heap);
	snapshot_release(travel->at.before);
	snapshot_release(travel->anchor.heap);
	free(times->series.of);
	free(times->stops);
}

/* --- the cursor --- */

/* The time of a snapshot.  The peak's is found on the timeline, as its snapshot has the time at
 * which it was asked for. */
static double moment_time(const struct timeline *timeline, const struct snapshot *heap)
{
	for (size_t i = 0; heap->kind == MOMENT_PEAK && i < timeline->stops_length; i++)
		if (timeline->stops[i].kind == STOP_PEAK)
			return timeline->stops[i].time;
	return heap->time;
}

/* The heap at the cursor has come, or there is none: then the cursor goes back. */
static void at_came(struct desk *desk, const char *text, struct answer *answer)
{
	struct timeline_place *cursor = &desk->travel.timeline.cursor;
	const struct past_heap *at = &desk->travel.at;
	(void)text;
	desk->times.asking = false;
	if (answer->failed) {
		desk_fail(desk, "%s", answer->error.text);
		*cursor = (struct timeline_place){at->heap != NULL, at->time};
		desk->times.wanted[0] = 0;
		return;
	}
	/* The cursor was removed meanwhile. */
	if (!cursor->set) {
		snapshot_release(answer->snapshot);
		snapshot_release(answer->before);
		return;
	}
	desk_show_past(desk, &(struct past_heap){answer->snapshot, answer->before,
						 moment_time(&desk->travel.timeline,
							     answer->snapshot)});
	if (!desk->times.wanted[0] && cursor->time < 0)
		cursor->time = at->time;
	timeline_reveal(&desk->travel.timeline, cursor->time);
}

void desk_time_ask(struct desk *desk)
{
	struct times *times = &desk->times;
	char text[sizeof times->wanted];
	if (!times->wanted[0] || times->asking)
		return;
	snprintf(text, sizeof text, "%s", times->wanted);
	times->wanted[0] = 0;
	times->asking = true;
	desk_ask(desk, errand_past, text, doing, at_came);
}

/* Moves the cursor to a moment, whose time is below 0 if it is not known yet. */
static void want(struct desk *desk, const char *moment, double time)
{
	snprintf(desk->times.wanted, sizeof desk->times.wanted, "%s", moment);
	desk->travel.timeline.cursor = (struct timeline_place){true, time};
	if (time >= 0)
		timeline_reveal(&desk->travel.timeline, time);
	desk_touch(desk);
}

/* Writes a time as the session reads it.  Ticks have whole microseconds. */
static void time_text(double time, char text[32])
{
	snprintf(text, 32, "%.6fs", time);
}

static void want_time(struct desk *desk, double time)
{
	char text[32];
	time_text(time, text);
	want(desk, text, time);
}

void desk_now(struct desk *desk, const char *text)
{
	(void)text;
	desk_leave_past(desk);
	desk_say(desk, desk->run.gauges.live ? "the live heap" : "the end of the run");
}

/* Says why there is no tick to go to. */
static const char *no_history(const struct run_facts *run)
{
	return run->recording ? "the recording has no history: it was made with --history=0, or by "
				"an older memtop"
	       : run->gauges.seconds < 3
		       ? "the history has no tick yet: wait a moment"
		       : "there is no history: memtop was started with --history=0, or what "
			 "changes does not fit into it";
}

void desk_tick_back(struct desk *desk, const char *text)
{
	const struct timeline *timeline = &desk->travel.timeline;
	size_t length = timeline->ticks_length, at;
	char clock[FORMAT_MAX];
	(void)text;
	if (!length) {
		desk_fail(desk, "%s", no_history(&desk->run));
		return;
	}
	/* After the run has ended, its last tick is the end, which is on the screen
	 * already. */
	if (!timeline->cursor.set)
		at = length > 1 && !timeline->live ? length - 2 : length - 1;
	else if (desk->travel.at.heap && desk->travel.at.heap->kind == MOMENT_PEAK)
		at = timeline_tick_before(timeline, timeline->cursor.time);
	else
		at = timeline_tick_at(timeline, timeline->cursor.time) - 1;
	if (at < length) {
		want_time(desk, timeline->ticks[at].time);
		return;
	}
	format_clock(timeline->ticks[0].time, clock);
	desk_fail(desk, "the history begins here, at %s", clock);
}

/* True after a message: there is no cursor, so nothing comes after what is shown. */
static bool is_now(struct desk *desk)
{
	if (desk->travel.timeline.cursor.set)
		return false;
	desk_fail(desk, desk->run.gauges.live ? "this is the live heap: there is nothing after it"
						  : "this is the end of the run");
	return true;
}

void desk_tick_on(struct desk *desk, const char *text)
{
	const struct timeline *timeline = &desk->travel.timeline;
	(void)text;
	if (is_now(desk))
		return;
	size_t at = timeline_tick_after(timeline, timeline->cursor.time);
	if (at == SIZE_MAX)
		desk_now(desk, "");
	else
		want_time(desk, timeline->ticks[at].time);
}

static void go_to_stop(struct desk *desk, const struct timeline_stop *stop)
{
	char clock[FORMAT_MAX], number[16];
	format_clock(desk->run.fixed_clock ? 0 : stop->time, clock);
	snprintf(number, sizeof number, "%u", stop->number);
	if (stop->kind == STOP_PEAK) {
		want(desk, "peak", stop->time);
		desk_say(desk, "the peak, at %s", clock);
	} else if (stop->kind == STOP_SNAPSHOT) {
		want(desk, number, stop->time);
		desk_say(desk, "snapshot %s%s%.64s, at %s", number, stop->text[0] ? " " : "",
			 stop->text, clock);
	} else {
		want_time(desk, stop->time);
		desk_say(desk, "mark %.100s, at %s", stop->text, clock);
	}
}

/* The time from which stops are searched for: the cursor's, or without one the end. */
static double cursor_time(const struct timeline_place *cursor)
{
	return cursor->set && cursor->time >= 0 ? cursor->time : INFINITY;
}

/* Moves the cursor to the next stop, or to the one before; if there is none, the foot says so. */
static void go_beside(struct desk *desk, bool after)
{
	const struct timeline *timeline = &desk->travel.timeline;
	desk_moments(desk);
	desk_time_read(desk);
	double from = cursor_time(&timeline->cursor);
	const struct timeline_stop *stop = after ? timeline_stop_after(timeline, from)
						 : timeline_stop_before(timeline, from);
	if (stop)
		go_to_stop(desk, stop);
	else if (after)
		desk_fail(desk, "there is no mark, snapshot or peak after this: = goes to the %s",
			  timeline->live ? "live heap" : "end of the run");
	else
		desk_fail(desk, "there is no mark, snapshot or peak before this: m and s set them");
}

void desk_stop_back(struct desk *desk, const char *text)
{
	(void)text;
	go_beside(desk, false);
}

void desk_stop_on(struct desk *desk, const char *text)
{
	(void)text;
	if (!is_now(desk))
		go_beside(desk, true);
}

/* Writes a moment as the session names it: "mark:TEXT" for the text of a mark, unless it is also
 * a time, a number or the name of a moment. */
static void moment_text(const struct run_facts *run, const char *text, char moment[96])
{
	struct when when;
	bool other = when_parse(text, &when) || !text[strspn(text, "0123456789")];
	for (size_t i = 0; i < run->moments_length; i++)
		other |= !strcmp(run->moments[i].name, text);
	bool mark = false;
	for (size_t i = 0; i < run->marks_length; i++)
		mark |= !strcmp(run->marks[i].text, text);
	snprintf(moment, 96, "%s%s", mark && !other ? "mark:" : "", text);
}

/* A time between two ticks is that of the one before, also if the other one is still to come. */
static void tell_later(struct desk *desk, const char *moment)
{
	double now = desk->run.gauges.seconds;
	char clock[FORMAT_MAX];
	struct when when;
	if (!when_parse(moment, &when) || when.mark || when.before_end || when.seconds <= now)
		return;
	format_clock(desk->run.fixed_clock ? 0 : now, clock);
	desk_say(desk, desk->run.gauges.live ? "the run is at %s: this is its last tick"
						 : "the run ended at %s: this is its last tick", clock);
}

void desk_at(struct desk *desk, const char *text)
{
	char moment[sizeof desk->times.wanted];
	if (!text[0]) {
		desk_fail(desk, ":at needs a time (90s, 1h30m, -5m), a mark, a snapshot, peak, "
				"exit or now");
		return;
	}
	if (!strcmp(text, "now") || !strcmp(text, "live")) {
		desk_now(desk, "");
		return;
	}
	if (strlen(text) + sizeof "mark:" > sizeof moment) {
		desk_fail(desk, "no moment has a name that long: Tab completes the names");
		return;
	}
	desk_moments(desk);
	moment_text(&desk->run, text, moment);
	want(desk, moment, -1);
	tell_later(desk, moment);
}

/* --- the anchor --- */

/* Sets the anchor and takes over its heap; NULL removes the anchor. */
static void set_anchor(struct desk *desk, struct snapshot *heap, double time)
{
	bool compared = desk->sides.old_side && desk->sides.old_side == desk->travel.anchor.heap;
	snapshot_release(desk->travel.anchor.heap);
	desk->travel.anchor = (struct past_heap){.heap = heap, .time = time};
	desk->travel.timeline.anchor = (struct timeline_place){heap != NULL, time};
	if (compared && heap)
		desk_diff_anchor(desk);
	else if (compared)
		desk_sides(desk, NULL, "", NULL, "");
	desk_touch(desk);
}

void desk_anchor_drop(struct desk *desk)
{
	if (desk->travel.anchor.heap)
		set_anchor(desk, NULL, 0);
}

static void anchor_came(struct desk *desk, const char *text, struct answer *answer)
{
	char name[80];
	(void)text;
	if (answer->failed) {
		desk_fail(desk, "%s", answer->error.text);
		return;
	}
	set_anchor(desk, answer->snapshot, moment_time(&desk->travel.timeline, answer->snapshot));
	desk_say(desk, "the anchor is set: d shows the growth since %s",
		 past_name(&desk->run, &desk->travel.anchor, "then", name));
}

void desk_anchor(struct desk *desk, const char *text)
{
	const struct past_heap *at = &desk->travel.at;
	char moment[sizeof desk->times.wanted];
	if (!text[0] && desk->travel.anchor.heap) {
		set_anchor(desk, NULL, 0);
		desk_say(desk, "the anchor is removed");
		return;
	}
	if (strlen(text) + sizeof "mark:" > sizeof moment) {
		desk_fail(desk, "no moment has a name that long: Tab completes the names");
		return;
	}
	if (text[0]) {
		desk_moments(desk);
		moment_text(&desk->run, text, moment);
		desk_ask(desk, errand_moment, moment, doing, anchor_came);
		return;
	}
	/* If the cursor has moved on, and its heap has not come yet, the anchor is set to the
	 * cursor's time and not to the heap on the screen. */
	const struct timeline_place *cursor = &desk->travel.timeline.cursor;
	bool moved = cursor->set && (desk->times.wanted[0] || desk->times.asking);
	if (moved && cursor->time >= 0) {
		time_text(cursor->time, moment);
		desk_ask(desk, errand_moment, moment, doing, anchor_came);
		return;
	}
	struct snapshot *heap = at->heap ? at->heap : desk->heaps.live;
	if (!heap) {
		desk_fail(desk, "there is no heap yet: wait a moment");
		return;
	}
	struct answer answer = {.snapshot = snapshot_retain(heap)};
	anchor_came(desk, "", &answer);
}

/* --- the mouse --- */

/* The time for a cell of the timeline: the last tick in it.  If it has none, its beginning,
 * whose heap is that of the tick before; but no time before the first tick, as nothing is
 * known of that. */
static double time_at(const struct timeline *timeline, double from, double to)
{
	size_t at = timeline_tick_before(timeline, to);
	double time = at != SIZE_MAX ? fmax(timeline->ticks[at].time, from) : from;
	return fmax(time, timeline->ticks[0].time);
}

/* The beginning of a dragged span has come: it becomes the anchor, and a diff against it begins. */
static void span_anchor_came(struct desk *desk, const char *text, struct answer *answer)
{
	anchor_came(desk, text, answer);
	if (!answer->failed && desk->sides.old_side != desk->travel.anchor.heap)
		desk_diff_anchor(desk);
}

/* Compares the two ends of a span that was dragged with the mouse: from the beginning of its
 * first cell to the end of its last one.  The button was pressed in the cell of times->held_from
 * and released in the cell from `from` to `to`; `forward` if that is the later one. */
static void compare_span(struct desk *desk, bool forward, double from, double to)
{
	const struct timeline *timeline = &desk->travel.timeline;
	const struct times *times = &desk->times;
	double begins = forward ? times->held_from : from;
	char text[32];
	time_text(fmax(begins, timeline->ticks[0].time), text);
	want_time(desk, forward ? time_at(timeline, from, to)
				: time_at(timeline, times->held_from, times->held_to));
	desk_ask(desk, errand_moment, text, doing, span_anchor_came);
}

bool desk_time_mouse(struct desk *desk, const struct key_event *event, struct area area)
{
	struct timeline *timeline = &desk->travel.timeline;
	struct times *times = &desk->times;
	double from, to;
	bool press = event->key == KEY_CLICK || event->key == KEY_CLICK_AGAIN;
	bool inside = event->y >= area.y && event->y < area.y + area.height;
	if (press ? !inside : !times->held || event->key > KEY_RELEASE)
		return false;
	if (desk_keys(desk) != KEYS_SCREEN ||
	    !timeline_times(timeline, area.width, event->x, &from, &to))
		return press;
	desk->foot.text[0] = 0;
	times->held = event->key != KEY_RELEASE;
	if (!timeline->ticks_length) {
		times->held = false;
		desk_fail(desk, "%s", no_history(&desk->run));
		return true;
	}
	if (press) {
		times->held_x = event->x;
		times->held_from = from;
		times->held_to = to;
	}
	timeline->drag = (struct timeline_place){times->held && times->held_x != event->x,
						 times->held_from};
	if (event->key == KEY_RELEASE && times->held_x != event->x)
		compare_span(desk, event->x > times->held_x, from, to);
	else if (event->key != KEY_RELEASE)
		want_time(desk, time_at(timeline, from, to));
	return true;
}
