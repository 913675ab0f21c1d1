/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_MOMENTS_H
#define TUI_DESK_DESK_MOMENTS_H
/* Moments and the two sides of a diff, as the desk has them. */
#include "tui/desk/desk.h"

/* Names of moments changed: reads them again. */
void desk_moments(struct desk *desk);
/* Moments or marks changed: the timeline gets snapshots, the peak and marks in one row. */
void read_stops(const struct run_facts *run, struct times *times, struct timeline *timeline);
/* Sets the sides of the diff (taken over; old NULL: none). */
void desk_sides(struct desk *desk, struct snapshot *old, const char *old_name,
		struct snapshot *new_side, const char *new_name);
/* Says which heaps are shown, and what they are called. */
void name_sides(struct run_facts *run, const struct heaps *heaps,
		const struct sides *sides, const struct past_heap *at,
		struct shown_heaps *shown);
/* The heap at the cursor (taken over; zeroes: none) is what all tables are of from now
 * on; a diff of two moments goes on with it as its new side. */
void desk_show_past(struct desk *desk, const struct past_heap *past);
/* Takes the cursor away, if there is one: back to the live heap, or a recording's end. */
void desk_leave_past(struct desk *desk);
/* "snapshot 2", "the peak", else "00:12:31" or, where the clock is fixed, what it is. */
const char *past_name(const struct run_facts *run, const struct past_heap *past,
		      const char *what, char name[80]);
/* Takes a snapshot; diffs "[OLD [NEW]]", "": on against the newest, or off. */
void desk_snapshot(struct desk *desk, const char *text);
/* Takes a look at the heap and does not wait: of one that will take its time it says so
 * first.  When it has ended it is shown, as a moment at which the cursor stands. */
void desk_look(struct desk *desk, const char *text);
/* The same of a look that also finds what would be free without whom. */
void desk_held(struct desk *desk, const char *text);
void desk_look_came(struct desk *desk);         /* after the status was read */
void desk_diff(struct desk *desk, const char *text);
/* The baseline becomes a moment, or "": what is shown now; without a diff one begins. */
void desk_rebase(struct desk *desk, const char *text);
/* The heap at the cursor, or else the live one, minus that at the anchor, which is
 * set. */
void desk_diff_anchor(struct desk *desk);

#endif
