/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When the live blocks of a model were born, and what was alive of it at which time.  A
 * census is a walk over the table of live blocks while the reader has nothing else to do:
 *
 *	due -> begin -> shard 0 .. 511 -> tables of the program's domains -> end
 *
 * Each shard is counted as of the time that the walk is there: a second apart at most.
 */
#include "tracer/heap/count.h"

#include <stdlib.h>
#include "tracer/ground/array.h"

#define WALKED_A_TICK 500000u           /* blocks: a fiftieth of a processor, about */

void model_birth_tick(struct model *model, uint32_t tick)
{
	model->tick = tick < LIVE_BIRTH_MAX ? tick : LIVE_BIRTH_MAX;
}

void model_warm(struct model *model)
{
	if (model->births.census)
		census_warm(model->births.census, model->tick);
}

void model_grows(struct model *model, bool grows) { model->births.grows = grows; }

static void births_show(void *user, uint64_t address, const struct live_block *block)
{
	struct model *model = user;
	struct sample_weight weight = weigh(model, address, block->size);
	uint32_t tally = tally_now(&model->tallies, block->tally, address);
	const struct tally *booked = tally_at(&model->tallies, tally);

	if (booked->state == TALLY_PROVISIONAL)
		tally = booked->forward;
	census_count(model->births.census, tally, block->birth, weight.size, weight.count);
}

/* True if a walk is due and worth its time; the more blocks there are, the less often it
 * is. */
static bool births_due(struct model *model)
{
	struct births *births = &model->births;

	if (model->tick < births->next)
		return false;
	if (!births->census)
		births->census = census_new();
	return births->census &&
	       census_due(births->census, model->tick, model->totals.events);
}

static void births_end(struct model *model)
{
	struct births *births = &model->births;

	births->walks = false;
	births->next = model->tick + (uint32_t)(model->live.blocks / WALKED_A_TICK);
	census_end(births->census);
}

bool model_census(struct model *model)
{
	struct births *births = &model->births;

	if (!births->walks) {
		if (!births_due(model))
			return false;
		census_begin(births->census, model->tick, model->totals.events);
		births->walks = true;
		births->shard = 0;
		return true;
	}
	if (births->shard < LIVE_SHARDS) {
		live_walk(&model->live, births->shard++, births_show, model);
		return true;
	}
	for (unsigned i = 0; i < model->tracks.length; i++)
		for (unsigned shard = 0; shard < LIVE_SHARDS; shard++)
			live_walk(model->tracks.of[i].live, shard, births_show, model);
	births_end(model);
	return true;
}

static void freeze_curves(const struct model *model, struct snapshot *snapshot)
{
	struct snapshot_growth *growth = snapshot->growth;
	size_t room = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < snapshot->rows_length; i++) {
		struct growth_row *row;

		if (!snapshot->rows[i].now.allocations)
			continue;
		if (!array_grow(&growth->rows, &room, growth->length + 1, sizeof(*row)))
			return;
		row = &growth->rows[growth->length];
		*row = (struct growth_row){ .row = kept++ };
		growth->length += census_curve(model->births.census, i, &row->curve);
	}
}

/* A peak that lies in the past has no curves. */
void births_freeze(const struct model *model, struct snapshot *snapshot)
{
	const struct census *census = model->births.census;

	if (snapshot->kind == MOMENT_PEAK ||
	    (snapshot->kind == MOMENT_LIVE && !model->births.grows))
		return;
	snapshot->growth = calloc(1, sizeof(*snapshot->growth));
	if (snapshot->growth && census && census_axis(census, &snapshot->growth->axis))
		freeze_curves(model, snapshot);
}

void births_free(struct births *births)
{
	census_free(births->census);
	*births = (struct births){ .grows = births->grows };
}
