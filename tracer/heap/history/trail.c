/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	state   +changes->   tick   +changes->   tick   +changes->   tick
 *	  |                           |                                |
 *	 rows                       time 0                           time 1
 *
 * Only the sums of the rows are kept on the way, so a walk costs no more than reading its
 * lists.
 */
#include "tracer/heap/history/trail.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/heap/history/history_parts.h"

/* One walk. */
struct walk {
	struct trails *trails;
	int64_t *sums;                  /* by row */
	trail_ids *ids;
	void *user;
};

bool trails_init(struct trails *trails, uint32_t rows, const double *times,
		 unsigned length)
{
	size_t answers = (size_t)rows * length;

	*trails = (struct trails){ .rows = rows, .times = times, .length = length };
	trails->bytes = malloc((answers + 1) * sizeof(*trails->bytes));
	for (size_t i = 0; trails->bytes && i < answers; i++)
		trails->bytes[i] = NAN;
	return trails->bytes;
}

void trails_free(struct trails *trails)
{
	finder_free(&trails->finder);
	free(trails->bytes);
	free(trails->keys);
	*trails = (struct trails){ 0 };
}

/* The index + 1 of the first row that is watched under this key; 0: none. */
static uint32_t trail_find(const struct trails *trails, uint64_t key)
{
	uint32_t hash = hash_mix(key, 0), found;

	for (size_t at = hash; (found = finder_next(&trails->finder, hash, &at));)
		if (trails->keys[found - 1].key == key)
			return found;
	return 0;
}

bool trails_watch(struct trails *trails, uint32_t row, uint64_t key)
{
	assert(row < trails->rows);
	uint32_t first = trail_find(trails, key);

	for (uint32_t at = first; at; at = trails->keys[at - 1].next)
		if (trails->keys[at - 1].row == row)
			return true;
	if (!array_grow(&trails->keys, &trails->keys_room, trails->keys_length + 1,
			sizeof(*trails->keys)))
		return false;
	struct trail_key *added = &trails->keys[trails->keys_length++];

	*added = (struct trail_key){ .key = key, .row = row };
	if (!first)
		return finder_put(&trails->finder, hash_mix(key, 0),
				  (uint32_t)trails->keys_length);
	added->next = trails->keys[first - 1].next;
	trails->keys[first - 1].next = (uint32_t)trails->keys_length;
	return true;
}

static void walk_change(struct walk *walk, struct change *change)
{
	const struct trails *trails = walk->trails;

	if (walk->ids && !walk->ids(walk->user, change))
		return;
	for (uint32_t at = trail_find(trails, change_key(change)); at;
	     at = trails->keys[at - 1].next) {
		int64_t *sum = &walk->sums[trails->keys[at - 1].row];

		*sum = (int64_t)((uint64_t)*sum + (uint64_t)change->by[CHANGE_SIZE]);
	}
}

static int walk_list(struct walk *walk, const struct bytes *bytes)
{
	struct change_reader reader = change_reader(bytes->of, bytes->length);
	struct change change;

	while (change_next(&reader, &change))
		walk_change(walk, &change);
	return reader.bad ? -EINVAL : 0;
}

/* Applies a tick's state, or its changes since the tick before. */
static int walk_link(struct walk *walk, struct history *history, struct link *link,
		     bool state)
{
	int error = history_load(history, link, state);

	if (walk->trails->unwanted && atomic_load(walk->trails->unwanted))
		return -ECANCELED;
	if (!error)
		error = walk_list(walk, state ? &link->state : &link->changes);
	for (size_t i = 0; !error && !state && i < link->open_length; i++)
		walk_change(walk, &(struct change){ link->open[i].change.trace,
						    link->open[i].change.thread,
						    link->open[i].change.domain,
						    { link->open[i].change.by[CHANGE_SIZE] } });
	return error;
}

/* Adds what the rows hold at one of the times to the answers, which may have other
 * histories' figures already. */
static void note_time(const struct walk *walk, unsigned time, bool over)
{
	const struct trails *trails = walk->trails;

	assert(time < trails->length);
	for (uint32_t row = 0; row < trails->rows; row++) {
		float *bytes = &trails->bytes[(size_t)row * trails->length + time];
		float held = over || walk->sums[row] < 0 ? 0 : (float)walk->sums[row];

		*bytes = isnan(*bytes) ? held : *bytes + held;
	}
}

/* The newest state at a tick or before it; SIZE_MAX: start from nothing, before the first
 * tick. */
static size_t state_before(const struct history *history, size_t at)
{
	for (size_t i = at + 1; i-- > 0;)
		if (history->links[i]->tick.state_length != NO_STATE)
			return i;
	return SIZE_MAX;
}

static int walk_times(struct walk *walk, struct history *history, bool ends)
{
	const struct trails *trails = walk->trails;
	unsigned time = 0;
	int error = 0;

	while (time < trails->length && history_before(history, trails->times[time]) == SIZE_MAX)
		time++;
	if (time == trails->length)
		return 0;
	size_t first = state_before(history, history_before(history, trails->times[time]));
	size_t i = first == SIZE_MAX ? 0 : first;

	assert(i < history->length);

	for (; !error && i < history->length && time < trails->length; i++) {
		const struct history_tick *tick = &history->links[i]->tick;
		bool last = i + 1 == history->length;

		error = walk_link(walk, history, history->links[i], i == first);
		while (!error && time < trails->length &&
		       (last || history->links[i + 1]->tick.time > trails->times[time]))
			note_time(walk, time++, ends && (tick->why & HISTORY_END));
	}
	return error;
}

int history_trails(struct history *history, bool ends, struct trails *trails, trail_ids *ids,
		   void *user)
{
	struct walk walk = { .trails = trails, .ids = ids, .user = user,
			     .sums = calloc(trails->rows + 1u, sizeof(*walk.sums)) };
	int error = walk.sums ? walk_times(&walk, history, ends) : -ENOMEM;

	free(walk.sums);
	return error;
}
