/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of places, added up and judged, one process after the other. */
#include "views/members/judging.h"
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/heap/growth/join.h"
#include "tracer/heap/sample.h"

void judging_next(struct judging *judging)
{
	if (!judging->part++)
		judging->until = snapshot_census(judging->snapshot);
}

struct grown *judging_at(struct judging *judging, size_t place)
{
	struct grown *grown;

	if (!array_grow(&judging->grown, &judging->room, place + 1, sizeof(*judging->grown)))
		return NULL;
	for (; judging->length <= place; judging->length++)
		judging->grown[judging->length].part = judging->grown[judging->length].judged = 0;
	grown = &judging->grown[place];
	if (grown->part != judging->part)
		*grown = (struct grown){.part = judging->part, .judged = grown->judged};
	return grown;
}

void grown_row(struct grown *to, const struct growth_row *row, uint64_t sample)
{
	growth_add(&to->curve, &row->curve);
	to->count += row->count;
	to->allocations += row->allocations;
	to->variance += sample_variance(sample, row->size, row->count);
}

void grown_add(struct grown *to, const struct grown *from)
{
	growth_add(&to->curve, &from->curve);
	to->count += from->count;
	to->allocations += from->allocations;
	to->variance += from->variance;
}

static double freed_of(uint64_t allocations, uint64_t count)
{
	return allocations > count ? 1 - (double)count / (double)allocations : 0;
}

static void judge_one(struct judging *judging, const struct snapshot_growth *of, size_t place,
		      struct growth_verdict *verdict)
{
	const struct grown *grown = &judging->grown[place];
	bool alone = !of->process;
	struct judged_facts whole = alone ? judging->facts(judging->user, place)
					  : (struct judged_facts){0};
	const struct growth_facts facts = {
		.axis = &of->axis,
		.curve = &grown->curve,
		.variance = !judging->snapshot->sample ? 0 :
			    alone ? whole.variance : grown->variance,
		.freed = alone ? whole.freed : freed_of(grown->allocations, grown->count),
	};

	growth_judge(&facts, verdict);
	if (!alone)
		growth_join_begin(verdict, (struct growth_whose){of->process, of->pid},
				  of->axis.now, judging->until);
}

bool judging_part(struct judging *judging, const struct snapshot_growth *of)
{
	struct growth_verdict verdict;

	if (!array_grow(&judging->verdicts, &judging->verdicts_room, judging->length + 1,
			sizeof(*judging->verdicts)))
		return false;
	for (size_t i = 0; i < judging->length; i++) {
		if (judging->grown[i].part != judging->part)
			continue;
		judge_one(judging, of, i, &verdict);
		if (judging->grown[i].judged)
			growth_join(&judging->verdicts[i], &verdict);
		else
			judging->verdicts[i] = verdict;
		judging->grown[i].judged = true;
	}
	return true;
}

struct growth_verdict *judging_end(struct judging *judging)
{
	const struct snapshot_growth *first = judging->snapshot->growth;
	struct growth_verdict *verdicts = judging->verdicts;

	/* Whose it is goes without saying where the first process alone has any. */
	bool several = first->next || first->process > 1;
	for (size_t i = 0; several && i < judging->length; i++)
		if (judging->grown[i].judged)
			growth_join_end(&verdicts[i]);
	judging->verdicts = NULL;
	return verdicts;
}

void judging_free(struct judging *judging)
{
	free(judging->grown);
	free(judging->verdicts);
	judging->grown = NULL;
	judging->verdicts = NULL;
}

/* By set, what the process has in rows of just that set. */
static void sum_sets(const struct member_sets *sets, const struct snapshot_growth *of,
		     uint64_t sample, struct grown *sums)
{
	memset(sums, 0, sets->length * sizeof(*sums));
	for (size_t i = 0; i < of->length; i++) {
		uint32_t set = sets->of[of->rows[i].row];

		if (!set)
			continue;
		sums[set].part = 1;
		grown_row(&sums[set], &of->rows[i], sample);
	}
}

/* The sums of sets, each to all places that it is of. */
static bool spread(const struct member_sets *sets, const struct grown *sums,
		   struct judging *judging)
{
	for (uint32_t i = 1; i < sets->length; i++) {
		for (uint32_t at = i; sums[i].part && at; at = sets->sets[at].parent) {
			struct grown *grown = judging_at(judging, sets->sets[at].place);

			if (!grown)
				return false;
			grown_add(grown, &sums[i]);
		}
	}
	return true;
}

static struct judged_facts fact_of(void *user, size_t place)
{
	const struct judged_facts *facts = user;

	return facts[place];
}

bool members_judge(const struct members *members, const struct member_sets *sets,
		   const struct judged_facts *facts, size_t length,
		   struct growth_verdict *verdicts, bool *judged)
{
	const struct snapshot *now = members_snapshot(members);
	struct judging judging = {.snapshot = now, .facts = fact_of,
				  .user = (void *)(uintptr_t)facts};
	struct grown *sums = malloc(sets->length * sizeof(*sums));
	bool fine = sums;

	for (const struct snapshot_growth *part = now->growth; part && fine; part = part->next) {
		judging_next(&judging);
		sum_sets(sets, part, now->sample, sums);
		fine = spread(sets, sums, &judging) && judging_part(&judging, part);
	}
	memset(judged, 0, length * sizeof(*judged));
	struct growth_verdict *made = fine && now->growth ? judging_end(&judging) : NULL;
	for (size_t i = 0; made && i < length && i < judging.length; i++) {
		judged[i] = judging.grown[i].judged;
		if (judged[i])
			verdicts[i] = made[i];
	}
	free(made);
	free(sums);
	judging_free(&judging);
	return fine;
}
