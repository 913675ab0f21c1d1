/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blocks of the program's own domains (memtop_track).  Each domain has its own addresses,
 * because the first object of a pool may well be at the address of malloc's chunk.
 * Tracking a block again gives it another size and stack.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/heap/domains.h"
#include "tracer/heap/count.h"

/* The index of a domain's table plus one, which is also its number in the log of forks;
 * 0: none yet. */
static unsigned model_track_find(const struct tracks *tracks, unsigned domain)
{
	for (unsigned i = 0; i < tracks->length; i++)
		if (tracks->of[i].domain == domain)
			return i + 1;
	return 0;
}

/* The same, with a table made if need be; 0: no memory, or too many domains. */
static unsigned make(struct model *model, unsigned domain)
{
	struct tracks *tracks = &model->tracks;
	unsigned place = model_track_find(tracks, domain);
	struct live *live = place || tracks->length == TRACKS_MAX ? NULL : calloc(1, sizeof(*live));

	if (!live)
		return place;
	live->memory.budget = model->live.memory.budget;
	tracks->of[tracks->length++] = (struct track){ .domain = domain, .live = live };
	return tracks->length;
}

static void model_track_note(struct model *model, unsigned place, uint64_t address,
			     const struct live_block *old)
{
	if (model->forks.watching)
		forks_log(model, place, address, old);
	if (model->stirred.on)
		stirred_note(&model->stirred, address, old ? old->size : 0);
}

static int model_track_begin(struct model *model, const struct model_ring *ring,
			     unsigned domain, const struct wire_event *event)
{
	uint64_t address = wire_event_address(event);
	unsigned place = make(model, domain);
	struct live_block block = { .size = wire_event_size(event), .birth = model->tick }, old;

	if (model->totals.current + weigh(model, address, block.size).size > SUM_MAX)
		return -EINVAL;
	int result = place ? tally_get(&model->tallies, wire_event_trace(event), ring->thread,
				       domain, &block.tally) : -ENOMEM;

	if (!result && !block_has_room(model, tally_at(&model->tallies, block.tally), address,
				 block.size))
		result = -ENOMEM;
	if (!result)
		result = live_put(model->tracks.of[place - 1].live, address, &block,
				  &old);
	if (result < 0)
		return result;
	if (result)
		model_drop_block(model, address, &old, false);
	model_track_note(model, place, address, result ? &old : NULL);
	model_add_block(model, block.tally, address, block.size);
	return 0;
}

/* Ends a block if it was ever tracked. */
static void model_track_end(struct model *model, unsigned domain,
			    const struct wire_event *event)
{
	unsigned place = model_track_find(&model->tracks, domain);
	uint64_t address = wire_event_address(event);
	struct live_block block;

	if (!place || !live_take(model->tracks.of[place - 1].live, address, &block))
		return;
	model_track_note(model, place, address, &block);
	model_drop_block(model, address, &block, false);
}

static int model_track_apply(struct model *model, struct model_ring *ring,
			     unsigned domain, const struct wire_event *event)
{
	unsigned kind = wire_event_kind(event);

	if (domain < WIRE_DOMAIN_FIRST || domain > UINT16_MAX || !wire_event_address(event) ||
	    wire_event_size(event) >> 47 || (kind != WIRE_ACQUIRE && kind != WIRE_RELEASE))
		return -EINVAL;
	model_note_event(ring, 0);
	if (kind == WIRE_ACQUIRE)
		return model_track_begin(model, ring, domain, event);
	model_track_end(model, domain, event);
	return 0;
}

int model_track(struct model *model, struct model_ring *ring, unsigned domain,
		const struct wire_event *event)
{
	int error = model_track_apply(model, ring, domain, event);

	model->totals.events++;
	model->refused += error < 0;
	return error;
}

void tracks_free(struct tracks *tracks)
{
	for (unsigned i = 0; i < tracks->length; i++) {
		live_free(tracks->of[i].live);
		free(tracks->of[i].live);
	}
	tracks->length = 0;
}
