/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_DOMAINS_PARTS_H
#define TRACER_HEAP_DOMAINS_PARTS_H
/* What a model keeps for domains.h: a part of model_parts.h. */
#include "tracer/heap/live/live.h"
#include "tracer/heap/live/ranges.h"

struct model;
struct model_ring;
struct wire_event;

/* Blocks of the program's own domains: one table for each domain. */
#define TRACKS_MAX 16u
struct track {
	unsigned domain;
	struct live *live;
};
struct tracks {
	unsigned length;
	struct track of[TRACKS_MAX];
};

/* A part of a mapping that the ring's last release took away; it is put back if that
 * release turns out to have failed. */
struct map_held {
	const struct model_ring *ring;
	struct range piece;
	bool temporary;                 /* the release was counted as temporary */
};

struct maps {
	struct ranges ranges;
	struct map_held *held;
	size_t held_length, held_room;
};

/* Applies an ACQUIRE of the mmap domain, counted by this tally.  Results as of
 * model_map. */
int maps_begin(struct model *model, struct model_ring *ring, uint32_t tally,
	       const struct wire_event *event);
/* Both forget all blocks and leave their tallies to the caller. */
void tracks_free(struct tracks *tracks);
void maps_free(struct maps *maps);

#endif
