/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules by which an event changes the live blocks, the tallies and the totals.  All
 * of them use model_add_block and model_drop_block, so the totals always equal the sums
 * over the tallies, and "current" is exactly the bytes in the table: it cannot underflow.
 */
#include "tracer/heap/life.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/heap/tally/lately.h"

/* Values of pending.tally for a realloc that took away no block known to the model. */
#define TALLY_UNKNOWN UINT32_MAX        /* counted as an unknown free */
#define TALLY_SWALLOWED (UINT32_MAX - 1)

#define PENDING_MAX (sizeof(((struct model_ring *)0)->pending) / sizeof(struct model_pending))

struct model *model_new(struct catalog *catalog, struct heap_memory memory)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->catalog = catalog;
	model->live.memory = memory;
	model->tallies.budget = memory.budget;
	model->tallies.prefault.worker = memory.prefault;
	return model;
}

void model_sample(struct model *model, uint64_t every) { model->sample = every; }
void model_watch(struct model *model, struct watch *watch) { model->watch = watch; }

void model_free(struct model *model)
{
	if (!model)
		return;
	forks_free(&model->forks);
	stirred_watch(&model->stirred, false);
	live_free(&model->live);
	tallies_free(&model->tallies);
	watch_free(model->watch);
	tracks_free(&model->tracks);
	maps_free(&model->maps);
	cuts_free(&model->cuts);
	births_free(&model->births);
	free(model->batch);
	free(model);
}

/* Undoes drop_block for a realloc that failed, as if nothing had happened. */
static void restore_block(struct model *model, uint64_t address,
			  const struct live_block *block, bool temporary)
{
	const struct sample_weight weight = weigh(model, address, block->size);
	const uint64_t temporaries = temporary ? weight.count : 0;
	struct tally *tally = tally_at(&model->tallies, block->tally);
	struct totals *totals = &model->totals;

	model_hold_peak(model);
	tally_save(&model->tallies, tally);
	if (model->watch)
		watch_restore(model->watch, &model->tallies, block->tally, weight.size,
			      weight.count);
	tally_add(&model->tallies, tally, tally_block_of(block->size, weight));
	tally_take_temporary(&model->tallies, tally, temporaries);
	tally->born += weight.size * block->birth;
	totals->current += weight.size;
	totals->blocks += weight.count;
	totals->frees -= weight.count;
	totals->temporary -= temporaries;
	raise_peak(model);
}

static void drop_pending(struct model_ring *ring, unsigned at)
{
	ring->pending_open -= !ring->pending[at].done;
	ring->pending_length--;
	memmove(&ring->pending[at], &ring->pending[at + 1],
		(ring->pending_length - at) * sizeof(ring->pending[0]));
}

static void push_pending(struct model_ring *ring, const struct model_pending *pending)
{
	if (ring->pending_length == PENDING_MAX) {
		unsigned at = 0;

		while (at < PENDING_MAX && !ring->pending[at].done)
			at++;
		drop_pending(ring, at < PENDING_MAX ? at : 0);
	}
	ring->pending[ring->pending_length++] = *pending;
	ring->pending_open++;
	ring->pending_acquired |= pending->last_acquired != 0;
}

static inline int acquire(struct model *model, struct model_ring *ring,
			  const struct wire_event *event)
{
	uint32_t index;
	struct tally *tally = tally_of(&model->tallies, wire_event_trace(event),
				       ring->thread, wire_event_domain(event), &index);
	int error = tally ? put_block(model, ring, tally, index, event) : -ENOMEM;

	if (!error) {
		model_mark_done(ring);
		model_note_event(ring, wire_event_address(event));
	}
	return error;
}

void model_pend_block(struct model_ring *ring, uint64_t address,
		      const struct live_block *block, bool temporary)
{
	push_pending(ring, &(struct model_pending){
		.address = address,
		.size = block->size,
		.tally = block->tally,
		.birth = block->birth,
		.last_acquired = ring->last_acquired,
		.was_temporary = temporary,
	});
	/* Enclosing reallocs drop theirs only if this one succeeds. */
	ring->last_acquired = 0;
}

/* Applies an event that says that a block is now another object: one has ended, and
 * another one of its size has begun. */
static int again(struct model *model, struct model_ring *ring,
		 const struct wire_event *event)
{
	uint64_t address = wire_event_address(event);
	struct live_block block, old;
	uint32_t index;

	if (!live_find(&model->live, address, &block))
		return 0;
	int error = tally_get(&model->tallies, wire_event_trace(event), ring->thread,
			      wire_event_domain(event), &index);
	if (error)
		return error;
	if (!block_has_room(model, tally_at(&model->tallies, index), address, block.size))
		return -ENOMEM;
	block.tally = index;
	block.birth = model->tick;
	if (live_put(&model->live, address, &block, &old) < 0)
		return -ENOMEM;
	model_drop_block(model, address, &old, false);
	forks_note(model, address, &old);
	model_add_block(model, index, address, block.size);
	model_note_event(ring, 0);
	return 0;
}

/*
 * Counts a free of a block whose allocation was never seen, by the code that freed it.
 * Blocks that an allocator took inside a hook belong to that hook, and so do their frees.
 * Once blocks were forgotten on purpose, nobody can tell whether this is one of them.
 */
void model_count_unknown(struct model *model, uint64_t who, int by)
{
	if (who == WIRE_BY_ALLOCATOR || model->unknown.off)
		return;
	model_hold_peak(model);
	model->totals.unknown_frees += (uint64_t)(int64_t)by;
	unknown_count(&model->unknown, who, by);
}

static int realloc_release(struct model *model, struct model_ring *ring,
			   const struct wire_event *event)
{
	bool temporary = model_is_temporary(model, ring, event);
	struct live_block block = { 0 };

	switch (end_block(model, ring, event, temporary, &block)) {
	case END_OF_BLOCK:
		break;
	case END_SWALLOWED:
		block.tally = TALLY_SWALLOWED;
		break;
	case END_UNKNOWN:
		block = (struct live_block){ .size = wire_event_size(event),
					     .tally = TALLY_UNKNOWN };
		model_count_unknown(model, block.size, 1);
	}
	model_pend_block(ring, wire_event_address(event), &block, temporary);
	return 0;
}

static int model_put_back(struct model *model, const struct model_pending *pending)
{
	struct live_block block = { pending->size, pending->tally, pending->birth }, old;

	block.tally = tally_now(&model->tallies, pending->tally, pending->address);
	const struct sample_weight weight = weigh(model, pending->address, block.size);

	if (live_find(&model->live, pending->address, &old))
		return -EINVAL;
	if (!tally_make_room(&model->tallies, tally_at(&model->tallies, block.tally),
			     weight.size, weight.count))
		return -ENOMEM;
	if (live_put(&model->live, pending->address, &block, &old) < 0)
		return -ENOMEM;
	forks_note(model, pending->address, NULL);
	restore_block(model, pending->address, &block, pending->was_temporary);
	return 0;
}

static int realloc_restore(struct model *model, struct model_ring *ring,
			   const struct wire_event *event)
{
	uint64_t address = wire_event_address(event);
	unsigned at = ring->pending_length;
	int error = 0;

	while (at > 0 && ring->pending[at - 1].address != address)
		at--;
	if (!at--)
		return -EINVAL;
	struct model_pending pending = ring->pending[at];

	if (pending.tally == TALLY_UNKNOWN)
		model_count_unknown(model, pending.size, -1);
	else if (pending.tally != TALLY_SWALLOWED)
		error = model_put_back(model, &pending);
	if (error)
		return error;
	/* Reallocs that began inside this one have ended with it. */
	while (ring->pending_length > at)
		drop_pending(ring, ring->pending_length - 1u);
	/* This is 0 if another event came in between, which is the last one then. */
	if (!ring->last_acquired)
		ring->last_acquired = pending.last_acquired;
	return 0;
}

static int apply_other(struct model *model, struct model_ring *ring,
		       const struct wire_event *event)
{
	if (!model_is_sound(event))
		return -EINVAL;
	switch (wire_event_kind(event)) {
	case WIRE_AGAIN:
		return again(model, ring, event);
	case WIRE_REALLOC_RELEASE:
		return realloc_release(model, ring, event);
	case WIRE_REALLOC_RESTORE:
		return realloc_restore(model, ring, event);
	case WIRE_FORK:
		return forks_open(model, wire_event_address(event));
	case WIRE_FORKED:
		return forks_name(model, wire_event_address(event),
				  wire_event_size(event));
	}
	return -EINVAL;
}

int model_apply(struct model *model, struct model_ring *ring, const struct wire_event *event)
{
	unsigned kind = wire_event_kind(event);
	int error = 0;

	/* Nearly all are of these two kinds. */
	if (__builtin_expect(kind == WIRE_ACQUIRE && model_is_sound(event), 1))
		error = acquire(model, ring, event);
	else if (__builtin_expect(kind == WIRE_RELEASE && model_is_sound(event), 1))
		release(model, ring, event);
	else
		error = apply_other(model, ring, event);
	model->totals.events++;
	model->refused += error < 0;
	return error;
}

uint64_t model_refused(const struct model *model) { return model->refused; }

static int apply_provisional(struct model *model, struct model_ring *ring,
			     const struct wire_event *event, uint32_t *ticket)
{
	uint32_t root;
	int error;

	if (!model_is_sound(event))
		return -EINVAL;
	error = tally_get(&model->tallies, WIRE_TRACE_ROOT, ring->thread,
			  wire_event_domain(event), &root);
	if (!error)
		error = tally_provisional(&model->tallies, root, wire_event_address(event),
					  ticket);
	if (error)
		return error;
	if (wire_event_domain(event) == WIRE_MMAP)
		error = maps_begin(model, ring, *ticket, event);
	else
		error = put_block(model, ring, tally_at(&model->tallies, *ticket),
				  *ticket, event);
	if (error) {
		tally_settle(&model->tallies, *ticket, root);
		return error;
	}
	if (wire_event_domain(event) != WIRE_MMAP)
		model_mark_done(ring);
	model_note_event(ring, wire_event_address(event));
	return 0;
}

int model_apply_provisional(struct model *model, struct model_ring *ring,
			    const struct wire_event *event, uint32_t *ticket)
{
	int error = apply_provisional(model, ring, event, ticket);

	model->totals.events++;
	model->refused += error < 0;
	return error;
}

int model_settle(struct model *model, uint32_t ticket, struct trace_id trace)
{
	uint32_t index;

	if (ticket >= model->tallies.length)
		return -EINVAL;
	const struct tally *tally = tally_at(&model->tallies, ticket);

	if (tally->state != TALLY_PROVISIONAL)
		return -EINVAL;
	uint64_t address = tally_rest(&model->tallies, tally)->address;
	int error = tally_get(&model->tallies, trace.v, tally->thread, tally->domain, &index);

	if (error)
		return error;
	if (!tally_make_room_of(&model->tallies, tally_at(&model->tallies, index), tally) ||
	    (counts(tally) && live_rebook(&model->live, address, ticket, index)))
		return -ENOMEM;
	model_hold_peak(model);
	if (model->watch)
		watch_settle(model->watch, &model->tallies, ticket, index);
	tally_settle(&model->tallies, ticket, index);
	if (!counts(tally))
		ranges_rebook(&model->maps.ranges, ticket, index);
	return 0;
}

void model_thread_begin(struct model_ring *ring, struct thread_id thread)
{
	*ring = (struct model_ring){ .thread = thread.v };
}

void model_reset_peak(struct model *model)
{
	model_hold_peak(model);
	model->totals.peak = model->totals.current;
	tallies_peak(&model->tallies, false);
}

int model_set_base(struct model *model)
{
	if (!model->watch)
		model->watch = watch_new(0, NULL, NULL);
	if (!model->watch)
		return -ENOMEM;
	watch_set_base(model->watch);
	model->base = model->totals.current;
	model_reset_peak(model);
	return 0;
}

/* Ends all blocks of a tally in the figures alone. */
static void forget_tally(struct model *model, uint32_t index)
{
	struct tally *tally = tally_at(&model->tallies, index);
	const struct figures now = tally_figures(&model->tallies, tally);

	if (!now.count)
		return;
	tally_save(&model->tallies, tally);
	if (model->watch)
		watch_drop(model->watch, &model->tallies, index, now.size, now.count);
	tally_empty(&model->tallies, tally);
}

void model_forget(struct model *model) { model->unknown.off = true; }

struct unknown_callers *model_unknown(struct model *model) { return &model->unknown; }

void model_clear(struct model *model)
{
	struct totals *totals = &model->totals;

	forks_keep(model);
	model_forget(model);
	model_hold_peak(model);
	for (uint32_t i = 0; i < model->tallies.length; i++)
		forget_tally(model, i);
	live_free(&model->live);
	tracks_free(&model->tracks);
	maps_free(&model->maps);
	births_free(&model->births);
	model->swallows = (struct swallows){ 0 };
	model->base = 0;
	totals->frees += totals->blocks;
	totals->current = totals->blocks = totals->mapped = 0;
	if (model->watch)
		watch_set_base(model->watch);
	model_reset_peak(model);
}
