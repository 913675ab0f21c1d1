/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A forked child begins with its parent's blocks, but says so only when it
 * first allocates or frees; the parent has gone on by then.  So from a fork on
 * all changes of the parent's table are logged:
 *
 *	log   [ ..... | .............. | ..... ]
 *	              fork 7           fork 8      each fork: a place in the log
 *
 * The child's table is a copy of the parent's with the log undone backwards to
 * the fork's place.  Most children exec or end and never ask.  When the log has
 * grown about as long as the table, the oldest fork gets its copy at once and
 * the log before the next one is forgotten.
 */
#include "tracer/heap/inherit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/model_parts.h"

#define LOG_LEAST 65536u                /* entries that any table may have */
#define COPIES_MAX (UINT64_C(256) << 20) /* bytes; then the oldest child's blocks are forgotten */

/* The log is kept from the first fork on that has no copy. */
static void trim(struct forks *forks)
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

static void free_copy(struct open_fork *fork)
{
	if (fork->copy)
		live_free(fork->copy);
	free(fork->copy);
	fork->copy = NULL;
}

static void close_fork(struct forks *forks, size_t at)
{
	free_copy(&forks->open[at]);
	forks->open_length--;
	memmove(&forks->open[at], &forks->open[at + 1],
		(forks->open_length - at) * sizeof(*forks->open));
	trim(forks);
}

void forks_free(struct forks *forks)
{
	for (size_t i = 0; i < forks->open_length; i++)
		free_copy(&forks->open[i]);
	free(forks->open);
	free(forks->log);
	*forks = (struct forks){ 0 };
}

/* The table as it was at a place of the log. */
static int copy_at(const struct model *model, uint64_t position, struct live *to)
{
	const struct forks *forks = &model->forks;
	int error = live_copy(to, &model->live);

	for (size_t i = forks->length; !error && forks->base + i > position; i--) {
		const struct undo *undo = &forks->log[i - 1];
		const struct live_block block = { .size = undo->size, .tally = undo->tally };
		struct live_block old;

		if (!undo->there)
			live_take(to, undo->address, &old);
		else if (live_put(to, undo->address, &block, &old) < 0)
			error = -ENOMEM;
	}
	if (error)
		live_free(to);
	return error;
}

/* The oldest fork without a copy gets one, or is closed. */
static void shorten(struct model *model)
{
	struct forks *forks = &model->forks;
	uint64_t bytes = live_bytes(&model->live);
	size_t at = 0;

	for (size_t i = 0; i < forks->open_length; i++)
		bytes += forks->open[i].copy ? live_bytes(forks->open[i].copy) : 0;
	while (bytes > COPIES_MAX && forks->open_length && forks->open[0].copy) {
		bytes -= live_bytes(forks->open[0].copy);
		close_fork(forks, 0);
	}
	while (at < forks->open_length && forks->open[at].copy)
		at++;
	if (at == forks->open_length)
		return;
	struct open_fork *fork = &forks->open[at];

	fork->copy = calloc(1, sizeof(*fork->copy));
	if (fork->copy && copy_at(model, fork->position, fork->copy) == 0) {
		trim(forks);
		return;
	}
	free(fork->copy);
	fork->copy = NULL;
	close_fork(forks, at);
}

void forks_log(struct model *model, uint64_t address, const struct live_block *old)
{
	struct forks *forks = &model->forks;

	if (forks->length == forks->room) {
		size_t room = forks->room ? 2 * forks->room : 256;
		struct undo *more = realloc(forks->log, room * sizeof(*more));

		if (!more) {            /* the children's blocks are lost, no event is */
			while (forks->open_length)
				close_fork(forks, 0);
			return;
		}
		forks->log = more;
		forks->room = room;
	}
	forks->log[forks->length++] = (struct undo){
		.address = address,
		.size = old ? old->size : 0,
		.tally = old ? old->tally : 0,
		.there = old != NULL,
	};
	if (forks->length > LOG_LEAST && forks->length > model->live.blocks)
		shorten(model);
}

void forks_keep(struct model *model)
{
	while (model->forks.watching)
		shorten(model);
}

int forks_open(struct model *model, uint64_t id)
{
	struct forks *forks = &model->forks;

	if (forks->open_length == forks->open_room) {
		size_t room = forks->open_room ? 2 * forks->open_room : 4;
		struct open_fork *more = realloc(forks->open, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		forks->open = more;
		forks->open_room = room;
	}
	forks->open[forks->open_length++] = (struct open_fork){
		.id = id,
		.position = forks->base + forks->length,
	};
	forks->watching++;
	return 0;
}

/* The newest of that number, or open_length. */
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
	/* The child may have come before its parent went on. */
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
	uint32_t *booked;               /* parent's tally -> the child's + 1; 0: not yet */
};

/* Under the parent's trace and thread; one that is not known yet stays unknown. */
static uint32_t book(void *user, uint64_t address, const struct live_block *block)
{
	const struct heir *heir = user;
	struct model *child = heir->child;
	uint32_t from = tally_now(&heir->parent->tallies, block->tally, address), index = 0;
	const struct tally *tally = tally_at(&heir->parent->tallies, from);

	if (tally->state == TALLY_PROVISIONAL) {
		from = tally->forward;
		tally = tally_at(&heir->parent->tallies, from);
	}
	if (heir->booked[from])
		index = heir->booked[from] - 1;
	else if (tally_get(&child->tallies, tally->trace, tally->thread, tally->domain,
			   &index) == 0)
		heir->booked[from] = index + 1;
	count_block(child, index, address, block->size);
	return index;
}

int model_inherit(struct model *child, struct model *parent, uint64_t id)
{
	struct forks *forks = &parent->forks;
	size_t at = id ? find_fork(forks, id) : 0;
	struct heir heir = { .child = child, .parent = parent };
	uint32_t root;
	int error;

	if (id && at == forks->open_length)
		return -ENOENT;
	if (!id)
		error = live_copy(&child->live, &parent->live);
	else if (forks->open[at].copy)
		error = live_copy(&child->live, forks->open[at].copy);
	else
		error = copy_at(parent, forks->open[at].position, &child->live);
	if (id)
		close_fork(forks, at);
	heir.booked = calloc(parent->tallies.length + 1, sizeof(*heir.booked));
	/* Tally 0: what finds no memory for one of its own. */
	if (error || !heir.booked || tally_get(&child->tallies, 0, 0, 0, &root)) {
		live_free(&child->live);
		free(heir.booked);
		return -ENOMEM;
	}
	live_each(&child->live, book, &heir);
	free(heir.booked);
	raise_peak(child);
	return 0;
}
