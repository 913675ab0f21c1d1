/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_JUDGING_H
#define VIEWS_MEMBERS_JUDGING_H
/*
 * Verdicts on several rows of a snapshot taken together.  Their curves are added up for
 * each process separately, since each process has slices of its own (struct
 * snapshot_growth); the verdicts on the processes are then joined. share/doc/GROWTH.md
 * has the rules.
 */
#include "tracer/heap/snapshot.h"
#include "views/members/members.h"

/* What one process has in one of the places that are judged. */
struct grown {
	struct growth_curve curve;
	double variance;                /* of its bytes, when they are estimated from
					 * samples */
	uint64_t count, allocations;
	bool python;                    /* some of the blocks are Python's */
	uint32_t part;                  /* the last process that was added; 0: none */
	bool judged;                    /* an earlier process has given it a verdict */
};

/* Sums over all processes, for a place where only one process has been judged. */
struct judged_facts {
	double variance;                /* of the bytes, when they are estimated from
					 * samples; else 0 */
	double freed;                   /* the share of its blocks that were freed, 0
					 * to 1 */
};

struct judging {
	const struct snapshot *snapshot;
	/* The facts of a place; asked for each that has a curve. */
	struct judged_facts (*facts)(void *user, size_t place);
	void *user;
	/* The members below belong to the judging alone. */
	struct grown *grown;            /* by place */
	struct growth_verdict *verdicts;
	size_t length, room, verdicts_room;
	uint32_t part;
	double until;                   /* the end of the time that the verdicts cover */
};

/* Begins with the next process; must be called before the first one too. */
void judging_next(struct judging *judging);
/* What this process holds at a place so far, to be filled by grown_row.
 * Valid until the next call for another place.  NULL: out of memory. */
struct grown *judging_at(struct judging *judging, size_t place);
/* Judges the process that was begun last.  False: out of memory. */
bool judging_part(struct judging *judging, const struct snapshot_growth *of);
/* The verdicts by place, allocated by malloc and owned by the caller, who frees them even
 * if judging failed. judging->grown[place].judged tells which of them are set. */
struct growth_verdict *judging_end(struct judging *judging);
void judging_free(struct judging *judging);

/* Adds one row of the snapshot. */
void grown_row(struct grown *to, const struct growth_row *row, const struct snapshot *snapshot);

/* Gives each of `length` places that `sets` were made for its verdict, if it has a curve
 * (then judged[place] is true).  The curves are those of `judge`: the members' own
 * snapshot, or another one with the same catalog, whose rows count where the rows of the
 * same stack, thread and domain do.  False: out of memory. */
bool members_judge(const struct members *members, const struct member_sets *sets,
		   const struct snapshot *judge, size_t length,
		   struct growth_verdict *verdicts, bool *judged);

#endif
