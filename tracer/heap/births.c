/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When the live blocks of a model were born, and how many of them were alive when.  A
 * census is a walk over the table of live blocks, which is made while the reader has
 * nothing else to do:
 *
 *	due -> begin -> tallies -> blocks, 64 KiB by 64 KiB -> the program's domains -> end
 *
 * Each 64 KiB of addresses are counted as they are when the walk gets there; a tally's sums
 * are read all at once at the beginning.  In long runs censuses become rare, so walks
 * between them look up the oldest blocks alone.  The average age of blocks needs no walk,
 * since tallies keep the sum of their births.
 */
#include "tracer/heap/count.h"

#include <assert.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include "tracer/heap/tally/then.h"

#define WALKED_A_TICK 500000u           /* blocks: takes about a fiftieth of a
					 * processor */
#define TALLIES_AT_ONCE 8192u
#define WALKED_AT_ONCE 16u              /* times 64 KiB of addresses */
#define LOOK_EVERY 10u                  /* ticks; with more blocks than WALKED_A_TICK, as
					 * many times this */
#define TOGETHER 64u                    /* blocks whose tallies are fetched at once, */
#define TALLIES_NEAR 1024u              /* unless there are so few that they stay in the
					 * processor's cache */
#define AT_ONCE 262144u                 /* blocks that may be walked while a snapshot is
					 * frozen, */
#define AT_ONCE_LIVE 16384u             /* and while a screen is, which happens several
					 * times a second */

void model_birth_tick(struct model *model, uint32_t tick)
{
	model->tick = tick < LIVE_BIRTH_MAX ? tick : LIVE_BIRTH_MAX;
}

void model_warm(struct model *model)
{
	if (model->births.census)
		census_warm(model->births.census, model->tick);
}

void model_grows(struct model *model, uint32_t rows) { model->births.grows = rows; }

/* The tally under which a block counts now: that of its entry, or the one that has
 * replaced it. */
static uint32_t births_tally(const struct model *model, uint32_t index, uint64_t address)
{
	uint32_t tally = tally_now(&model->tallies, index, address);
	const struct tally *booked = tally_at(&model->tallies, tally);

	return booked->state == TALLY_PROVISIONAL ? tally_forward(&model->tallies, booked) :
						    tally;
}

/* A block that a walk has come to, and what it counts for. */
struct walked {
	uint64_t address;
	uint32_t tally, birth;
	struct sample_weight weight;
};

typedef void births_see(struct model *model, const struct walked *block);

static void births_look(struct model *model, const struct walked *block)
{
	oldest_count(&model->births.oldest, births_tally(model, block->tally, block->address),
		     block->birth);
}

static void births_show(struct model *model, const struct walked *block)
{
	const struct sample_weight weight = block->weight;
	uint32_t tally = births_tally(model, block->tally, block->address);

	census_count(model->births.census, tally, block->birth, weight.size,
		     weight.count);
	oldest_count(&model->births.oldest, tally, block->birth);
}

static inline struct walked walked_of(const struct model *model, uint64_t address,
				      const struct live_block *block)
{
	return (struct walked){ address, block->tally, block->birth,
				weigh(model, address, block->size) };
}

/* What is known of a block's tally lies anywhere in memory and is rarely in a cache, so
 * most of a walk's time would be spent on waiting for one block's after the other's.
 * That of some blocks together is fetched at once. */
struct group {
	struct model *model;
	births_see *see;
	unsigned length;
	struct walked block[TOGETHER];
};

static void see_group(struct group *group)
{
	const struct census *census = group->model->births.census;
	bool counted = group->see == births_show;

	for (unsigned i = 0; i < group->length; i++)
		tally_fetch(&group->model->tallies, group->block[i].tally);
	for (unsigned i = 0; i < group->length && counted; i++)
		census_fetch(census, group->block[i].tally);
	for (unsigned i = 0; i < group->length && counted; i++)
		census_fetch_counts(census, group->block[i].tally);
	for (unsigned i = 0; i < group->length; i++)
		group->see(group->model, &group->block[i]);
	group->length = 0;
}

static void join_group(void *user, uint64_t address, const struct live_block *block)
{
	struct group *group = user;

	group->block[group->length++] = walked_of(group->model, address, block);
	if (group->length == TOGETHER)
		see_group(group);
}

/* With few tallies, blocks side by side are often of the same one and of the same time.  A
 * census counts them together. */
struct births_run {
	struct model *model;
	bool any, same;                 /* same: the tally is all its blocks' own */
	struct walked all;              /* the first block, and the weight of all */
};

__attribute__((noinline)) static void
run_begin(struct births_run *run, uint64_t address, const struct live_block *block)
{
	if (run->any)
		births_show(run->model, &run->all);
	run->all = walked_of(run->model, address, block);
	run->any = true;
	run->same = tally_at(&run->model->tallies, block->tally)->state == TALLY_KEYED;
}

static void join_run(void *user, uint64_t address, const struct live_block *block)
{
	struct births_run *run = user;
	struct sample_weight weight;

	if (!run->same || block->tally != run->all.tally || block->birth != run->all.birth) {
		run_begin(run, address, block);
		return;
	}
	weight = weigh(run->model, address, block->size);
	run->all.weight.size += weight.size;
	run->all.weight.count += weight.count;
}

static bool walk_runs(struct model *model, const struct live *live, uint64_t *at)
{
	struct births_run run = { .model = model };
	bool more = live_walk(live, at, join_run, &run);

	if (run.any)
		births_show(model, &run.all);
	return more;
}

static void births_look_at(void *user, uint64_t address, const struct live_block *block)
{
	const struct walked walked = { .address = address, .tally = block->tally,
				       .birth = block->birth };

	births_look(user, &walked);
}

/* Walks the next blocks of a table; false: there were no more. */
static bool walk_some(struct model *model, const struct live *live, uint64_t *at,
		      births_see *see)
{
	struct group group;
	bool more = true;

	if (model->tallies.length <= TALLIES_NEAR && see == births_show)
		return walk_runs(model, live, at);
	if (model->tallies.length <= TALLIES_NEAR)
		return live_walk(live, at, births_look_at, model);
	group.model = model;
	group.see = see;
	group.length = 0;
	more = live_walk(live, at, join_group, &group);
	see_group(&group);
	return more;
}

static void walk_table(struct model *model, const struct live *live, births_see *see)
{
	uint64_t at = 0;

	while (walk_some(model, live, &at, see))
		;
}

/* Walks blocks that are not in the table of live blocks: the program's own domains, and
 * mmap's. */
static void walk_domains(struct model *model, births_see *see)
{
	const struct ranges *ranges = &model->maps.ranges;

	for (unsigned i = 0; i < model->tracks.length; i++)
		walk_table(model, model->tracks.of[i].live, see);
	for (uint32_t i = 0; i < ranges->mappings_length; i++) {
		const struct mapping *mapping = &ranges->mappings[i];
		const struct walked walked = { mapping->address, mapping->tally, mapping->birth,
					       { mapping->size, 1 } };

		if (mapping->pieces && mapping->size)
			see(model, &walked);
	}
}

/* Whether a walk is due and worth its time; the more blocks there are, the rarer walks
 * become. */
static bool births_due(struct model *model)
{
	struct births *births = &model->births;
	uint32_t slow = (uint32_t)(model->live.blocks / WALKED_A_TICK);

	if (model->tick < births->next)
		return false;
	births->looks = !births->census || !census_due(births->census);
	return !births->looks || (model->totals.events != births->known &&
				  model->tick >= births->oldest.tick + LOOK_EVERY * (1 + slow));
}

static void births_end(struct model *model)
{
	struct births *births = &model->births;

	assert(births->walks);
	births->walks = false;
	births->next = model->tick + (uint32_t)(model->live.blocks / WALKED_A_TICK);
	if (!births->looks)
		census_end(births->census);
	if (births->overtaken)
		return;
	oldest_end(&births->oldest, model->tick);
	births->known = births->began;
}

static void births_begin(struct model *model)
{
	struct births *births = &model->births;

	assert(!births->walks && (births->looks || births->census));
	births->walks = true;
	births->overtaken = false;
	births->at = 0;
	births->tally = 0;
	births->began = model->totals.events;
	if (!births->looks)
		census_begin(births->census, model->tick, model->totals.events);
	oldest_begin(&births->oldest);
}

/* Counts some more tallies.  False: all have been counted. */
static bool count_tallies(struct model *model)
{
	const struct tallies *tallies = &model->tallies;
	struct births *births = &model->births;
	uint32_t end = births->tally + TALLIES_AT_ONCE;

	if (births->looks || births->tally >= tallies->length)
		return false;
	for (; births->tally < tallies->length && births->tally < end; births->tally++) {
		const struct tally *tally = tally_at(tallies, births->tally);
		uint32_t of = tally->state == TALLY_PROVISIONAL ? tally_forward(tallies, tally) :
								  births->tally;
		const struct figures now = tally_figures(tallies, tally);

		census_live(births->census, of, now.size, now.count);
	}
	return true;
}

void model_pass(struct model *model)
{
	struct births *births = &model->births;

	if (!births->census)
		births->census = census_new();
	if (births->census)
		census_pass(births->census, model->tick, model->totals.events);
}

bool model_census(struct model *model)
{
	struct births *births = &model->births;
	births_see *see = births->looks ? births_look : births_show;

	model_pass(model);
	if (!births->walks) {
		if (!births_due(model))
			return false;
		births_begin(model);
		return true;
	}
	if (count_tallies(model))
		return true;
	for (unsigned i = 0; i < WALKED_AT_ONCE; i++)
		if (!walk_some(model, &model->live, &births->at, see)) {
			walk_domains(model, see);
			births_end(model);
			return false;
		}
	return true;
}

/* Whether the sums of a tally say when its oldest block was born.  Births are whole numbers
 * from 0 to now, so an average of less than 1 has a birth of 0 in it, and for an average of now
 * all are now; but blocks without a byte are not in the sums. */
static bool sums_tell(const struct model *model, const struct tally *tally, uint64_t size,
		      uint32_t *birth)
{
	const struct tally_then then = tally_then(&model->tallies, tally, false);
	unsigned class = size_class(0);
	uint32_t smallest = then.low->sizes[class] + (then.base ? then.base_sizes[class] : 0);
	bool now = tally->born == size * model->tick && !smallest;

	*birth = tally->born < size ? 0 : model->tick;
	return tally->state == TALLY_KEYED && (tally->born < size || now);
}

/* Tells the oldest blocks in the table by sums.  False: not of all tallies, so that the table
 * must be walked. */
static bool look_at_sums(struct model *model)
{
	const struct tallies *tallies = &model->tallies;
	bool all = tallies->length <= model->live.blocks;

	for (uint32_t i = 0; all && i < tallies->length; i++) {
		const struct tally *tally = tally_at(tallies, i);
		const struct figures now = tally_figures(tallies, tally);
		uint32_t birth;

		if (!now.count || tally->domain == WIRE_MMAP || tally->domain >= WIRE_USER)
			continue;
		all = sums_tell(model, tally, now.size, &birth);
		if (all)
			oldest_count(&model->births.oldest, i, birth);
	}
	return all;
}

/* Looks up the oldest blocks at once if they are not known as of now and there are few
 * live blocks, or if the program has ended, when nobody waits.  A walk that is under way
 * has nothing to add to that. */
static void look_now(struct model *model, enum moment_kind kind)
{
	struct births *births = &model->births;
	uint64_t most = kind == MOMENT_EXIT ? UINT64_MAX :
			kind == MOMENT_LIVE ? AT_ONCE_LIVE : AT_ONCE;

	if (model->live.blocks > most ||
	    (births->oldest.walked && births->known == model->totals.events))
		return;
	births->overtaken = births->walks;
	births->known = model->totals.events;
	oldest_begin(&births->oldest);
	if (!look_at_sums(model))
		walk_table(model, &model->live, births_look);
	walk_domains(model, births_look);
	oldest_end(&births->oldest, model->tick);
}

static void look_for(struct model *model, struct snapshot *snapshot)
{
	const struct births *births = &model->births;

	if (snapshot->kind != MOMENT_PEAK)
		look_now(model, snapshot->kind);
	if (births->oldest.walked)
		snapshot->walked = births->known == model->totals.events ?
				   model->tick : births->oldest.tick;
}

/* For a peak in the past the oldest blocks are known only of tallies that have not changed
 * since. */
void births_freeze_figures(const struct model *model, uint32_t index,
			   struct row_figures *figures)
{
	uint32_t oldest = figures->born == AGE_UNKNOWN ? OLDEST_NONE :
			  oldest_of(&model->births.oldest, index);

	if (!figures->now.count)
		figures->oldest = 0;
	else
		figures->oldest = oldest == OLDEST_NONE ? AGE_UNKNOWN : oldest;
}

bool births_freeze_curve(const struct model *model, uint32_t index,
			 struct births_curves *curves, uint32_t row)
{
	struct snapshot_growth *growth = curves->of;
	struct growth_row *to;

	if (growth->length == curves->room) {
		if (!array_grow(&growth->rows, &curves->room, growth->length + 1,
				sizeof(*to)))
			return false;
		/* A curve is more than a kilobyte. */
		large_pages(growth->rows, curves->room * sizeof(*to));
	}
	to = &growth->rows[growth->length];
	*to = (struct growth_row){ .row = row };
	growth->length += census_curve(model->births.census, index, &to->curve);
	return true;
}

/* There are no curves for a peak that lies in the past. */
struct births_curves births_freeze(struct model *model, struct snapshot *snapshot)
{
	const struct census *census = model->births.census;
	struct births_curves curves = { 0 };

	look_for(model, snapshot);
	if (snapshot->kind == MOMENT_PEAK ||
	    (snapshot->kind == MOMENT_LIVE && model->tallies.length > model->births.grows))
		return curves;
	snapshot->growth = calloc(1, sizeof(*snapshot->growth));
	if (snapshot->growth && census && census_axis(census, &snapshot->growth->axis))
		curves.of = snapshot->growth;
	return curves;
}

void births_free(struct births *births)
{
	census_free(births->census);
	oldest_free(&births->oldest);
	*births = (struct births){ .grows = births->grows };
}
