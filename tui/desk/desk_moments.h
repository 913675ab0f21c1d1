/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_MOMENTS_H
#define TUI_DESK_DESK_MOMENTS_H
/* The list of moments (snapshots, the peak, the present), and the two sides of a diff. */
#include "tui/desk/desk.h"

/* Reads the list of moments from the session.  If out of memory, the old list stays. */
void desk_moments(struct desk *desk);
/* Gives the timeline its stops: snapshots, the peak and marks, by time.  Called whenever
 * moments or marks have changed, as the stops point into their lists. */
void read_stops(const struct run_facts *run, struct times *times, struct timeline *timeline);
/* Sets the two sides of the diff, and takes them over.  An old side of NULL ends the diff; a
 * new side of NULL stands for the heap that is shown. */
void desk_sides(struct desk *desk, struct snapshot *old, const char *old_name,
		struct snapshot *new_side, const char *new_name);
/* Fills *shown: which heaps are shown, and their names.  They stay owned by heaps, sides and
 * at. */
void name_sides(struct run_facts *run, const struct heaps *heaps,
		const struct sides *sides, const struct past_heap *at,
		struct shown_heaps *shown);
/* From now on all tables show the heap at the cursor, which is taken over; zeroes stand for
 * no cursor.  It becomes the new side of a diff. */
void desk_show_past(struct desk *desk, const struct past_heap *past);
/* Removes the cursor, if there is one: back to the live heap, or to the recording's end. */
void desk_leave_past(struct desk *desk);
/* Writes the name of a past heap and returns it: "snapshot 2 (warm)", "the peak", else its time,
 * "00:12:31", or `what` if the clock is fixed. */
const char *past_name(const struct run_facts *run, const struct past_heap *past,
		      const char *what, char name[80]);
/* Takes a snapshot, with the text as its name. */
void desk_snapshot(struct desk *desk, const char *text);
/* Starts a look at the heap (which blocks are reachable) and doesn't wait for it.  If it will
 * take long, the foot says so first, and the second call starts it.  When it has ended, the
 * cursor goes to its moment. */
void desk_look(struct desk *desk, const char *text);
/* The same for a look that also finds how much would be freed with each block. */
void desk_held(struct desk *desk, const char *text);
/* Shows a look that has ended.  Called after the status was read. */
void desk_look_came(struct desk *desk);
/* Starts a diff: "OLD", "OLD NEW", or "": against the anchor or else the newest snapshot.  If a
 * diff is on, "" ends it. */
void desk_diff(struct desk *desk, const char *text);
/* Makes a moment the old side of the diff, "" for what is shown now.  If no diff is on, one
 * begins. */
void desk_rebase(struct desk *desk, const char *text);
/* Starts a diff of the heap at the cursor, or else of the live one, against the anchor, which
 * must be set. */
void desk_diff_anchor(struct desk *desk);

#endif
