/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_TIME_H
#define TUI_DESK_DESK_TIME_H
/* Time travel: the cursor on the timeline, the anchor, and what the timeline shows. */
#include "tui/desk/desk.h"

/* Reads what the timeline shows.  Called after the rest of the run's data was read. */
void desk_time_read(struct desk *desk);
/* Asks for the heap at the cursor, if the cursor was moved and no heap is on its way. */
void desk_time_ask(struct desk *desk);
/* Releases what both hold. */
void desk_time_close(struct times *times, struct travel *travel);
/* Removes the anchor, if there is one, and ends a diff against it. */
void desk_anchor_drop(struct desk *desk);
/* Handles the mouse while it is pressed in the timeline's area, until its button is released.
 * False: the event is not for the timeline. */
bool desk_time_mouse(struct desk *desk, const struct key_event *event, struct area area);

/* What the actions of these names do: one tick or stop (snapshot, peak, mark) back or on, to a
 * named moment, to the present; and setting or removing the anchor. */
void desk_tick_back(struct desk *desk, const char *text);
void desk_tick_on(struct desk *desk, const char *text);
void desk_stop_back(struct desk *desk, const char *text);
void desk_stop_on(struct desk *desk, const char *text);
void desk_at(struct desk *desk, const char *text);
void desk_now(struct desk *desk, const char *text);
void desk_anchor(struct desk *desk, const char *text);

#endif
