/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_TIME_H
#define TUI_DESK_DESK_TIME_H
/* Time travel: the cursor on the timeline, the anchor, and what the timeline shows. */
#include "tui/desk/desk.h"

/* Reads what the timeline shows, when all else that is known of the run is read. */
void desk_time_read(struct desk *desk);
/* Asks for the heap at the cursor, if it was moved and none is on its way. */
void desk_time_ask(struct desk *desk);
/* Lets go what they hold. */
void desk_time_close(struct times *times, struct travel *travel);
/* Takes the anchor away, if there is one; a diff against it goes too. */
void desk_anchor_drop(struct desk *desk);
/* The mouse on the timeline's area, and until its button is let go; false: it is not
 * for that. */
bool desk_time_mouse(struct desk *desk, const struct key_event *event, struct area area);

/* What the actions of these names do. */
void desk_tick_back(struct desk *desk, const char *text);
void desk_tick_on(struct desk *desk, const char *text);
void desk_stop_back(struct desk *desk, const char *text);
void desk_stop_on(struct desk *desk, const char *text);
void desk_at(struct desk *desk, const char *text);
void desk_now(struct desk *desk, const char *text);
void desk_anchor(struct desk *desk, const char *text);

#endif
