/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_MEMBERS_H
#define VIEWS_MEMBERS_MEMBERS_H
/*
 * Which of a snapshot's rows make up a row of a table (its new side), for who asks more
 * of them than the table says: told by numbers, so that any thread may look it up while
 * the table goes on, or away.  The table (views/table/table_members.h) writes down one
 * number for each of the snapshot's rows, and says what the numbers are:
 *
 *	groups	a row of the snapshot counts in that one
 *	nodes	of a tree: it counts in the node, and in all those above it
 *	links	of a stack: it counts in the group of each frame of it (cumulative)
 *
 * or it says itself which rows are held by which (a tree of callees).
 */
#include "views/row/legend.h"

struct members;

/* For a snapshot, which it retains: one reference.  NULL: out of memory. */
struct members *members_new(struct snapshot *now);
struct members *members_retain(struct members *members);
void members_release(struct members *members);  /* NULL is allowed */
const struct snapshot *members_snapshot(const struct members *members);

/* A row of the snapshot has this number, + 1; 0: it counts nowhere. */
void members_set(struct members *members, size_t row, uint32_t number);
/* Numbers are groups, of which there are so many. */
void members_are_groups(struct members *members, size_t length);
/* Numbers are nodes: parents[node] < node is what it hangs from, and 0 hangs from none.
 * The array, from malloc, is theirs from now on. */
void members_are_nodes(struct members *members, uint32_t *parents, size_t length);
/* Numbers are links of the legend's side: the newest `nframe` frames of each stack count.
 * by_frame[frame] is the group of a frame, + 1, of `frames` of them; all is copied.
 * False: out of memory. */
bool members_are_links(struct members *members, const struct legend_side *side,
		       const uint32_t *by_frame, size_t frames, size_t groups, size_t nframe);
/* No numbers: a row of the snapshot counts in the one that is asked for at this place; to
 * be said of callers before callees.  False: out of memory. */
bool members_hold(struct members *members, size_t row, uint32_t place);

/* The snapshot's rows by which of the rows that are asked for they count in.  Many count
 * in the same, so what is summed up for each set is added up for each row at the end. */
struct member_sets {
	uint32_t *of;                   /* by row of the snapshot: its set; 0 is the empty one */
	struct member_set {
		uint32_t parent;        /* this set is that one (a smaller number), */
		uint32_t place;         /* and the row that was asked for at this place */
		uint32_t child, next;   /* the last set made of it; of its parent's */
	} *sets;
	size_t length, room;
};

/* rows[place]: numbers, as table_member tells them.  False: out of memory; free it all
 * the same. */
bool members_sets(const struct members *members, const uint32_t *rows, size_t length,
		  struct member_sets *sets);
void member_sets_free(struct member_sets *sets);

#endif
