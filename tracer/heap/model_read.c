/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model holds now, or held at its peak. */
#include "tracer/heap/blocks.h"
#include "tracer/heap/count.h"

#include <assert.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include "tracer/ground/threads/worker.h"
#include "tracer/heap/model_tick.h"
#include "tracer/heap/tally/ahead.h"
#include "tracer/heap/tally/then.h"

void model_totals(const struct model *model, struct totals *totals)
{
	*totals = model->totals;
}

void model_cuts(struct model *model, uint32_t nframe, uint64_t cut[CUTS])
{
	cuts_count(&model->cuts, model->catalog, &model->tallies, nframe);
	memcpy(cut, model->cuts.count, sizeof(model->cuts.count));
}

#define BESIDE 4096u                    /* rows: freezing them takes longer than to wake a thread */
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

/* A state that is being frozen: a row for each tally that ever held a block, in their
 * order. */
struct freezing {
	const struct model *model;
	struct snapshot *snapshot;
	/* Sets what the tally with this index held, but for the oldest of its blocks. */
	void (*read)(const struct freezing *of, uint32_t index, struct row_figures *to);
	enum moment_kind kind;
	unsigned judge;
	bool ages;                      /* the oldest blocks are known */
	bool beside;                    /* in another thread than the model's */
	struct births_curves curves;
	struct homeless {
		uint32_t root, tally;
	} *homeless;                    /* tallies whose trace is not known yet, by the
					 * root's tally, under which they count */
	size_t homeless_length, homeless_at;
	struct figures sum;             /* of the rows that count in the totals */
	struct figures_lately lately;
};

static int by_root(const void *a, const void *b)
{
	const struct homeless *x = a, *y = b;

	return (x->root > y->root) - (x->root < y->root);
}

/* Finds the tallies that count under another one.  False: out of memory. */
static bool find_homeless(struct freezing *freezing)
{
	const struct tallies *tallies = &freezing->model->tallies;
	size_t room = 0;

	/* In most runs there was never one. */
	for (uint32_t i = 0; tallies->ticks.tickets && i < tallies->length; i++) {
		const struct tally *tally = tally_at(tallies, i);

		if (tally->state != TALLY_PROVISIONAL)
			continue;
		if (!array_grow(&freezing->homeless, &room, freezing->homeless_length + 1,
				sizeof(*freezing->homeless)))
			return false;
		freezing->homeless[freezing->homeless_length++] =
			(struct homeless){ tally_forward(tallies, tally), i };
	}
	if (freezing->homeless_length)
		qsort(freezing->homeless, freezing->homeless_length,
		      sizeof(*freezing->homeless), by_root);
	return true;
}

static void row_figures_add(struct row_figures *to, const struct row_figures *from)
{
	figures_add(&to->now, &from->now);
	to->peak += from->peak;
	to->born = to->born == AGE_UNKNOWN || from->born == AGE_UNKNOWN ? AGE_UNKNOWN :
		   to->born + from->born;
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		to->sizes[i] += from->sizes[i];
}

/* Adds the tallies that count under one to its row. */
static void add_homeless(struct freezing *freezing, uint32_t index,
			 struct row_figures *to)
{
	struct row_figures figures;

	while (freezing->homeless_at < freezing->homeless_length) {
		const struct homeless *next = &freezing->homeless[freezing->homeless_at];

		if (next->root != index)
			break;
		freezing->read(freezing, next->tally, &figures);
		row_figures_add(to, &figures);
		freezing->homeless_at++;
	}
}

/* Makes the row of a tally, unless it never held a block.  False: out of memory. */
static bool freeze_row(struct freezing *freezing, uint32_t index)
{
	const struct model *model = freezing->model;
	const struct tally *tally = tally_at(&model->tallies, index);
	struct snapshot *snapshot = freezing->snapshot;
	uint32_t at = (uint32_t)snapshot->rows_length;
	struct snapshot_row *row = &snapshot->rows[at];
	struct row_figures figures;

	if (tally->state != TALLY_KEYED)
		return true;
	freezing->read(freezing, index, &figures);
	add_homeless(freezing, index, &figures);
	if (!figures.now.allocations)
		return true;
	if (freezing->ages)
		births_freeze_figures(model, index, &figures);
	else
		row_figures_ageless(&figures);
	if (freezing->curves.of && !births_freeze_curve(model, index, &freezing->curves, at))
		freezing->curves.of = NULL;
	if (tally->domain != WIRE_MMAP)
		figures_add(&freezing->sum, &figures.now);
	row->trace.v = tally->trace;
	row->thread = tally->thread;
	row->domain = tally->domain;
	snapshot->rows_length++;
	row->figures = row_figures_lately(&snapshot->figures, &freezing->lately,
					  &figures);
	return row->figures;
}

/* False: out of memory. */
static bool freeze_rows(struct freezing *freezing)
{
	const struct tallies *tallies = &freezing->model->tallies;
	bool whole = find_homeless(freezing);

	for (uint32_t i = 0; whole && i < tallies->length; i++) {
		tally_fetch_ahead(tallies, i);
		tally_fetch_rest_ahead(tallies, i);
		whole = freeze_row(freezing, i);
		if (!freezing->beside)
			model_read_say_row(freezing->model, i);
	}
	free(freezing->homeless);
	return whole;
}

/* Sets the figures of one tally at the frozen moment. */
static void read_tally(const struct freezing *freezing, uint32_t index,
			struct row_figures *to)
{
	const struct tallies *tallies = &freezing->model->tallies;
	const struct tally *tally = tally_at(tallies, index);
	bool ever = freezing->kind == MOMENT_PEAK;
	const struct tally_then then = tally_then(tallies, tally, ever);

	then_read(&then, &to->now, to->sizes);
	to->peak = ever ? to->now.size : tally_peak(tallies, tally);
	to->born = !to->now.count ? 0 :
		   ever && !tally_is_ever(tallies, tally) ? AGE_UNKNOWN : tally->born;
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
	struct snapshot_room room = { 0 };
	struct snapshot *snapshot = model_freeze_in(model, kind, &room, NULL);

	snapshot_room_free(&room);
	return snapshot;
}

/* An empty snapshot in the room, in which the rows of all tallies find a place. */
static struct snapshot *snapshot_for(const struct model *model, struct snapshot_room *room)
{
	size_t most = model->tallies.length;

	if (!room->rows || room->length < most) {
		free(room->rows);
		room->rows = large_malloc((most + 1) * sizeof(*room->rows));
		room->length = most;
	}
	return room->rows ? snapshot_new_in(model->catalog, room) : NULL;
}

/* What comes behind this reads the model alone.  False: out of memory. */
static bool freezing_begin(struct freezing *freezing, struct model *model,
			   enum moment_kind kind, struct snapshot_room *room)
{
	struct snapshot *snapshot = snapshot_for(model, room);

	*freezing = (struct freezing){ .model = model, .snapshot = snapshot, .kind = kind,
				       .read = read_tally, .ages = true };
	if (!snapshot)
		return false;
	snapshot->kind = kind;
	freezing->curves = births_freeze(model, snapshot);
	return true;
}

/* `whole`: it has all rows. */
static struct snapshot *freezing_end(struct freezing *freezing, bool whole)
{
	const struct model *model = freezing->model;
	struct snapshot *snapshot = freezing->snapshot;

	if (!whole) {
		snapshot_release(snapshot);
		return NULL;
	}
	snapshot->sample = model->sample;
	snapshot->totals = freezing->kind == MOMENT_PEAK ? model->ever : model->totals;
	assert(model_read_adds_up(&freezing->sum, &snapshot->totals));
	freeze_unknown(model, snapshot);
	return snapshot;
}

/* A peak that is frozen by the thread which finds pages, beside the present state. */
struct beside {
	struct job job;
	struct freezing freezing;
	bool whole;
};

static void freeze_beside(struct job *job)
{
	struct beside *beside = (struct beside *)job;

	const struct model *model = beside->freezing.model;

	large_populate(beside->freezing.snapshot->rows,
		   model->tallies.length * sizeof(struct snapshot_row));
	beside->whole = freeze_rows(&beside->freezing);
}

static void free_beside(struct job *job) { free(job); }

/* NULL: for so few rows no other thread is needed, there is none, or no memory. */
static struct beside *beside_begin(struct model *model)
{
	size_t most = model->tallies.length;
	struct beside *beside = most < BESIDE ? NULL : malloc(sizeof(*beside));
	struct snapshot_room room = { .length = most };

	if (!beside)
		return NULL;
	/* In small pages: at the end of a program those that it gave back are warm. */
	room.rows = malloc((most + 1) * sizeof(*room.rows));
	bool begun = freezing_begin(&beside->freezing, model, MOMENT_PEAK, &room);

	snapshot_room_free(&room);
	beside->job = (struct job){ .run = freeze_beside, .free = free_beside };
	beside->freezing.beside = true;
	if (begun && worker_offer(model->tallies.prefault.worker, &beside->job))
		return beside;
	snapshot_release(beside->freezing.snapshot);
	free(beside);
	return NULL;
}

static struct snapshot *beside_end(const struct model *model, struct beside *beside)
{
	worker_take(model->tallies.prefault.worker, &beside->job);
	struct snapshot *snapshot = freezing_end(&beside->freezing, beside->whole);

	free(beside);
	return snapshot;
}

struct snapshot *model_freeze_in(struct model *model, enum moment_kind kind,
				 struct snapshot_room *room, struct snapshot **peak)
{
	struct snapshot_room none = { 0 };
	struct freezing freezing;

	model_hold_peak(model);
	bool begun = freezing_begin(&freezing, model, kind, room);
	struct beside *beside = peak ? beside_begin(model) : NULL;
	struct snapshot *snapshot = begun ? freezing_end(&freezing, freeze_rows(&freezing)) : NULL;

	if (beside)
		*peak = beside_end(model, beside);
	else if (peak)                  /* in the same 64 KiB */
		*peak = freezing_begin(&freezing, model, MOMENT_PEAK, &none) ?
			freezing_end(&freezing, freeze_rows(&freezing)) : NULL;
	snapshot_room_free(&none);
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
			rows[i] = rows[tally_forward(tallies, tally)];
	}
}

struct model_owner model_owner(const struct model *model, uint32_t tally)
{
	const struct tally *of = tally_at(&model->tallies, tally);

	/* A tally whose trace is not known yet counts under the root. */
	if (of->state == TALLY_PROVISIONAL)
		of = tally_at(&model->tallies, tally_forward(&model->tallies, of));
	return (struct model_owner){ { of->trace }, of->thread, of->domain };
}

/* Freezes another state, whose figures `add` knows. */
static struct snapshot *freeze_state(const struct model *model, unsigned judge,
				     void (*read)(const struct freezing *of, uint32_t index,
						  struct row_figures *to))
{
	struct snapshot_room room = { 0 };
	struct snapshot *snapshot = snapshot_for(model, &room);
	struct freezing freezing = { .model = model, .snapshot = snapshot, .read = read,
				     .judge = judge };

	snapshot_room_free(&room);
	if (!snapshot)
		return NULL;
	if (!freeze_rows(&freezing)) {
		snapshot_release(snapshot);
		return NULL;
	}
	snapshot->sample = model->sample;
	snapshot->ageless = true;
	return snapshot;
}

static void read_held(const struct figures *held, struct row_figures *to)
{
	*to = (struct row_figures){ .now = *held, .peak = held->size };
}

static void read_part_peak(const struct freezing *freezing, uint32_t index,
			   struct row_figures *to)
{
	const struct model *model = freezing->model;
	struct figures held = watch_at_peak(model->watch, freezing->judge, &model->tallies,
					    index);

	read_held(&held, to);
}

static void read_base(const struct freezing *freezing, uint32_t index,
		      struct row_figures *to)
{
	const struct model *model = freezing->model;
	const struct tallies *tallies = &model->tallies;
	struct figures held = tally_figures(tallies, tally_at(tallies, index));

	if (model->watch)
		held = watch_at_base(model->watch, tallies, index);
	else
		held.size = held.count = 0;
	read_held(&held, to);
}

static void read_recent_peak(const struct freezing *freezing, uint32_t index,
			    struct row_figures *to)
{
	const struct tallies *tallies = &freezing->model->tallies;
	const struct tally *tally = tally_at(tallies, index);
	struct figures held = tally_figures(tallies, tally);

	held.size = tally_peak(tallies, tally);
	held.count = 0;
	read_held(&held, to);
}

struct snapshot *model_freeze_part(const struct model *model, unsigned judge)
{
	struct snapshot *snapshot = freeze_state(model, judge, read_part_peak);
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
	return freeze_state(model, 0, read_base);
}

struct snapshot *model_freeze_recent(struct model *model)
{
	model_hold_peak(model);
	return freeze_state(model, 0, read_recent_peak);
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

void model_ticks(struct model *model)
{
	model_hold_peak(model);
	ticks_begin(&model->tallies);
}

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
