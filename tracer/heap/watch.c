/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays by tally: which judges keep it, and what it held at each judge's peak. */
#include "tracer/heap/watch.h"
#include "tracer/heap/tally/wide.h"

#include <assert.h>
#include <stdlib.h>

#define ASKED 1u

struct kept {
	uint64_t judges;                /* the judges that keep the tally */
	uint64_t asked;
};

struct saved {
	uint64_t epoch;                 /* epoch of the peak that the figures are of */
	uint64_t size, count;
};

struct judge {
	struct watch_sums sums;
	uint64_t epoch;                 /* epoch of its peak; 1 means "never" */
	struct chunks saved;            /* struct saved by tally */
};

struct watch {
	watch_keeps *keeps;
	void *user;
	bool failed;
	struct chunks kept;             /* struct kept by tally */
	struct chunks base;             /* struct saved by tally */
	uint64_t base_epoch;            /* 0: no base has been set */
	unsigned length;
	struct judge judge[];
};

struct watch *watch_new(unsigned judges, watch_keeps *keeps, void *user)
{
	assert(judges <= WATCH_JUDGES && (!judges || keeps));
	struct watch *watch = calloc(1, sizeof(*watch) + judges * sizeof(watch->judge[0]));

	if (!watch)
		return NULL;
	watch->keeps = keeps;
	watch->user = user;
	watch->length = judges;
	for (unsigned i = 0; i < judges; i++)
		watch->judge[i].epoch = 1;
	return watch;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	for (unsigned i = 0; i < watch->length; i++)
		chunk_free(&watch->judge[i].saved);
	chunk_free(&watch->kept);
	chunk_free(&watch->base);
	free(watch);
}

/* The judges that keep a tally; they are asked the first time.  For a provisional tally
 * they are asked when it is settled, since its index may be another tally's later. */
static uint64_t judges_of(struct watch *watch, const struct tallies *tallies, uint32_t index)
{
	const struct tally *tally = tally_at(tallies, index);
	const struct snapshot_row row = {
		.trace = { tally->trace }, .thread = tally->thread, .domain = tally->domain,
	};
	struct kept *kept;

	if (!watch->length || tally->state != TALLY_KEYED)
		return 0;
	kept = chunk_reserve(&watch->kept, sizeof(*kept), index);
	if (!kept) {
		watch->failed = true;
		return 0;
	}
	if (!kept->asked) {
		kept->judges = watch->keeps(watch->user, &row);
		kept->asked = ASKED;
	}
	return kept->judges;
}

static struct judge *next_judge(struct watch *watch, uint64_t *judges)
{
	unsigned i = (unsigned)__builtin_ctzll(*judges);

	*judges &= *judges - 1;
	return &watch->judge[i < watch->length ? i : 0];
}

/* Saves what the tally holds as what it held at the moment of the epoch, if it has not
 * changed since then. */
static struct saved *watch_save(struct watch *watch, struct chunks *chunks,
				uint64_t epoch, const struct tallies *tallies, uint32_t index)
{
	struct saved *saved = chunk_reserve(chunks, sizeof(*saved), index);

	if (!saved) {
		watch->failed = true;
	} else if (saved->epoch != epoch) {
		const struct figures now = tally_figures(tallies, tally_at(tallies, index));

		*saved = (struct saved){ epoch, now.size, now.count };
	}
	return saved;
}

static void save_base(struct watch *watch, const struct tallies *tallies, uint32_t index)
{
	if (watch->base_epoch)
		watch_save(watch, &watch->base, watch->base_epoch, tallies, index);
}

static struct figures watch_at(const struct chunks *chunks, uint64_t epoch,
			       const struct tallies *tallies, uint32_t index)
{
	const struct saved *saved = chunk_at(chunks, sizeof(*saved), index);
	struct figures figures = tally_figures(tallies, tally_at(tallies, index));

	if (saved && saved->epoch == epoch) {
		figures.size = saved->size;
		figures.count = saved->count;
	}
	return figures;
}

static void watch_raise_peak(struct judge *judge)
{
	if (judge->sums.now.size <= judge->sums.peak)
		return;
	judge->sums.peak = judge->sums.now.size;
	judge->epoch++;
	assert(judge->epoch > 1);               /* 1 means "never" */
}

/* `ever`: this is a new allocation, not one that is put back. */
static void add(struct watch *watch, const struct tallies *tallies, uint32_t index,
		const struct figures *figures)
{
	save_base(watch, tallies, index);
	for (uint64_t judges = judges_of(watch, tallies, index); judges;) {
		struct judge *judge = next_judge(watch, &judges);

		watch_save(watch, &judge->saved, judge->epoch, tallies, index);
		judge->sums.now.size += figures->size;
		judge->sums.now.count += figures->count;
		judge->sums.now.allocations += figures->allocations;
		judge->sums.now.total += figures->total;
		watch_raise_peak(judge);
	}
}

void watch_add(struct watch *watch, const struct tallies *tallies, uint32_t index,
	          uint64_t size, uint64_t count)
{
	const struct figures figures = { .size = size, .count = count, .allocations = count,
					 .total = size };

	add(watch, tallies, index, &figures);
}

void watch_restore(struct watch *watch, const struct tallies *tallies, uint32_t index,
		      uint64_t size, uint64_t count)
{
	const struct figures figures = { .size = size, .count = count };

	add(watch, tallies, index, &figures);
}

void watch_drop(struct watch *watch, const struct tallies *tallies, uint32_t index,
		   uint64_t size, uint64_t count)
{
	save_base(watch, tallies, index);
	for (uint64_t judges = judges_of(watch, tallies, index); judges;) {
		struct judge *judge = next_judge(watch, &judges);

		watch_save(watch, &judge->saved, judge->epoch, tallies, index);
		judge->sums.now.size -= size;
		judge->sums.now.count -= count;
	}
}

/* Moves what a provisional tally held at the base along with the rest.  Its index may be
 * reused later by a tally that held nothing then. */
static void move_base(struct watch *watch, const struct tallies *tallies, uint32_t index,
		      uint32_t to)
{
	struct saved *old =
		watch_save(watch, &watch->base, watch->base_epoch, tallies, index);
	struct saved *new =
		watch_save(watch, &watch->base, watch->base_epoch, tallies, to);

	if (!old || !new)
		return;
	new->size += old->size;
	new->count += old->count;
	old->size = old->count = 0;
}

void watch_settle(struct watch *watch, const struct tallies *tallies, uint32_t index,
		  uint32_t to)
{
	const struct figures now = tally_figures(tallies, tally_at(tallies, index));

	if (watch->base_epoch)
		move_base(watch, tallies, index, to);
	add(watch, tallies, to, &now);
}

void watch_set_base(struct watch *watch) { watch->base_epoch++; }

struct figures watch_at_base(const struct watch *watch, const struct tallies *tallies,
			     uint32_t index)
{
	struct figures none = tally_figures(tallies, tally_at(tallies, index));

	none.size = none.count = 0;
	if (!watch->base_epoch)
		return none;
	return watch_at(&watch->base, watch->base_epoch, tallies, index);
}

bool watch_sums(const struct watch *watch, unsigned judge, struct watch_sums *sums)
{
	assert(judge < watch->length);
	*sums = watch->judge[judge].sums;
	return !watch->failed;
}

struct figures watch_at_peak(const struct watch *watch, unsigned judge,
			     const struct tallies *tallies, uint32_t index)
{
	const struct tally *tally = tally_at(tallies, index);
	const struct kept *kept = chunk_at(&watch->kept, sizeof(*kept), index);

	assert(judge < watch->length);
	if (tally->state != TALLY_KEYED || !kept || !(kept->judges >> judge & 1))
		return (struct figures){ 0 };
	return watch_at(&watch->judge[judge].saved, watch->judge[judge].epoch, tallies, index);
}
