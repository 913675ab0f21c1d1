/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_MEMBERS_H
#define VIEWS_MEMBERS_MEMBERS_H
/*
 * Which rows of a snapshot make up a row of a table (on the new side of a diff), for
 * callers who need more of them than the table itself tells.  They are identified by
 * numbers, so that any thread can look them up while the table is in use or after it has
 * been freed.  The table (views/table/table_members.h) writes down one number for each
 * row of the snapshot, and says what the numbers are:
 *
 * 	groups	the row counts in that group
 * 	nodes	of a tree: it counts in that node and in all nodes above it
 * 	links	of a stack: it counts in the group of each frame of it (cumulative)
 *
 * or it names the members of each row itself (in a tree of callees).
 */
#include "views/row/legend.h"

struct members;

/* Makes the members of a snapshot, which they retain; the caller gets one reference.
 * NULL: out of memory. */
struct members *members_new(struct snapshot *now);
struct members *members_retain(struct members *members);
void members_release(struct members *members);  /* NULL is allowed */
const struct snapshot *members_snapshot(const struct members *members);

/* Sets the number, + 1, of a row of the snapshot; 0: the row counts nowhere. */
void members_set(struct members *members, size_t row, uint32_t number);
/* Numbers are groups, and there are `length` of them. */
void members_are_groups(struct members *members, size_t length);
/* Numbers are nodes: a node hangs from parents[node], which is smaller; node 0 hangs from
 * none.  The array was allocated by malloc and belongs to the members from now on. */
void members_are_nodes(struct members *members, uint32_t *parents, size_t length);
/* Numbers are links of the legend's side, and the newest `nframe` frames of each stack
 * count. by_frame[frame] is the group of a frame, + 1; there are `frames` frames.
 * Everything is copied.  False: out of memory. */
bool members_are_links(struct members *members, const struct legend_side *side,
		       const uint32_t *by_frame, size_t frames, size_t groups, size_t nframe);
/* Used in place of numbers: a row of the snapshot counts in the requested row at this
 * place.  Callers must be told before their callees.  False: out of memory. */
bool members_hold(struct members *members, size_t row, uint32_t place);

/* For each row of the snapshot, the set of requested rows that it counts in.  Many rows
 * share a set, so sums are made for each set first and added up for each requested row at
 * the end. */
struct member_sets {
	uint32_t *of;                   /* by row of the snapshot: its set; 0 is the empty one */
	struct member_set {
		uint32_t parent;        /* this set consists of that one (a smaller
					 * number) */
		uint32_t place;         /* and of the requested row at this place */
		uint32_t child, next;   /* the newest set made from it; the next set made
					 * from its parent */
	} *sets;
	size_t length, room;
};

/* Finds the sets for rows[place], numbers that came from table_member.  False: out of
 * memory; free the sets even then. */
bool members_sets(const struct members *members, const uint32_t *rows, size_t length,
		  struct member_sets *sets);
void member_sets_free(struct member_sets *sets);

#endif
