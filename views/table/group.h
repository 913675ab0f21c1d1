/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_GROUP_H
#define VIEWS_TABLE_GROUP_H
/* Sums traces up into groups, by any key of keys.def, for both sides of a diff. */
#include "tracer/ground/finder.h"
#include "views/row/looked.h"
#include "views/table/trie.h"

/* The identity of a group: up to three numbers, some of strings in the legend. */
struct group_key { uint32_t a, b, c; };

struct group {
	struct group_key key;
	uint32_t frame;                 /* stands for the group after grouping_finish */
	struct figures now;
	uint64_t peak, old_count;
	uint64_t was;                   /* bytes on the old side, or earlier, for the rate */
	double variance;                /* of now.size, if it is an estimate */
	double born;                    /* of `now`, bytes times seconds; NaN: not known */
	uint64_t first;                 /* second of the oldest birth, + 1; 0: none; AGE_UNKNOWN */
	uint64_t weight;                /* of its `trace`, see group_count; 0: no trace */
	union {
		uint32_t depth;         /* frames of a stack (BY_TRACEBACK) */
		uint32_t stamp;         /* the last stack that was counted here (cumulative) */
	};
	uint32_t growth;                /* place of its curve and verdict, + 1; 0: none */
	struct trace_id trace;          /* the trace with the most bytes, the new side's first */
	bool from_old, dropped;         /* dropped: a filter keeps its row out */
	uint16_t thread;                /* the thread of that trace's row */
	uint32_t looked;                /* place of what a look found; 0: nothing */
};

#define GROUPING_PENDING 16u

struct grouping {
	struct view view;
	const struct snapshot *now, *old;       /* borrowed; old may be NULL */
	struct legend *legend;
	struct group *groups;
	size_t length, room;
	struct looked_list *looked;     /* borrowed from the table */
	struct group_shown *shown;      /* by group, where groups are of frames */
	struct group_name *names;       /* in lists, from 1 on: group_names.c */
	size_t shown_room, names_length, names_room, by_frame_room;
	struct finder finder;
	uint32_t *by_frame;             /* group + 1 of a frame (BY_TRACEBACK: of a node);
					 * BY_TREE: groups are nodes */
	struct trie trie;               /* BY_TRACEBACK, BY_TREE */
	struct caller *callers;         /* BY_TREE, inverted: views/table/callers.h */
	size_t callers_length, callers_room;
	bool two_catalogs;              /* threads are matched by name */
	struct piles {
		struct group *piles;    /* by link */
		uint32_t *depths;       /* frames of its stack */
		size_t length, room, depths_room;
	} piles[2];                     /* of a cumulative view: views/table/cumulative.h */
	/* The number of threads, then each one's name and how many before it have it. */
	uint32_t *threads[2];
	uint32_t stamp;
	uint64_t before;                /* bytes of the next row at the earlier moment */
	struct pending {
		const struct snapshot_row *row;
		uint64_t before;
		uint32_t group;
		bool old;
	} pending[GROUPING_PENDING];    /* rows whose groups are being prefetched */
	size_t pending_length;          /* of all ever; the last GROUPING_PENDING wait */
};

/* False: out of memory; call grouping_free even then. */
bool grouping_init(struct grouping *grouping, const struct view *view, struct legend *legend,
		   const struct snapshot *now, const struct snapshot *old);
void grouping_free(struct grouping *grouping);

/* Counts a row, or sets legend->failed.  Its group + 1; 0: it may have several. */
uint32_t grouping_add(struct grouping *grouping, struct legend_side *side, size_t nframe,
		  const struct snapshot_row *row, bool old);

/* Counts the rows whose groups are still being fetched; grouping_finish does it too. */
void grouping_flush(struct grouping *grouping);

/* Counts a row at one node of a tree, where the groups have the nodes' numbers. */
void grouping_count(struct grouping *grouping, uint32_t node, const struct snapshot_row *row,
		    bool old);

/* Adds to each node of a tree what its descendants hold, once all rows have been counted;
 * not for inverted trees. */
void grouping_pile(struct grouping *grouping);

/* Whether a row of a snapshot counts in the group of that key (drill in). */
bool grouping_has(struct grouping *grouping, struct legend_side *side, size_t nframe,
		  const struct snapshot_row *row, struct group_key key);

/* Whether a row counts in any group that is not dropped (cumulative views). */
bool grouping_shows(struct grouping *grouping, struct legend_side *side, size_t nframe,
		    const struct snapshot_row *row);

/* Numbers the frames that stand for groups, and puts stacks in order. */
void grouping_finish(struct grouping *grouping);

/* tracemalloc's order of `traceback` statistics: <0, 0, >0. */
int grouping_compare(const struct grouping *grouping, const struct group *a,
		     const struct group *b);

/* The keys of a frame (by line, file, function, module), a thread and a type. */
struct group_key grouping_frame(enum view_key by, const struct legend_frame *frame);
struct group_key grouping_thread(const struct grouping *grouping,
				 const struct legend_side *side, uint16_t thread);
struct group_key grouping_type(const struct grouping *grouping,
			       const struct snapshot_row *row);

/* How many of the newest frames are used to tell stacks apart. */
static inline size_t grouping_frames(const struct view *view, size_t nframe)
{
	bool stacks = view->by == BY_TRACEBACK || view->by == BY_TREE;

	return stacks && view->frames && view->frames < nframe ? view->frames : nframe;
}

#endif
