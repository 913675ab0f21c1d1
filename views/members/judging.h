/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_JUDGING_H
#define VIEWS_MEMBERS_JUDGING_H
/*
 * Verdicts of what several of a snapshot's rows are together.  Their curves add up, process
 * by process, as each has slices of its own (struct snapshot_growth); what the judge says of
 * each process is joined.  share/doc/GROWTH.md has the rules.
 */
#include "tracer/heap/snapshot.h"
#include "views/members/members.h"

/* What one process has in one of the places that are judged. */
struct grown {
	struct growth_curve curve;
	double variance;                /* of its bytes, of samples */
	uint64_t count, allocations;
	bool python;                    /* some of it is Python's */
	uint32_t part;                  /* the process that was added last; 0: none */
	bool judged;                    /* an earlier one has given it a verdict */
};

/* Of all processes together, for a place of which one process alone is judged. */
struct judged_facts {
	double variance;                /* of the bytes, of samples; else 0 */
	double freed;                   /* the share of its blocks that was ever freed, 0 to 1 */
};

struct judging {
	const struct snapshot *snapshot;
	/* The facts of a place; asked for each that has a curve. */
	struct judged_facts (*facts)(void *user, size_t place);
	void *user;
	/* The rest is its own. */
	struct grown *grown;            /* by place */
	struct growth_verdict *verdicts;
	size_t length, room, verdicts_room;
	uint32_t part;
	double until;                   /* where the runs of verdicts end */
};

/* Begins with the next process; before the first one, too. */
void judging_next(struct judging *judging);
/* What this process has at a place so far, for grown_row and grown_add.  Valid until it is
 * called for another place.  NULL: out of memory. */
struct grown *judging_at(struct judging *judging, size_t place);
/* Judges the process.  False: out of memory. */
bool judging_part(struct judging *judging, const struct snapshot_growth *of);
/* The verdicts by place, malloced and the caller's; free those of a judging that failed too.
 * judging->grown[place].judged says which there are. */
struct growth_verdict *judging_end(struct judging *judging);
void judging_free(struct judging *judging);

/* Adds a row of the snapshot's. */
void grown_row(struct grown *to, const struct growth_row *row, const struct snapshot *snapshot);
void grown_add(struct grown *to, const struct grown *from);

/* The verdict of each of `length` places that `sets` were looked up for, where it has a
 * curve (judged[place]): by the curves of `judge`, the members' snapshot or another one of the
 * same catalog, whose rows count where those of the same stack, thread and domain do.
 * False: out of memory. */
bool members_judge(const struct members *members, const struct member_sets *sets,
		   const struct snapshot *judge, size_t length,
		   struct growth_verdict *verdicts, bool *judged);

#endif
