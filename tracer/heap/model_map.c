/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The mmap domain: the program's own mmap, mremap and sbrk begin mappings, and munmap
 * ends parts of them.  They have figures, but do not count in the totals.
 *
 * What a release took away is held until the next event of its ring, because the call may
 * fail: then all is put back as it was.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/heap/domains.h"
#include "tracer/heap/count.h"
#include "tracer/ground/array.h"
#include "tracer/ground/shared/page.h"

enum resize { BEGINS, SHRINKS, COMES_BACK };

static struct tally_block map_block(uint64_t size)
{
	return (struct tally_block){ size, 1, size_class(size) };
}

/* Changes all sums for a mapping whose size has changed; `temporary`: it has ended, and
 * was a temporary one. */
static void model_map_resize(struct model *model, struct mapping *mapping, uint64_t size,
			     enum resize change, bool temporary)
{
	struct tallies *tallies = &model->tallies;
	struct tally *tally = tally_at(tallies, mapping->tally);
	uint64_t old = mapping->size, count = (uint64_t)!old + (uint64_t)!size;

	model_hold_peak(model);
	tally_save(tallies, tally);
	if (model->watch && change == BEGINS)
		watch_add(model->watch, tallies, mapping->tally, size, 1);
	else if (model->watch && change == SHRINKS)
		watch_drop(model->watch, tallies, mapping->tally, old - size, count);
	else if (model->watch)
		watch_restore(model->watch, tallies, mapping->tally, size - old, count);
	model->totals.mapped += size - old;
	if (old)
		tally_take(tallies, tally, map_block(old), temporary);
	if (size)
		tally_add(tallies, tally, map_block(size));
	if (change == BEGINS) {
		mapping->birth = model->tick;
		tally_add_ever(tallies, tally, map_block(size));
	}
	tally->born += (size - old) * mapping->birth;
	mapping->size = size;
}

/* Drops what the ring's last release took away, now that the release has succeeded. */
static void forget_held(struct maps *maps, const struct model_ring *ring)
{
	size_t kept = 0;

	for (size_t i = 0; i < maps->held_length; i++) {
		if (maps->held[i].ring == ring)
			ranges_drop(&maps->ranges, &maps->held[i].piece);
		else
			maps->held[kept++] = maps->held[i];
	}
	maps->held_length = kept;
}

static int model_map_hold(struct maps *maps, const struct map_held *held)
{
	if (!array_grow(&maps->held, &maps->held_room, maps->held_length + 1,
			sizeof(*maps->held)))
		return -ENOMEM;
	maps->held[maps->held_length++] = *held;
	return 0;
}

/* Ends what is mapped in [start, end).  `ring` is the one that may take it back, or
 * NULL. */
static int end_range(struct model *model, const struct model_ring *ring, uint64_t start,
		     uint64_t end)
{
	struct maps *maps = &model->maps;
	struct map_held held = { .ring = ring };
	int result;

	while ((result = ranges_take(&maps->ranges, start, end, &held.piece)) > 0) {
		struct mapping *mapping = &maps->ranges.mappings[held.piece.mapping];
		uint64_t left = mapping->size - (held.piece.end - held.piece.start);

		held.temporary = ring && !left && ring->last_acquired == mapping->address;
		model_map_resize(model, mapping, left, SHRINKS, held.temporary);
		if (!ring || model_map_hold(maps, &held))
			ranges_drop(&maps->ranges, &held.piece);
	}
	return result;
}

static int model_map_begin(struct model *model, uint32_t tally,
			   const struct wire_event *event)
{
	uint64_t start = wire_event_address(event), end = start + wire_event_size(event);
	struct mapping *mapping;
	uint32_t index;
	int error = model->totals.mapped + wire_event_size(event) > SUM_MAX ? -EINVAL : 0;

	/* MAP_FIXED replaces other mappings, in whole pages. */
	if (!error)
		error = end_range(model, NULL, start, page_end(end));

	if (!error && !tally_room(&model->tallies, tally_at(&model->tallies, tally),
				  wire_event_size(event), 1))
		error = -ENOMEM;
	if (!error)
		error = ranges_add(&model->maps.ranges, start, end, &index);
	if (error)
		return error;
	mapping = &model->maps.ranges.mappings[index];
	mapping->tally = tally;
	model_map_resize(model, mapping, wire_event_size(event), BEGINS, false);
	return 0;
}

/* Puts a piece back into its mapping. */
static void put_piece(struct model *model, const struct map_held *held)
{
	struct mapping *mapping = &model->maps.ranges.mappings[held->piece.mapping];
	struct tally *tally = tally_at(&model->tallies, mapping->tally);
	uint64_t size = mapping->size + held->piece.end - held->piece.start;

	/* If there is no memory: it had room for that before. */
	tally_make_room(&model->tallies, tally, size, 1);
	model_map_resize(model, mapping, size, COMES_BACK, false);
	/* Now that the tally has been saved. */
	tally_take_temporary(&model->tallies, tally, held->temporary);
}

static void model_map_put_back(struct model *model, const struct model_ring *ring)
{
	struct maps *maps = &model->maps;
	size_t kept = 0;

	for (size_t i = 0; i < maps->held_length; i++) {
		const struct map_held *held = &maps->held[i];

		if (held->ring != ring)
			maps->held[kept++] = *held;
		else if (ranges_put(&maps->ranges, &held->piece))
			ranges_drop(&maps->ranges, &held->piece);
		else
			put_piece(model, held);
	}
	maps->held_length = kept;
}

int maps_begin(struct model *model, struct model_ring *ring, uint32_t tally,
	       const struct wire_event *event)
{
	if (!wire_event_size(event))
		return -EINVAL;
	forget_held(&model->maps, ring);
	int error = model_map_begin(model, tally, event);

	model_note_event(ring, error ? 0 : wire_event_address(event));
	return error;
}

static int model_map_release(struct model *model, struct model_ring *ring,
			     const struct wire_event *event)
{
	uint64_t start = wire_event_address(event);

	forget_held(&model->maps, ring);
	int error = end_range(model, ring, start, start + wire_event_size(event));

	model_note_event(ring, 0);
	return error;
}

static int model_map_apply(struct model *model, struct model_ring *ring,
			   const struct wire_event *event)
{
	uint32_t tally;

	if (!wire_event_address(event) || wire_event_size(event) >> 47)
		return -EINVAL;
	switch (wire_event_kind(event)) {
	case WIRE_ACQUIRE:
		if (tally_get(&model->tallies, wire_event_trace(event), ring->thread, WIRE_MMAP,
			      &tally))
			return -ENOMEM;
		return maps_begin(model, ring, tally, event);
	case WIRE_RELEASE:
		return model_map_release(model, ring, event);
	case WIRE_REALLOC_RESTORE:
		model_map_put_back(model, ring);
		return 0;
	}
	return -EINVAL;
}

int model_map(struct model *model, struct model_ring *ring,
	      const struct wire_event *event)
{
	int error = model_map_apply(model, ring, event);

	model->totals.events++;
	model->refused += error < 0;
	return error;
}

void maps_free(struct maps *maps)
{
	ranges_free(&maps->ranges);
	free(maps->held);
	*maps = (struct maps){ 0 };
}
