/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_DATA_H
#define TUI_DESK_DESK_DATA_H
/* Reads the session for the screens. */
#include "tui/desk/desk.h"

/* Reads what has changed, and asks for a new snapshot and a new table if these are due, or,
 * with `now`, in any case. */
void desk_refresh(struct desk *desk, bool now);
/* Reads what the target has printed.  True: the screen on top shows it, and has changed. */
bool desk_read_output(struct desk *desk);
/* Whether the heap has changed since a snapshot was last asked for. */
bool desk_stale(const struct desk *desk);
/* The list of filters has changed: applies those that are on. */
void desk_filters(struct desk *desk);

#endif
