/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of groups, and what the judge says of them. */
#include "views/table/group_growth.h"
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/heap/growth/join.h"
#include "tracer/heap/sample.h"

/* What one process has in a group. */
struct grown {
	struct growth_curve curve;
	double variance;
	uint64_t count, allocations;
	uint32_t group;                 /* its number, + 1 */
	uint32_t part;                  /* the process that was added last; 0: none */
};

struct judging {
	struct grouping *grouping;
	const struct snapshot *snapshot;
	struct grown *grown;            /* by the groups' `growth` */
	size_t length, room;
	struct growth_verdict *verdicts;        /* likewise */
	size_t verdicts_room;
	uint32_t part;                  /* the process whose turn it is, from 1 on */
	double until;                   /* where the runs of verdicts end */
};

/* NULL: out of memory. */
static struct grown *grown_of(struct judging *judging, uint32_t number)
{
	struct group *group = &judging->grouping->groups[number - 1];
	struct grown *grown;

	if (!group->growth) {
		if (!array_grow(&judging->grown, &judging->room, judging->length + 1,
				sizeof(*judging->grown)))
			return NULL;
		judging->grown[judging->length++].part = 0;
		group->growth = (uint32_t)judging->length;
	}
	grown = &judging->grown[group->growth - 1];
	if (grown->part != judging->part)
		*grown = (struct grown){.group = number, .part = judging->part};
	return grown;
}

/* False: out of memory. */
static bool add_curves(struct judging *judging, const struct snapshot_growth *of,
		       const uint32_t *groups)
{
	for (size_t i = 0; i < of->length; i++) {
		const struct growth_row *row = &of->rows[i];
		struct grown *grown;

		if (!groups[row->row])
			continue;
		grown = grown_of(judging, groups[row->row]);
		if (!grown)
			return false;
		growth_add(&grown->curve, &row->curve);
		grown->count += row->count;
		grown->allocations += row->allocations;
		grown->variance += sample_variance(judging->snapshot->sample, row->size,
						   row->count);
	}
	return true;
}

static double freed_of(uint64_t allocations, uint64_t count)
{
	return allocations > count ? 1 - (double)count / (double)allocations : 0;
}

static void judge_one(struct judging *judging, const struct snapshot_growth *of,
		      const struct grown *grown, struct growth_verdict *verdict)
{
	const struct group *group = &judging->grouping->groups[grown->group - 1];
	bool alone = !of->process;
	const struct growth_facts facts = {
		.axis = &of->axis,
		.curve = &grown->curve,
		.variance = !judging->snapshot->sample ? 0 :
			    alone ? group->variance : grown->variance,
		.freed = alone ? freed_of(group->now.allocations, group->now.count) :
				 freed_of(grown->allocations, grown->count),
	};

	growth_judge(&facts, verdict);
	if (!alone)
		growth_join_begin(verdict, (struct growth_whose){of->process, of->pid},
				  of->axis.now, judging->until);
}

/* Judges what one process has in its groups, of which there were `before` ahead of it.
 * False: out of memory. */
static bool judge_part(struct judging *judging, const struct snapshot_growth *of,
		       size_t before)
{
	struct growth_verdict verdict;

	if (!array_grow(&judging->verdicts, &judging->verdicts_room, judging->length + 1,
			sizeof(*judging->verdicts)))
		return false;
	for (size_t i = 0; i < judging->length; i++) {
		if (judging->grown[i].part != judging->part)
			continue;
		judge_one(judging, of, &judging->grown[i], &verdict);
		if (i < before)
			growth_join(&judging->verdicts[i], &verdict);
		else
			judging->verdicts[i] = verdict;
	}
	return true;
}

struct growth_verdict *grouping_judge(struct grouping *grouping, const struct snapshot *of,
				      const uint32_t *groups)
{
	struct judging judging = {.grouping = grouping, .snapshot = of,
				  .until = snapshot_census(of)};
	bool fine = array_grow(&judging.verdicts, &judging.verdicts_room, 1,
			       sizeof(*judging.verdicts));

	for (const struct snapshot_growth *part = of->growth; part && fine; part = part->next) {
		size_t before = judging.length;

		judging.part++;
		fine = add_curves(&judging, part, groups) && judge_part(&judging, part, before);
	}
	/* Whose it is goes without saying where the first process alone has any. */
	bool several = of->growth->next || of->growth->process > 1;
	for (size_t i = 0; fine && several && i < judging.length; i++)
		growth_join_end(&judging.verdicts[i]);
	free(judging.grown);
	if (fine)
		return judging.verdicts;
	free(judging.verdicts);
	return NULL;
}
