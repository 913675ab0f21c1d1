/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_MOMENTS_H
#define TUI_DESK_DESK_MOMENTS_H
/* Moments and the two sides of a diff, as the desk has them. */
#include "tui/desk/desk_ask.h"

struct sides {
	struct snapshot *new_side;      /* of a diff of two moments, else NULL */
	struct snapshot *old_side;      /* of a diff, else NULL */
	char new_name[80], old_name[80];
	/* The new side of the diff that was asked for, while the old one comes. */
	struct snapshot *coming;
	char coming_name[80];
	bool coming_failed;
	/* What a moment holds is being looked up; when that was last, and took. */
	bool learning;
	double learned_at, learn_cost;
};

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
