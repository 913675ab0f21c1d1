/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_MOMENTS_H
#define TUI_DESK_DESK_MOMENTS_H
/* Moments and the two sides of a diff, as the desk has them. */
#include "tui/desk/desk.h"

/* Names of moments changed: gives them to the context. */
void desk_moments(struct desk *desk);
/* Sets the sides of the diff (taken over; old NULL: none). */
void desk_sides(struct desk *desk, struct snapshot *old, const char *old_name,
		struct snapshot *new_side, const char *new_name);
/* Gives what is to be compared to the context. */
void desk_name_sides(struct desk *desk);
/* Takes a snapshot; diffs "[OLD [NEW]]", "": on against the newest, or off. */
void desk_snapshot(struct desk *desk, const char *text);
void desk_diff(struct desk *desk, const char *text);

#endif
