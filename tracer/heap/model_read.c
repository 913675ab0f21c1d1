/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model holds now, or held at its peak. */
#include "tracer/heap/blocks.h"
#include "tracer/heap/model_parts.h"
#include "tracer/heap/tally/saved.h"

#include <assert.h>
#include "tracer/heap/model_tick.h"

void model_totals(const struct model *model, struct totals *totals)
{
	*totals = model->totals;
}

void model_cuts(struct model *model, uint32_t nframe, uint64_t cut[CUTS])
{
	cuts_count(&model->cuts, model->catalog, &model->tallies, nframe);
	memcpy(cut, model->cuts.count, sizeof(model->cuts.count));
}

#define ROWS_AT_A_TIME (UINT32_C(1) << 16)

void model_waiting(struct model *model, void (*waiting)(void *user), void *user)
{
	model->waiting = waiting;
	model->waiting_user = user;
}

static void model_read_say_row(const struct model *model, uint32_t row)
{
	if (row % ROWS_AT_A_TIME == ROWS_AT_A_TIME - 1 && model->waiting)
		model->waiting(model->waiting_user);
}

/* Adds the figures of one tally at the frozen moment to a row. */
static void freeze_figures(const struct model *model, const struct tally *tally,
			   enum moment_kind kind, struct snapshot_row *row)
{
	bool ever = kind == MOMENT_PEAK;
	struct figures now = ever ? tally_ever(&model->tallies, tally) : tally->now;
	const uint32_t *sizes = ever ? tally_ever_sizes(&model->tallies, tally) : tally->sizes;

	figures_add(&row->now, &now);
	row->peak += ever ? now.size : tally_peak(&model->tallies, tally);
	if (ever && now.count && !tally_is_ever(&model->tallies, tally))
		row->born = AGE_UNKNOWN;
	else if (row->born != AGE_UNKNOWN && now.count)
		row->born += tally->born;
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		row->sizes[i] += sizes[i];
}

/* Drops rows that never held a block and keeps the order.  Returns the sum of the rows
 * that count in the totals.  `ages`: the oldest blocks are looked up as well, in the same
 * pass, as rows are many and larger than a cache line. */
static struct figures compact(const struct model *model, struct snapshot *snapshot, bool ages)
{
	struct figures sum = { 0 };
	size_t kept = 0;

	for (uint32_t i = 0; i < snapshot->rows_length; i++) {
		struct snapshot_row *row = &snapshot->rows[i];

		if (!row->now.allocations)
			continue;
		if (ages)
			births_freeze_row(model, i, row);
		if (row->domain != WIRE_MMAP)
			figures_add(&sum, &row->now);
		if (kept != i)
			snapshot->rows[kept] = *row;
		kept++;
	}
	snapshot->rows_length = kept;
	return sum;
}

/* Checks the totals against the tallies: both count the same blocks. */
static bool model_read_adds_up(const struct figures *sum, const struct totals *totals)
{
	return sum->size == totals->current && sum->count == totals->blocks &&
	       sum->allocations == totals->allocations && sum->total == totals->total;
}

/* Sets who freed unknown blocks.  For a moment in the past that is not known if there
 * were more such frees since. */
static void freeze_unknown(const struct model *model, struct snapshot *snapshot)
{
	if (snapshot->totals.unknown_frees == model->totals.unknown_frees)
		unknown_sum(&model->unknown, &snapshot->unknown);
	else
		unknown_add(&snapshot->unknown, (struct module_id){ 0 },
			    snapshot->totals.unknown_frees);
}

int model_mappings(const struct model *model,
		   int (*show)(void *user, const struct model_mapping *mapping), void *user)
{
	const struct ranges *ranges = &model->maps.ranges;
	int result = 0;

	for (size_t i = 0; i < ranges->length && !result; i++) {
		const struct range *piece = &ranges->pieces[i];
		uint32_t tally = ranges->mappings[piece->mapping].tally;
		const struct model_mapping mapping = { piece->start, piece->end,
						       model_owner(model, tally).trace };

		result = show(user, &mapping);
	}
	return result;
}

size_t model_rows(const struct model *model) { return model->tallies.length; }

struct snapshot *model_freeze(struct model *model, enum moment_kind kind)
{
	struct snapshot_row *none = NULL;

	return model_freeze_in(model, kind, &none, 0);
}

struct snapshot *model_freeze_in(struct model *model, enum moment_kind kind,
				 struct snapshot_row **rows, size_t room)
{
	const struct tallies *tallies = &model->tallies;
	bool enough = *rows && tallies->length <= room;
	struct snapshot *snapshot =
		enough ? snapshot_new_over(model->catalog, tallies->length, *rows) :
			 snapshot_new(model->catalog, tallies->length);

	if (!snapshot)
		return NULL;
	if (enough)
		*rows = NULL;
	for (uint32_t i = 0; i < tallies->length; i++) {
		const struct tally *tally = tally_at(tallies, i);
		uint32_t at = tally->state == TALLY_PROVISIONAL ? tally->forward : i;
		struct snapshot_row *row = &snapshot->rows[at];

		if (at == i) {
			row->trace.v = tally->trace;
			row->thread = tally->thread;
			row->domain = tally->domain;
		}
		freeze_figures(model, tally, kind, row);
		model_read_say_row(model, i);
	}
	snapshot->kind = kind;
	births_freeze(model, snapshot);
	struct figures sum = compact(model, snapshot, true);

	snapshot->sample = model->sample;
	snapshot->totals = kind == MOMENT_PEAK ? model->ever : model->totals;
	assert(model_read_adds_up(&sum, &snapshot->totals));
	freeze_unknown(model, snapshot);
	return snapshot;
}

struct showing {
	const struct model *model;
	int (*show)(void *user, const struct model_block *block);
	void *user;
	int result;
};

static void show_block(void *user, uint64_t address, const struct live_block *block)
{
	struct showing *showing = user;
	const struct model_block shown = {
		.address = address,
		.size = block->size,
		.tally = tally_now(&showing->model->tallies, block->tally, address),
	};

	if (!showing->result)
		showing->result = showing->show(showing->user, &shown);
}

static void show_all(struct showing *showing, const struct live *live)
{
	uint64_t at = 0;

	while (!showing->result && live_walk(live, &at, show_block, showing)) {
		if (showing->model->waiting)
			showing->model->waiting(showing->model->waiting_user);
	}
}

int model_blocks(const struct model *model,
		 int (*show)(void *user, const struct model_block *block), void *user)
{
	struct showing showing = { .model = model, .show = show, .user = user };

	show_all(&showing, &model->live);
	for (unsigned i = 0; i < model->tracks.length && !showing.result; i++)
		show_all(&showing, model->tracks.of[i].live);
	return showing.result;
}

void model_watch_stirred(struct model *model, bool on) { stirred_watch(&model->stirred, on); }

void model_note_stirred(struct model *model, uint64_t address, uint64_t size)
{
	stirred_note(&model->stirred, address, size);
}

int model_stirred(struct model *model,
		  int (*show)(void *user, uint64_t address, uint64_t size), void *user)
{
	return stirred_each(&model->stirred, show, user);
}

/* Rows are in the order of their tallies, without those that never held a block. */
void model_rows_of(const struct model *model, const struct snapshot *snapshot,
		   uint32_t *rows)
{
	const struct tallies *tallies = &model->tallies;
	size_t at = 0;

	for (uint32_t i = 0; i < tallies->length; i++) {
		const struct tally *tally = tally_at(tallies, i);
		const struct snapshot_row *row = &snapshot->rows[at];

		rows[i] = UINT32_MAX;
		if (tally->state == TALLY_KEYED && at < snapshot->rows_length &&
		    row->trace.v == tally->trace && row->thread == tally->thread &&
		    row->domain == tally->domain)
			rows[i] = (uint32_t)at++;
	}
	for (uint32_t i = 0; i < tallies->length; i++) {
		const struct tally *tally = tally_at(tallies, i);

		if (tally->state == TALLY_PROVISIONAL)
			rows[i] = rows[tally->forward];
	}
}

struct model_owner model_owner(const struct model *model, uint32_t tally)
{
	const struct tally *of = tally_at(&model->tallies, tally);

	/* A tally whose trace is not known yet counts under the root. */
	if (of->state == TALLY_PROVISIONAL)
		of = tally_at(&model->tallies, of->forward);
	return (struct model_owner){ { of->trace }, of->thread, of->domain };
}

/* Freezes another state: a row for each tally, with what `at` says that it held. */
static struct snapshot *freeze_state(const struct model *model, unsigned judge,
				     struct figures (*at)(const struct model *model,
							  unsigned judge, uint32_t index))
{
	const struct tallies *tallies = &model->tallies;
	struct snapshot *snapshot = snapshot_new(model->catalog, tallies->length);

	for (uint32_t i = 0; snapshot && i < tallies->length; i++) {
		const struct tally *tally = tally_at(tallies, i);
		uint32_t to = tally->state == TALLY_PROVISIONAL ? tally->forward : i;
		struct figures held = at(model, judge, i);

		if (to == i) {
			snapshot->rows[i].trace.v = tally->trace;
			snapshot->rows[i].thread = tally->thread;
			snapshot->rows[i].domain = tally->domain;
		}
		figures_add(&snapshot->rows[to].now, &held);
		snapshot->rows[to].peak += held.size;
		snapshot_row_ageless(&snapshot->rows[to]);
		model_read_say_row(model, i);
	}
	if (!snapshot)
		return NULL;
	compact(model, snapshot, false);
	snapshot->sample = model->sample;
	snapshot->ageless = true;
	return snapshot;
}

static struct figures at_part_peak(const struct model *model, unsigned judge, uint32_t index)
{
	return watch_at_peak(model->watch, judge, index, tally_at(&model->tallies, index));
}

static struct figures at_base(const struct model *model, unsigned judge, uint32_t index)
{
	const struct tally *tally = tally_at(&model->tallies, index);
	struct figures none = tally->now;

	(void)judge;
	if (model->watch)
		return watch_at_base(model->watch, index, tally);
	none.size = none.count = 0;
	return none;
}

static struct figures at_recent_peak(const struct model *model, unsigned judge, uint32_t index)
{
	const struct tally *tally = tally_at(&model->tallies, index);
	struct figures figures = tally->now;

	(void)judge;
	figures.size = tally_peak(&model->tallies, tally);
	figures.count = 0;
	return figures;
}

struct snapshot *model_freeze_part(const struct model *model, unsigned judge)
{
	struct snapshot *snapshot = freeze_state(model, judge, at_part_peak);
	struct watch_sums sums;

	if (!snapshot)
		return NULL;
	watch_sums(model->watch, judge, &sums);
	snapshot->kind = MOMENT_PEAK;
	snapshot->totals.current = snapshot->totals.peak = sums.peak;
	snapshot->totals.peak_ever = sums.peak;
	return snapshot;
}

struct snapshot *model_freeze_base(const struct model *model)
{
	return freeze_state(model, 0, at_base);
}

struct snapshot *model_freeze_recent(const struct model *model)
{
	return freeze_state(model, 0, at_recent_peak);
}

uint64_t model_base(const struct model *model) { return model->base; }

bool model_part(const struct model *model, unsigned judge, struct watch_sums *sums)
{
	return watch_sums(model->watch, judge, sums);
}

void model_ease(struct model *model)
{
	live_ease(&model->live);
	for (unsigned i = 0; i < model->tracks.length; i++)
		live_ease(model->tracks.of[i].live);
}

void model_ticks(struct model *model) { ticks_begin(&model->tallies); }

bool model_tick(struct model *model) { return ticks_step(&model->tallies); }

bool model_tell(struct model *model, size_t most, struct history_news *news)
{
	return ticks_tell(&model->tallies, most, news);
}

bool model_ticks_failed(const struct model *model) { return model->tallies.ticks.failed; }

bool model_noted(const struct model *model)
{
	return ticks_noted(&model->tallies);
}
