/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TIMELINE_TIMELINE_H
#define TUI_TIMELINE_TIMELINE_H
/*
 * The timeline: the curve of `current` over the run or a stretch of it, with a cursor, an
 * anchor, marks and snapshots.  Pure: what there is comes from the desk, and whoever asks
 * for a time gets a number of seconds since the start.
 */
#include "tracer/heap/catalog/program.h"
#include "tui/base/canvas.h"
#include "views/format/meter.h"

/* What the run went through at a time: a mark by its text, a snapshot by its number and
 * name, the peak. */
struct timeline_stop {
	double time;
	enum { STOP_MARK, STOP_SNAPSHOT, STOP_PEAK } kind;
	unsigned number;                /* of a snapshot */
	const char *text;               /* "" if it has none */
};

/* A limit on memory: a line across the picture, where it is within that. */
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
	/* What there is.  All is sorted by time, and nothing is owned. */
	const struct point *series;     /* points and ticks as one (series.h) */
	size_t series_length;
	const struct tick *ticks;       /* none: there is no history */
	size_t ticks_length;
	const struct timeline_stop *stops;
	size_t stops_length;
	const struct timeline_ceiling *ceilings;        /* in any order */
	size_t ceilings_length;
	double now;                     /* seconds: of a run that is over, how long it took */
	bool live;                      /* it goes on */
	uint64_t current;               /* bytes that are live now; 0: the series has it */

	/* What was chosen. */
	struct timeline_place cursor, anchor;
	struct timeline_place drag;     /* where the button that is held went down */
	double zoom;                    /* seconds that are shown; 0: the whole run */
	double zoom_from;               /* of these the first; below 0: they end now */
	unsigned rows;                  /* asked for, + 1; 0: as high as the window allows */
};

/* Draws it into an area of any size; too small a one stays blank. */
void timeline_draw(const struct timeline *timeline, struct canvas *canvas, struct area area);

/* Rows of a window of this height that the timeline gets where nobody asked for a number,
 * and at most where somebody did. */
unsigned timeline_rows(const struct timeline *timeline, unsigned height);

/* Whether what grew at the start has come to rest: in the last third of the run
 * `current` moved by less than a twentieth of what it grew by before.  Not told of the
 * first 30 seconds. */
bool timeline_flattened(const struct timeline *timeline);

/* --- time and cells (span.c) --- */

/* The stretch that is shown over so many cells, to the last moment of the run or a
 * quarter of a cell behind it: a live curve that moved at every look would be hard to
 * read. */
struct meter_span timeline_span(const struct timeline *timeline, unsigned cells);
/* Cells of the curve in an area so wide, from its second cell on; 0: it is too narrow. */
unsigned timeline_cells(unsigned width);
/* The times at which the cell in column x of an area so wide begins and ends; columns
 * beside the curve count as its first or last cell.  False: there is no curve. */
bool timeline_times(const struct timeline *timeline, unsigned width, unsigned x, double *from,
		    double *to);
/* A quarter of what was shown, around the cursor, or up to now.  False: nothing shorter
 * can be shown. */
bool timeline_zoom_in(struct timeline *timeline);
/* So many seconds around the cursor; as many as the run has or more: the whole run. */
void timeline_zoom(struct timeline *timeline, double seconds);
/* Moves what is shown so far that a time is within it. */
void timeline_reveal(struct timeline *timeline, double time);

/* --- ticks and stops (pick.c) --- */

/* The last tick that is not behind `time`; the last one before it; the first one
 * behind it: its place, or SIZE_MAX. */
size_t timeline_tick_at(const struct timeline *timeline, double time);
size_t timeline_tick_before(const struct timeline *timeline, double time);
size_t timeline_tick_after(const struct timeline *timeline, double time);
/* The stop before `time`, or behind it; NULL: there is none.  Marks do not count
 * without a history: there is no heap to show for them. */
const struct timeline_stop *timeline_stop_before(const struct timeline *timeline, double time);
const struct timeline_stop *timeline_stop_after(const struct timeline *timeline, double time);
/* The letter of a mark by its place among all marks: a to z, A to Z, and a again. */
char timeline_letter(size_t at);
/* The longest time between two ticks, of those that are within from..to in part; 0: there
 * are no two. */
double timeline_step(const struct timeline *timeline, double from, double to);
/* "tick 10 s", the step in its largest unit. */
void timeline_step_text(double step, char text[32]);
/* "-18 m": how long before now, in seconds, minutes, hours or days. */
void timeline_ago_text(double seconds, char text[32]);

#endif
