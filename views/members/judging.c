/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up the curves of places and judges them, one process after the other. */
#include "views/members/judging.h"
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"
#include "tracer/heap/catalog/reuse.h"
#include "tracer/heap/growth/join.h"
#include "tracer/heap/history/change.h"
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

static void grown_facts(struct grown *to, const struct growth_row *row, uint64_t sample)
{
	to->count += row->count;
	to->allocations += row->allocations;
	to->variance += sample_variance(sample, row->size, row->count);
}

void grown_row(struct grown *to, const struct growth_row *row, const struct snapshot *snapshot)
{
	const struct snapshot_row *of = &snapshot->rows[row->row];

	growth_add(&to->curve, &row->curve);
	grown_facts(to, row, snapshot_row_sample(snapshot, of));
	to->python |= snapshot_row_python(of);
}

static void grown_add(struct grown *to, const struct grown *from)
{
	growth_add(&to->curve, &from->curve);
	to->count += from->count;
	to->allocations += from->allocations;
	to->variance += from->variance;
	to->python |= from->python;
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
		.reused = grown->python && reuse_is(judging->snapshot->catalog),
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

	/* Where only the first process has curves, the reason need not name the
	 * process. */
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

/* Judges the members by the curves of another snapshot than their own. */
struct lending {
	const struct snapshot *judge;
	const struct member_sets *sets;
	uint32_t *of;                   /* by row of the judging snapshot: its set */
	struct grown *sums;             /* by set */
	struct judged_facts *facts;     /* by place */
};

static uint64_t stack_key(const struct snapshot_row *row)
{
	const struct change change = {row->trace.v, row->thread, row->domain, {0}};

	return change_key(&change);
}

static bool has_stack_key(const void *context, uint32_t value, const void *key)
{
	const struct snapshot_row *rows = context;

	return stack_key(&rows[value - 1]) == *(const uint64_t *)key;
}

/* Indexes the members' rows that count in some place, by their stack, thread and
 * domain. */
static bool index_rows(const struct snapshot *now, const struct member_sets *sets,
		       struct finder *finder)
{
	for (size_t i = 0; i < now->rows_length; i++)
		if (sets->of[i] && (!finder_room(finder) ||
				    !finder_put(finder, hash_mix(stack_key(&now->rows[i]), 0),
						(uint32_t)i + 1)))
			return false;
	return true;
}

static bool find_sets_of(struct lending *lending, const struct snapshot *now)
{
	const struct snapshot *judge = lending->judge;
	struct finder finder = {0};
	bool fine;

	lending->of = calloc(judge->rows_length + 1, sizeof(*lending->of));
	if (lending->of && judge == now) {
		memcpy(lending->of, lending->sets->of, now->rows_length * sizeof(*lending->of));
		return true;
	}
	fine = lending->of && index_rows(now, lending->sets, &finder);
	for (size_t i = 0; fine && i < judge->rows_length; i++) {
		uint64_t key = stack_key(&judge->rows[i]);
		uint32_t row = finder_find(&finder, hash_mix(key, 0), has_stack_key, now->rows, &key);

		if (row)
			lending->of[i] = lending->sets->of[row - 1];
	}
	finder_free(&finder);
	return fine;
}

/* Sums up, for each set, what the process has in the rows that are in exactly this
 * set. */
static void sum_sets(const struct lending *lending, const struct snapshot_growth *of)
{
	struct grown *sums = lending->sums;

	memset(sums, 0, lending->sets->length * sizeof(*sums));
	for (size_t i = 0; i < of->length; i++) {
		uint32_t set = lending->of[of->rows[i].row];

		if (!set)
			continue;
		sums[set].part = 1;
		grown_row(&sums[set], &of->rows[i], lending->judge);
	}
}

/* Adds the sum of each set to all places that the set consists of. */
static bool spread(const struct lending *lending, struct judging *judging)
{
	const struct member_sets *sets = lending->sets;

	for (uint32_t i = 1; i < sets->length; i++) {
		for (uint32_t at = i; lending->sums[i].part && at; at = sets->sets[at].parent) {
			struct grown *grown = judging_at(judging, sets->sets[at].place);

			if (!grown)
				return false;
			grown_add(grown, &lending->sums[i]);
		}
	}
	return true;
}

/* Sums up what each place holds in all rows of the judging snapshot, including rows
 * without a curve. */
static bool find_facts(struct lending *lending, size_t length)
{
	const struct snapshot *judge = lending->judge;
	const struct member_sets *sets = lending->sets;
	struct grown *places = calloc(length + 1, sizeof(*places));

	lending->facts = calloc(length + 1, sizeof(*lending->facts));
	for (size_t i = 0; places && i < judge->rows_length; i++) {
		const struct figures *now = &judge->rows[i].figures->now;
		const struct growth_row row = {.size = now->size, .count = now->count,
					       .allocations = now->allocations};

		uint64_t sample = snapshot_row_sample(judge, &judge->rows[i]);

		for (uint32_t at = lending->of[i]; at; at = sets->sets[at].parent)
			grown_facts(&places[sets->sets[at].place], &row, sample);
	}
	for (size_t i = 0; places && lending->facts && i < length; i++)
		lending->facts[i] = (struct judged_facts){
			places[i].variance, freed_of(places[i].allocations, places[i].count)};
	free(places);
	return places && lending->facts;
}

static struct judged_facts fact_of(void *user, size_t place)
{
	const struct judged_facts *facts = user;

	return facts[place];
}

/* NULL: out of memory, or nothing was judged. */
static struct growth_verdict *judge_all(const struct lending *lending, struct judging *judging)
{
	const struct snapshot *judge = lending->judge;
	bool fine = true;

	for (const struct snapshot_growth *part = judge->growth; part && fine; part = part->next) {
		judging_next(judging);
		sum_sets(lending, part);
		fine = spread(lending, judging) && judging_part(judging, part);
	}
	return fine && judge->growth ? judging_end(judging) : NULL;
}

bool members_judge(const struct members *members, const struct member_sets *sets,
		   const struct snapshot *judge, size_t length,
		   struct growth_verdict *verdicts, bool *judged)
{
	struct lending lending = {.judge = judge, .sets = sets,
				  .sums = malloc(sets->length * sizeof(*lending.sums))};
	struct judging judging = {.snapshot = judge, .facts = fact_of};
	bool fine = lending.sums && find_sets_of(&lending, members_snapshot(members)) &&
		    find_facts(&lending, length);
	struct growth_verdict *made = NULL;

	judging.user = lending.facts;
	if (fine && judge->growth)
		made = judge_all(&lending, &judging);
	fine = fine && (made || !judge->growth);
	memset(judged, 0, length * sizeof(*judged));
	for (size_t i = 0; made && i < length && i < judging.length; i++) {
		judged[i] = judging.grown[i].judged;
		if (judged[i])
			verdicts[i] = made[i];
	}
	free(made);
	free(lending.of);
	free(lending.sums);
	free(lending.facts);
	judging_free(&judging);
	return fine;
}
