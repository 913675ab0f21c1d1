/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arrays by tally: which judges keep it, and what it held at each judge's peak.
 *
 * A clock goes on whenever a judge's peak or the base gets a new epoch.  A tally that was
 * saved under the present one has nothing to save.  And as long as each change of a judge's
 * sums makes them higher than ever, what its tallies hold now is what they held at its peak:
 * only the next other change begins an epoch for that (as peak.h does it for all).
 */
#include "tracer/heap/watch.h"
#include "tracer/heap/tally/wide.h"

#include <assert.h>
#include <stdlib.h>

#define ASKED 1u                        /* a time before the clock's first */

struct kept {
	uint64_t judges;                /* the judges that keep the tally */
	uint64_t clock;                 /* when it was saved; 0: nobody was asked yet */
};

struct saved {
	uint64_t epoch;                 /* epoch of the peak that the figures are of */
	uint64_t size, count;
};

struct judge {
	struct watch_sums sums;
	uint64_t aside;                 /* bytes of blocks that are in no sum yet */
	uint64_t epoch;                 /* epoch of its peak; 1 means "never" */
	struct chunks saved;            /* struct saved by tally */
};

struct watch {
	watch_keeps *keeps;
	void *user;
	bool failed;
	uint64_t clock;
	uint64_t rising;                /* judges whose peak is now, and has no epoch yet */
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
	watch->clock = ASKED + 1;
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

/* Asks the judges whether they keep a tally.  NULL: it is a provisional one, for which they
 * are asked when it is settled, since its index may be another tally's later; or there is
 * no memory. */
__attribute__((noinline)) static struct kept *
ask_judges(struct watch *watch, const struct tallies *tallies, uint32_t index)
{
	const struct tally *tally = tally_at(tallies, index);
	const struct snapshot_row row = {
		.trace = { tally->trace }, .thread = tally->thread, .domain = tally->domain,
	};
	struct kept *kept;

	if (tally->state != TALLY_KEYED)
		return NULL;
	kept = chunk_reserve(&watch->kept, sizeof(*kept), index);
	if (!kept) {
		watch->failed = true;
		return NULL;
	}
	if (watch->length)
		kept->judges = watch->keeps(watch->user, &row);
	kept->clock = ASKED;
	return kept;
}

/* What is known of a tally; NULL: nothing.  The judges are asked the first time. */
static inline struct kept *kept_of(struct watch *watch, const struct tallies *tallies,
				   uint32_t index)
{
	struct kept *kept = chunk_at(&watch->kept, sizeof(*kept), index);

	return kept && kept->clock ? kept : ask_judges(watch, tallies, index);
}

static inline struct judge *next_judge(struct watch *watch, uint64_t *judges)
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

/* Saves a tally at the base, and at the peaks of those judges for which its change is no
 * rise. */
__attribute__((noinline)) static void save_for(struct watch *watch,
					       const struct tallies *tallies, uint32_t index,
					       uint64_t judges)
{
	uint64_t risen = judges & watch->rising;

	watch->rising &= ~judges;
	watch->clock += risen != 0;
	while (risen) {
		struct judge *judge = next_judge(watch, &risen);

		judge->epoch++;
		assert(judge->epoch > 1);       /* 1 means "never" */
	}
	save_base(watch, tallies, index);
	while (judges) {
		struct judge *judge = next_judge(watch, &judges);

		watch_save(watch, &judge->saved, judge->epoch, tallies, index);
	}
}

/* Before a tally changes, which is no rise for these judges. */
static inline void watch_note(struct watch *watch, const struct tallies *tallies,
			      uint32_t index, struct kept *kept, uint64_t judges)
{
	if (__builtin_expect(kept->clock == watch->clock && !(judges & watch->rising), 1))
		return;
	save_for(watch, tallies, index, judges);
	kept->clock = watch->clock;
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

/* To be called before so much is added to a tally. */
static inline void judge_add(struct watch *watch, const struct tallies *tallies, uint32_t index,
			     const struct figures *figures)
{
	struct kept *kept = kept_of(watch, tallies, index);
	uint64_t others = 0;

	if (!kept) {
		save_base(watch, tallies, index);
		return;
	}
	for (uint64_t judges = kept->judges; judges;) {
		uint64_t bit = judges & -judges;
		struct judge *judge = next_judge(watch, &judges);
		struct watch_sums *sums = &judge->sums;

		sums->now.size += figures->size;
		sums->now.count += figures->count;
		sums->now.allocations += figures->allocations;
		sums->now.total += figures->total;
		if (sums->now.size > sums->peak) {
			sums->peak = sums->now.size;
			watch->rising |= bit;
		} else {
			others |= bit;
		}
	}
	watch_note(watch, tallies, index, kept, others);
}

void watch_add(struct watch *watch, const struct tallies *tallies, uint32_t index,
	          uint64_t size, uint64_t count)
{
	const struct figures figures = { .size = size, .count = count, .allocations = count,
					 .total = size };

	judge_add(watch, tallies, index, &figures);
}

void watch_restore(struct watch *watch, const struct tallies *tallies, uint32_t index,
		      uint64_t size, uint64_t count)
{
	const struct figures figures = { .size = size, .count = count };

	judge_add(watch, tallies, index, &figures);
}

void watch_drop(struct watch *watch, const struct tallies *tallies, uint32_t index,
		   uint64_t size, uint64_t count)
{
	struct kept *kept = kept_of(watch, tallies, index);

	if (!kept) {
		save_base(watch, tallies, index);
		return;
	}
	watch_note(watch, tallies, index, kept, kept->judges);
	for (uint64_t judges = kept->judges; judges;) {
		struct judge *judge = next_judge(watch, &judges);

		judge->sums.now.size -= size;
		judge->sums.now.count -= count;
	}
}

uint64_t watch_judges(struct watch *watch, const struct tallies *tallies, uint32_t index)
{
	const struct kept *kept = kept_of(watch, tallies, index);

	return kept ? kept->judges : 0;
}

bool watch_lay_aside(struct watch *watch, uint64_t judges, uint64_t size)
{
	bool fits = true;

	for (uint64_t left = judges; left;) {
		struct judge *judge = next_judge(watch, &left);

		judge->aside += size;
		fits &= judge->sums.now.size + judge->aside <= judge->sums.peak;
	}
	if (!fits)
		watch_take_up(watch, judges, size);
	return fits;
}

void watch_take_up(struct watch *watch, uint64_t judges, uint64_t size)
{
	while (judges)
		next_judge(watch, &judges)->aside -= size;
}

void watch_count_pair(struct watch *watch, uint64_t judges, uint64_t size)
{
	while (judges) {
		struct judge *judge = next_judge(watch, &judges);

		judge->aside -= size;
		judge->sums.now.allocations++;
		judge->sums.now.total += size;
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
	judge_add(watch, tallies, to, &now);
}

void watch_set_base(struct watch *watch)
{
	watch->base_epoch++;
	watch->clock++;
}

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
	assert(judge < watch->length && !watch->judge[judge].aside);
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
	if (watch->rising >> judge & 1)
		return tally_figures(tallies, tally);
	return watch_at(&watch->judge[judge].saved, watch->judge[judge].epoch, tallies, index);
}
