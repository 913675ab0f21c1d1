/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_DATA_H
#define TUI_DESK_DESK_DATA_H
/* From the session to the screens. */
#include "tui/desk/desk.h"

/* Reads what changed and asks for what that makes new; `now`: for the tables in any
 * case. */
void desk_refresh(struct desk *desk, bool now);
/* Reads what the target printed; true if the screen on top shows that. */
bool desk_read_output(struct desk *desk);
/* Whether the heap has changed since it was asked for. */
bool desk_stale(const struct desk *desk);
/* Filters changed: those that are on, and tables by them. */
void desk_filters(struct desk *desk);

#endif
