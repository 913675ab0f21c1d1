/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_PLACES_H
#define TUI_DESK_PARTS_PLACES_H
/* The moments that tables are of when it is not the present: a diff's, and the
 * cursor's. */
#include "tui/shown/shown.h"
#include "tui/timeline/series.h"

/* The two sides of a diff (desk_moments.c). */
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

/*
 * Time travel (desk_time.c): where the cursor is to stand.  Which heap is there already
 * is in `travel`.  Keys only say where; the heap of that moment is asked for when the
 * keys are read, one at a time and of the last place alone.
 */
struct times {
	/* What the timeline that is shown points to. */
	struct series series;
	struct timeline_stop *stops;
	size_t stops_room;
	struct timeline_ceiling ceilings[CEILING_KINDS];
	/* The moment to be asked for, as the session names it; "": none. */
	char wanted[96];
	bool asking;                    /* one that was asked for is on its way */
	/* The mouse: its button went down on the timeline, in a cell that stood for these
	 * times then; the picture of a live run moves. */
	bool held;
	unsigned held_x;
	double held_from, held_to;
};

#endif
