/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TIMELINE_TIMELINE_H
#define TUI_TIMELINE_TIMELINE_H
/*
 * The timeline: the curve of `current` over the run or a stretch of it, with a cursor, an
 * anchor, marks and snapshots.  It has no side effects: its data come from the desk, and
 * whoever asks for a time gets seconds since the start.
 */
#include "tracer/heap/catalog/program.h"
#include "tui/base/canvas.h"
#include "views/format/meter.h"

/* Something that happened at a time of the run: a mark with its text, a snapshot with its
 * number and name, or the peak. */
struct timeline_stop {
	double time;
	enum { STOP_MARK, STOP_SNAPSHOT, STOP_PEAK } kind;
	unsigned number;                /* of a snapshot */
	const char *text;               /* "" if it has none */
};

/* A limit on memory: a line across the picture, if it is within it. */
struct timeline_ceiling {
	uint64_t bytes;
	const char *name;
};

/* A time that was chosen, or none. */
struct timeline_place {
	bool set;
	double time;
};

struct timeline {
	/* The data.  All of it is sorted by time, and none of it is owned. */
	const struct point *series;     /* points and ticks as one (series.h) */
	size_t series_length;
	const struct tick *ticks;       /* none: there is no history */
	size_t ticks_length;
	const struct timeline_stop *stops;
	size_t stops_length;
	const struct timeline_ceiling *ceilings;        /* in any order */
	size_t ceilings_length;
	double now;                     /* seconds; the length of a run that has ended */
	bool live;                      /* the run goes on */
	uint64_t current;               /* bytes that are live now; 0: the series has it */

	/* The user's choices. */
	struct timeline_place cursor, anchor;
	struct timeline_place drag;     /* where the button that is held went down */
	double zoom;                    /* seconds that are shown; 0: the whole run */
	double zoom_from;               /* the first of them; below 0: the last ones */
	unsigned rows;                  /* requested, + 1; 0: depends on the window */
};

/* Draws into an area of any size; one that is too small stays blank. */
void timeline_draw(const struct timeline *timeline, struct canvas *canvas, struct area area);

/* The height of the timeline in a window of this height if none was requested, and its
 * largest height otherwise. */
unsigned timeline_rows(const struct timeline *timeline, unsigned height);

/* Whether initial growth has come to rest: in the last third of the run `current` changed
 * by less than a twentieth of what it grew by before.  Always false in the first 30
 * seconds. */
bool timeline_flattened(const struct timeline *timeline);

/* --- time and cells (span.c) --- */

/* The stretch that is shown in this many cells.  It ends at the last moment of the run or
 * up to a quarter of a cell later, because a live curve that moved at every look would be
 * hard to read. */
struct meter_span timeline_span(const struct timeline *timeline, unsigned cells);
/* The cells of the curve in an area of this width, from its second cell on; 0: too
 * narrow. */
unsigned timeline_cells(unsigned width);
/* The times at which the cell in column x begins and ends; columns beside the curve count
 * as its first or last cell.  False: there is no curve. */
bool timeline_times(const struct timeline *timeline, unsigned width, unsigned x, double *from,
		    double *to);
/* Shows a quarter of what was shown, around the cursor or up to the end.  False: nothing
 * shorter can be shown. */
bool timeline_zoom_in(struct timeline *timeline);
/* Shows this many seconds around the cursor, or the whole run if it is not longer. */
void timeline_zoom(struct timeline *timeline, double seconds);
/* Moves the stretch that is shown just far enough to contain a time. */
void timeline_reveal(struct timeline *timeline, double time);

/* --- ticks and stops (pick.c) --- */

/* The last tick that is not after `time`; the last one before it; the first one after it.
 * Each returns its place, or SIZE_MAX. */
size_t timeline_tick_at(const struct timeline *timeline, double time);
size_t timeline_tick_before(const struct timeline *timeline, double time);
size_t timeline_tick_after(const struct timeline *timeline, double time);
/* The stop before or after `time`; NULL: there is none.  Without a history, marks are
 * skipped, since there is no heap to show for them. */
const struct timeline_stop *timeline_stop_before(const struct timeline *timeline, double time);
const struct timeline_stop *timeline_stop_after(const struct timeline *timeline, double time);
/* The letter of a mark by its place among all marks: a to z, A to Z, and a again. */
char timeline_letter(size_t at);
/* The longest time between two ticks of which at least one is in from..to; 0: there are
 * no two. */
double timeline_step(const struct timeline *timeline, double from, double to);
/* "tick 10 s", the step in its largest unit. */
void timeline_step_text(double step, char text[32]);
/* "-18 m": how long before now, in seconds, minutes, hours or days. */
void timeline_ago_text(double seconds, char text[32]);

#endif
