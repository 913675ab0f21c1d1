/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blocks of the program's own domains (memtop_track).  Each domain has its own
 * addresses: the first object of a pool may well stand where malloc's chunk
 * does.  To track a block again is to give it another size and stack.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/heap/model_parts.h"

static struct live *track_of(struct model *model, unsigned place)
{
	if (!model->tracks[place])
		model->tracks[place] = calloc(1, sizeof(*model->tracks[place]));
	return model->tracks[place];
}

static int begin(struct model *model, const struct model_ring *ring, unsigned domain,
		 const struct wire_event *event)
{
	uint64_t address = wire_event_address(event);
	struct live *live = track_of(model, wire_event_domain(event));
	struct live_block block = { .size = wire_event_size(event) }, old;
	int result = live ? tally_get(&model->tallies, wire_event_trace(event), ring->thread,
				      domain, &block.tally) : -ENOMEM;

	if (!result)
		result = live_put(live, address, &block, &old);
	if (result < 0)
		return result;
	if (result)
		model_drop_block(model, address, &old, false);
	model_add_block(model, block.tally, address, block.size);
	return 0;
}

/* What was never tracked needs no end. */
static void end(struct model *model, const struct wire_event *event)
{
	struct live *live = model->tracks[wire_event_domain(event)];
	struct live_block block;

	if (live && live_take(live, wire_event_address(event), &block))
		model_drop_block(model, wire_event_address(event), &block, false);
}

int model_track(struct model *model, struct model_ring *ring, unsigned domain,
		const struct wire_event *event)
{
	unsigned kind = wire_event_kind(event);

	model->totals.events++;
	if (wire_event_domain(event) < WIRE_USER || domain < WIRE_DOMAIN_FIRST ||
	    domain > UINT16_MAX || !wire_event_address(event) || wire_event_size(event) >> 47 ||
	    (kind != WIRE_ACQUIRE && kind != WIRE_RELEASE))
		return -EINVAL;
	model_note_event(ring, 0);
	if (kind == WIRE_ACQUIRE)
		return begin(model, ring, domain, event);
	end(model, event);
	return 0;
}

void tracks_free(struct model *model)
{
	for (unsigned i = 0; i < WIRE_DOMAINS; i++) {
		if (!model->tracks[i])
			continue;
		live_free(model->tracks[i]);
		free(model->tracks[i]);
		model->tracks[i] = NULL;
	}
}
