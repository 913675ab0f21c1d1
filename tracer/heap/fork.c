/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A forked child begins with its parent's blocks, but says so only when it first
 * allocates or frees; the parent has gone on by then.  So from a fork on all changes of
 * the parent's table are logged:
 *
 *	log   [ ..... | .............. | ..... ]
 *	              fork 7           fork 8      each fork: an index into the log
 *
 * The child's table is a copy of the parent's, in which the log is undone backwards to
 * the fork's index.  Most children exec or end and never ask for it.  When the log has
 * become about as long as the table, the oldest fork gets its copy at once, and the log
 * before the next fork is forgotten.
 */
#include "tracer/heap/inherit.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/heap/count.h"

/* Entries that the log may always have, however small the table is. */
#define LOG_LEAST 65536u
#define FEW_BITS 12u                    /* so few blocks fit any tally */
#define OPEN_MAX 1024u                  /* children that may still come; beyond that the
					 * oldest is given up */
#define COPIES_MAX (UINT64_C(256) << 20) /* bytes; beyond that the oldest child's blocks
					  * are forgotten */

/* Drops the part of the log before the first fork that has no copy. */
static void fork_trim(struct forks *forks)
{
	uint64_t first = forks->base + forks->length;

	forks->watching = 0;
	for (size_t i = 0; i < forks->open_length; i++) {
		if (forks->open[i].copy)
			continue;
		if (!forks->watching++)
			first = forks->open[i].position;
	}
	size_t gone = (size_t)(first - forks->base);

	assert(first >= forks->base && gone <= forks->length);
	assert(forks->watching <= forks->open_length);

	if (gone)
		memmove(forks->log, forks->log + gone,
			(forks->length - gone) * sizeof(*forks->log));
	forks->length -= gone;
	forks->base = first;
	if (forks->watching)
		return;
	free(forks->log);
	forks->log = NULL;
	forks->room = 0;
}

static void free_blocks(struct fork_blocks *blocks)
{
	live_free(&blocks->live);
	tracks_free(&blocks->tracks);
}

static void free_copy(struct open_fork *fork)
{
	if (fork->copy)
		free_blocks(fork->copy);
	free(fork->copy);
	fork->copy = NULL;
}

static uint64_t copy_bytes(const struct fork_blocks *copy)
{
	uint64_t bytes = live_bytes(&copy->live);

	for (unsigned i = 0; i < copy->tracks.length; i++)
		bytes += live_bytes(copy->tracks.of[i].live);
	return bytes;
}

static void close_fork(struct forks *forks, size_t at)
{
	assert(at < forks->open_length);
	free_copy(&forks->open[at]);
	ranges_free(&forks->open[at].ranges);
	forks->open_length--;
	memmove(&forks->open[at], &forks->open[at + 1],
		(forks->open_length - at) * sizeof(*forks->open));
	fork_trim(forks);
}

void forks_free(struct forks *forks)
{
	for (size_t i = 0; i < forks->open_length; i++) {
		free_copy(&forks->open[i]);
		ranges_free(&forks->open[i].ranges);
	}
	free(forks->open);
	free(forks->log);
	*forks = (struct forks){ 0 };
}

static int copy_tracks(struct tracks *to, const struct tracks *from)
{
	for (unsigned i = 0; i < from->length; i++) {
		struct live *live = calloc(1, sizeof(*live));

		if (!live)
			return -ENOMEM;
		live->memory.budget = from->of[i].live->memory.budget;
		to->of[to->length++] = (struct track){ from->of[i].domain, live };
		if (live_copy(live, from->of[i].live))
			return -ENOMEM;
	}
	return 0;
}

static int undo_one(struct fork_blocks *to, const struct undo *undo)
{
	assert(undo->table <= to->tracks.length);
	struct live *live = undo->table ? to->tracks.of[undo->table - 1].live : &to->live;
	const struct live_block block = { undo->size, undo->tally, undo->birth };
	struct live_block old;

	if (undo->there)
		return live_put(live, undo->address, &block, &old) < 0 ? -ENOMEM : 0;
	live_take(live, undo->address, &old);
	return 0;
}

/* Copies the tables as they were at an index of the log into zeroed ones. */
static int copy_at(const struct model *model, uint64_t position, struct fork_blocks *to)
{
	const struct forks *forks = &model->forks;

	to->live.memory.budget = model->live.memory.budget;
	assert(position >= forks->base && position <= forks->base + forks->length);
	int error = live_copy(&to->live, &model->live);

	if (!error)
		error = copy_tracks(&to->tracks, &model->tracks);
	for (size_t i = forks->length; !error && forks->base + i > position; i--)
		error = undo_one(to, &forks->log[i - 1]);
	if (error)
		free_blocks(to);
	return error;
}

/* Makes a copy for the oldest fork that has none, or closes that fork. */
static void shorten(struct model *model)
{
	struct forks *forks = &model->forks;
	uint64_t bytes = live_bytes(&model->live);
	size_t at = 0;

	for (size_t i = 0; i < forks->open_length; i++)
		bytes += forks->open[i].copy ? copy_bytes(forks->open[i].copy) : 0;
	while (bytes > COPIES_MAX && forks->open_length && forks->open[0].copy) {
		bytes -= copy_bytes(forks->open[0].copy);
		close_fork(forks, 0);
	}
	while (at < forks->open_length && forks->open[at].copy)
		at++;
	if (at == forks->open_length)
		return;
	struct open_fork *fork = &forks->open[at];

	fork->copy = calloc(1, sizeof(*fork->copy));
	if (fork->copy && copy_at(model, fork->position, fork->copy) == 0) {
		fork_trim(forks);
		return;
	}
	free(fork->copy);
	fork->copy = NULL;
	close_fork(forks, at);
}

void forks_log(struct model *model, unsigned table, uint64_t address,
	       const struct live_block *old)
{
	struct forks *forks = &model->forks;

	if (!array_grow(&forks->log, &forks->room, forks->length + 1, sizeof(*forks->log))) {
		/* Blocks of the children are lost by this, but no event is. */
		while (forks->open_length)
			close_fork(forks, 0);
		return;
	}
	forks->log[forks->length++] = (struct undo){
		.address = address,
		.size = (old ? old->size : 0) & (UINT64_MAX >> 17),
		.there = old != NULL,
		.table = (uint16_t)table,
		.tally = old ? old->tally : 0,
		.birth = old ? old->birth : 0,
	};
	if (forks->length > LOG_LEAST && forks->length > model->live.blocks)
		shorten(model);
}

void forks_keep(struct model *model)
{
	while (model->forks.watching)
		shorten(model);
}

/* How many mappings the open forks keep. */
static uint64_t kept_ranges(const struct forks *forks)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < forks->open_length; i++)
		bytes += ranges_bytes(&forks->open[i].ranges);
	return bytes;
}

int forks_open(struct model *model, uint64_t id)
{
	struct forks *forks = &model->forks;

	while (forks->open_length >= OPEN_MAX ||
	       (forks->open_length && kept_ranges(forks) > COPIES_MAX))
		close_fork(forks, 0);
	if (!array_grow(&forks->open, &forks->open_room, forks->open_length + 1,
			sizeof(*forks->open)))
		return -ENOMEM;
	forks->open[forks->open_length++] = (struct open_fork){
		.id = id,
		.position = forks->base + forks->length,
	};
	forks->watching++;
	if (!model->maps.ranges.length)
		return 0;
	return ranges_copy(&forks->open[forks->open_length - 1].ranges,
			   &model->maps.ranges);
}

/* The index of the newest fork of that number, or open_length if there is none. */
static size_t find_fork(const struct forks *forks, uint64_t id)
{
	size_t at = forks->open_length;

	while (at > 0 && forks->open[at - 1].id != id)
		at--;
	return at ? at - 1 : forks->open_length;
}

int forks_name(struct model *model, uint64_t id, uint64_t pid)
{
	struct forks *forks = &model->forks;
	size_t at = find_fork(forks, id);

	if (pid > INT32_MAX)
		return -EINVAL;
	/* The child may say hello before its parent has returned from the fork. */
	if (at == forks->open_length)
		return 0;
	if (pid)
		forks->open[at].pid = (int32_t)pid;
	else
		close_fork(forks, at);
	return 0;
}

size_t model_forks(struct model *model, bool (*gone)(void *user, int32_t pid), void *user)
{
	struct forks *forks = &model->forks;

	for (size_t i = forks->open_length; i-- > 0;)
		if (gone(user, forks->open[i].pid))
			close_fork(forks, i);
	return forks->open_length;
}

struct heir {
	struct model *child;
	const struct model *parent;
	uint32_t *booked;               /* parent's tally -> the child's + 1; 0: none
					 * yet */
	uint32_t others, mappings;      /* the child's tallies of blocks that find no memory
					 * for one of their own */
};

/* The child's tally for the parent's trace and thread; a trace that is not known yet
 * stays so. */
static uint32_t book(void *user, uint64_t address, const struct live_block *block)
{
	const struct heir *heir = user;
	struct model *child = heir->child;
	uint32_t from = tally_now(&heir->parent->tallies, block->tally, address), index;
	const struct tally *tally = tally_at(&heir->parent->tallies, from);

	if (tally->state == TALLY_PROVISIONAL) {
		from = tally_forward(&heir->parent->tallies, tally);
		tally = tally_at(&heir->parent->tallies, from);
	}
	assert(from < heir->parent->tallies.length);
	index = counts(tally) ? heir->others : heir->mappings;
	if (heir->booked[from])
		index = heir->booked[from] - 1;
	else if (tally_get(&child->tallies, tally->trace, tally->thread, tally->domain,
			   &index) == 0)
		heir->booked[from] = index + 1;
	struct tally *to = tally_at(&child->tallies, index);
	/* Mappings are not sampled. */
	const struct sample_weight weight = counts(to) ? weigh(child, address, block->size) :
					    (struct sample_weight){ block->size, 1 };

	if (!tally_room(&child->tallies, to, weight.size, weight.count)) {
		index = counts(to) ? heir->others : heir->mappings;
		to = tally_at(&child->tallies, index);
		/* It has a wide part, or all blocks of the parent fit it. */
		tally_room(&child->tallies, to, weight.size, weight.count);
	}
	const struct counted counted = { to, block->size, block->birth, weight };

	if (child->watch)
		watch_add(child->watch, &child->tallies, index, weight.size,
			  weight.count);
	count_block(child, &counted);
	return index;
}

/* Moves the parent's blocks, as they were at the fork, to the child, and closes the
 * fork. */
static int take_blocks(struct model *child, struct model *parent, uint64_t id)
{
	struct forks *forks = &parent->forks;
	struct fork_blocks blocks = { .live.memory = child->live.memory };
	struct open_fork *fork = id ? &forks->open[find_fork(forks, id)] : NULL;
	uint64_t position = fork ? fork->position : forks->base + forks->length;
	int error;

	if (fork && fork->copy) {
		error = live_copy(&blocks.live, &fork->copy->live);
		blocks.tracks = fork->copy->tracks;
		fork->copy->tracks.length = 0;
	} else {
		error = copy_at(parent, position, &blocks);
	}
	child->live = blocks.live;
	child->tracks = blocks.tracks;
	if (!fork)
		return error ? error : ranges_copy(&child->maps.ranges, &parent->maps.ranges);
	child->maps.ranges = fork->ranges;
	fork->ranges = (struct ranges){ 0 };
	close_fork(forks, (size_t)(fork - forks->open));
	return error;
}

/* 0, or -ENOMEM; then only some are booked. */
static int book_all(struct model *child, struct heir *heir)
{
	struct ranges *ranges = &child->maps.ranges;
	int error = live_each(&child->live, book, heir);

	for (unsigned i = 0; !error && i < child->tracks.length; i++)
		error = live_each(child->tracks.of[i].live, book, heir);
	for (uint32_t i = 0; !error && i < ranges->mappings_length; i++) {
		struct mapping *mapping = &ranges->mappings[i];
		const struct live_block block = { mapping->size, mapping->tally, mapping->birth };

		if (mapping->size)
			mapping->tally = book(heir, mapping->address, &block);
	}
	return error;
}

/* The child's tallies for blocks that find no memory for one of their own, and room in
 * them for all.  0 or -ENOMEM. */
static int find_others(struct heir *heir)
{
	const struct model *parent = heir->parent;
	struct tallies *tallies = &heir->child->tallies;

	if (tally_get(tallies, 0, 0, 0, &heir->others) ||
	    tally_get(tallies, 0, 0, WIRE_MMAP, &heir->mappings))
		return -ENOMEM;
	/* More than it ever had, it had not at the fork. */
	if (!(parent->totals.total >> TALLY_LARGE_BITS) &&
	    !(parent->totals.allocations >> FEW_BITS) && !parent->maps.ranges.mappings_length)
		return 0;
	return tally_widen(tallies, tally_at(tallies, heir->others)) &&
	       tally_widen(tallies, tally_at(tallies, heir->mappings)) ? 0 : -ENOMEM;
}

static int inherit_blocks(struct model *child, struct model *parent, uint64_t id)
{
	struct heir heir = { .child = child, .parent = parent };
	int error;

	child->unknown.off = parent->unknown.off;
	if (id && find_fork(&parent->forks, id) == parent->forks.open_length)
		return -ENOENT;
	error = take_blocks(child, parent, id);
	heir.booked = calloc(parent->tallies.length + 1, sizeof(*heir.booked));
	if (error || !heir.booked || find_others(&heir)) {
		live_free(&child->live);
		tracks_free(&child->tracks);
		maps_free(&child->maps);
		free(heir.booked);
		return -ENOMEM;
	}
	error = book_all(child, &heir);
	free(heir.booked);
	if (error)
		model_clear(child);
	else
		raise_peak(child);
	return error;
}

int model_inherit(struct model *child, struct model *parent, uint64_t id)
{
	int error = inherit_blocks(child, parent, id);

	if (error)
		child->refused += parent->totals.blocks;
	return error;
}

void model_orphan(struct model *child) { child->refused++; }
