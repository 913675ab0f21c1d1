/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_PLACES_H
#define TUI_DESK_PARTS_PLACES_H
/* The moments that tables show in place of the present: those of a diff, and the
 * cursor's. */
#include "tui/shown/shown.h"
#include "tui/timeline/series.h"

/* The two sides of a diff (desk_moments.c). */
struct sides {
	struct snapshot *new_side;      /* if both sides are moments, else NULL */
	struct snapshot *old_side;      /* of a diff, else NULL */
	char new_name[80], old_name[80];
	/* The new side of a diff that was asked for, while its old side is on its way. */
	struct snapshot *coming;
	char coming_name[80];
	bool coming_failed;
	/* The contents of a moment are being looked up; when that was last done, and
	 * took. */
	bool learning;
	double learned_at, learn_cost;
};

/*
 * Time travel (desk_time.c): where the cursor will be.  `travel` has the heap that has
 * come already.  Keys only set the place; after the keys have been read, the heap of the
 * last place is asked for, one at a time.
 */
struct times {
	/* What the timeline points to. */
	struct series series;
	struct timeline_stop *stops;
	size_t stops_room;
	struct timeline_ceiling ceilings[CEILING_KINDS];
	/* The moment to ask for, as the session names it; "": none. */
	char wanted[96];
	bool asking;                    /* one has been asked for and is on its way */
	/* The mouse button went down on the timeline, in a cell that stood for these
	 * times then, since the picture of a live run moves. */
	bool held;
	unsigned held_x;
	double held_from, held_to;
};

#endif
