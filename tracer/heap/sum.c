/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows by stack, thread and domain, to which those of each snapshot are added. */
#include "tracer/heap/sum.h"

#include <math.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/heap/tally/held_sum.h"
#include "tracer/heap/tally/look_arenas.h"
#include "tracer/heap/tally/look_types.h"
#include "tracer/heap/tally/tally.h"

struct sum_row {
	struct snapshot_row of;         /* without figures: they are still added up */
	struct row_figures figures;
};

struct sum {
	struct catalog *catalog;
	struct chunks rows;             /* struct sum_row */
	struct finder finder;           /* key -> index in `rows` + 1 */
	uint32_t length;
	double walked;                  /* the earliest of all; negative: it is missing
					 * for one */
	bool ageless;                   /* births are not known for one of them */
	struct totals totals;
	struct unknown_frees unknown;
	uint32_t nframe;
	uint64_t sample;
	struct snapshot_growth *growth; /* of all that have curves; `row` is an index in
					 * `rows` */
	struct snapshot_growth silent[2];       /* of those that have none: that were too short
						 * for a verdict, and whose curves were dropped.
						 * A supervisor may have started tens of
						 * thousands */
	size_t curves[2];               /* number kept: of all, and of those too short for
					 * a verdict */
	struct snapshot_look *look;     /* of all that hold blocks, by row; NULL: not
					 * known */
	size_t look_room;
	bool lookless;                  /* there was no look at one of them */
	bool typeless;                  /* the types of one of them are not known */
	bool heldless;                  /* who holds the blocks of one is not known */
	struct held_sum held;
};

struct sum *sum_new(struct catalog *catalog)
{
	struct sum *sum = calloc(1, sizeof(*sum));

	if (!sum)
		return NULL;
	sum->catalog = catalog_retain(catalog);
	sum->walked = INFINITY;
	return sum;
}

void sum_free(struct sum *sum)
{
	if (!sum)
		return;
	chunk_free(&sum->rows);
	finder_free(&sum->finder);
	snapshot_growth_release(sum->growth);
	snapshot_look_free(sum->look);
	held_sum_free(&sum->held);
	catalog_release(sum->catalog);
	free(sum);
}

void sum_history(struct totals *to, const struct totals *from)
{
	to->allocations += from->allocations;
	to->frees += from->frees;
	to->total += from->total;
	to->temporary += from->temporary;
	to->unknown_frees += from->unknown_frees;
	to->lost += from->lost;
	to->lost_allocations += from->lost_allocations;
	to->lost_frees += from->lost_frees;
	to->unended += from->unended;
	to->truncated += from->truncated;
	for (unsigned i = 0; i < CUTS; i++)
		to->cut[i] += from->cut[i];
	to->events += from->events;
}

static void add_totals(struct totals *to, const struct totals *from, bool holds)
{
	if (holds) {
		to->current += from->current;
		to->blocks += from->blocks;
		to->mapped += from->mapped;
	}
	to->peak += from->peak;
	to->peak_ever += from->peak_ever;
	sum_history(to, from);
}

static struct sum_row *sum_row_at(const struct sum *sum, uint32_t index)
{
	return chunk_at(&sum->rows, sizeof(struct sum_row), index);
}

static bool has_sum_key(const void *context, uint32_t value, const void *key)
{
	const struct snapshot_row *row = &sum_row_at(context, value - 1)->of;
	const struct snapshot_row *other = key;

	return row->trace.v == other->trace.v && row->thread == other->thread &&
	       row->domain == other->domain;
}

/* The sum's row of the same stack, thread and domain, added if it is new.  NULL: out of
 * memory. */
static struct sum_row *sum_row_for(struct sum *sum, const struct snapshot_row *row,
				   uint32_t *index)
{
	uint32_t hash = tally_hash(row->trace.v, row->thread, row->domain);
	uint32_t found = finder_find(&sum->finder, hash, has_sum_key, sum, row);

	*index = found ? found - 1 : sum->length;
	if (found)
		return sum_row_at(sum, *index);
	struct sum_row *to = finder_room(&sum->finder) ?
			     chunk_reserve(&sum->rows, sizeof(*to), *index) : NULL;

	if (!to)
		return NULL;
	to->of.trace = row->trace;
	to->of.thread = row->thread;
	to->of.domain = row->domain;
	finder_put(&sum->finder, hash, ++sum->length);
	return to;
}

/* Adds ages, before the blocks.  All births are seconds of the same run, so they can be
 * added up. */
static void add_age(struct row_figures *to, const struct row_figures *from)
{
	if (!from->now.count)
		return;
	if (from->oldest == AGE_UNKNOWN || to->oldest == AGE_UNKNOWN)
		to->oldest = AGE_UNKNOWN;
	else if (!to->now.count || from->oldest < to->oldest)
		to->oldest = from->oldest;
	if (from->born == AGE_UNKNOWN || to->born == AGE_UNKNOWN)
		to->born = AGE_UNKNOWN;
	else
		to->born += from->born;
}

static bool add_row(struct sum *sum, const struct snapshot_row *row, bool holds)
{
	const struct row_figures *from = row->figures;
	uint32_t index;
	struct sum_row *of = sum_row_for(sum, row, &index);

	if (!of)
		return false;
	struct row_figures *to = &of->figures;

	to->now.allocations += from->now.allocations;
	to->now.total += from->now.total;
	to->now.temporary += from->now.temporary;
	to->peak += from->peak;
	if (!holds)
		return true;
	add_age(to, from);
	to->now.size += from->now.size;
	to->now.count += from->now.count;
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		to->sizes[i] += from->sizes[i];
	return true;
}

/* Whether there is room for so many more curves.  Curves that are too short for a verdict
 * show births alone, and must not take up the room of others. */
static bool has_room(struct sum *sum, const struct snapshot_growth *from)
{
	bool brief = !growth_judges(&from->axis);

	if (sum->curves[0] + from->length > SUM_CURVES ||
	    (brief && sum->curves[1] + from->length > SUM_CURVES / 4))
		return false;
	sum->curves[0] += from->length;
	sum->curves[1] += brief ? from->length : 0;
	return true;
}

static void copy_curves(struct sum *sum, struct snapshot_growth *growth,
			const struct snapshot_growth *from, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < from->length; i++) {
		const struct snapshot_row *row = &snapshot->rows[from->rows[i].row];
		struct growth_row *to = &growth->rows[growth->length];

		*to = from->rows[i];
		if (!from->process) {
			to->size = row->figures->now.size;
			to->count = row->figures->now.count;
			to->allocations = row->figures->now.allocations;
		}
		growth->length += sum_row_for(sum, row, &to->row) != NULL;
	}
}

/* Counts a process, or several, of which nothing but that is to be kept. */
static void add_silent(struct snapshot_growth *silent, const struct snapshot_growth *from,
		       const struct snapshot *snapshot)
{
	if (from->axis.now >= silent->axis.now)
		silent->axis = from->axis;
	silent->process = from->process ? from->process : snapshot->process;
	silent->pid = from->process ? from->pid : snapshot->pid;
	silent->processes += from->processes ? from->processes : 1;
	silent->lost = from->lost;
}

void sum_drop_curves(struct snapshot *snapshot)
{
	struct snapshot_growth *growth = snapshot->growth;

	if (!growth)
		return;
	free(growth->rows);
	growth->rows = NULL;
	growth->length = 0;
	growth->lost = growth_judges(&growth->axis);
}

/* Puts the curves of one process before those that are there.  False: out of memory. */
static bool add_growth(struct sum *sum, const struct snapshot_growth *from,
		       const struct snapshot *snapshot)
{
	if (!from->length && from->lost == growth_judges(&from->axis)) {
		add_silent(&sum->silent[from->lost], from, snapshot);
		return true;
	}
	struct snapshot_growth *growth = calloc(1, sizeof(*growth));

	if (!growth)
		return false;
	growth->axis = from->axis;
	growth->process = from->process ? from->process : snapshot->process;
	growth->pid = from->process ? from->pid : snapshot->pid;
	growth->lost = from->lost || !has_room(sum, from);
	if (!growth->lost)
		growth->rows = malloc(from->length * sizeof(*growth->rows) + 1);
	growth->lost = !growth->rows;
	if (growth->rows)
		copy_curves(sum, growth, from, snapshot);
	growth->next = sum->growth;
	sum->growth = growth;
	return true;
}

static bool add_growths(struct sum *sum, const struct snapshot *snapshot)
{
	bool whole = true;

	for (const struct snapshot_growth *of = snapshot->growth; of; of = of->next)
		whole &= add_growth(sum, of, snapshot);
	return whole;
}

/* Makes room for the figures of all rows.  False: out of memory. */
static bool widen_look(struct sum *sum)
{
	size_t before = sum->look_room;

	if (!sum->look)
		sum->look = snapshot_look_new(0);
	if (!sum->look || !array_grow(&sum->look->rows, &sum->look_room,
				      sum->length + (size_t)1, sizeof(*sum->look->rows)))
		return false;
	memset(sum->look->rows + before, 0,
	       (sum->look_room - before) * sizeof(*sum->look->rows));
	return true;
}

/* Adds the parts of one process to those of the others that have the same type names.
 * rows: by row, the sum's; parts: gets the sum's part, by part.  False: out of memory. */
static bool sum_add_types(struct sum *sum, const struct snapshot *snapshot, const uint32_t *rows,
			  uint32_t *parts)
{
	const struct look_types *from = snapshot->look->types;
	struct snapshot_look *look = sum->look;

	if (!look->types)
		look->types = look_types_new();
	for (size_t i = 0; look->types && i < from->parts_length; i++) {
		const struct look_part *part = &from->parts[i];
		uint32_t type = look_types_name(look->types, from->names[part->type]);
		struct look_part *to = type == UINT32_MAX ? NULL :
				       look_types_part(look->types, rows[part->row],
						       type);

		if (!to)
			return false;
		to->size += part->size;
		to->count += part->count;
		look_figures_add(&to->look, &part->look);
		parts[i] = (uint32_t)(to - look->types->parts);
	}
	return look->types;
}

/* Adds what the blocks are, and who holds them.  What is not known of one process is not
 * known of all. */
static bool sum_add_parts(struct sum *sum, const struct snapshot *snapshot,
			  const uint32_t *rows)
{
	const struct snapshot_look *look = snapshot->look;

	sum->typeless |= !look->types;
	sum->heldless |= sum->typeless || !look->held;
	if (sum->typeless)
		return true;
	uint32_t *parts = malloc((look->types->parts_length + 1) * sizeof(*parts));
	bool whole = parts && sum_add_types(sum, snapshot, rows, parts) &&
		     (sum->heldless || held_sum_add(&sum->held, look->held, parts));

	free(parts);
	return whole;
}

/* Adds the arenas of a process, each by its own name.  Blocks of a process with another
 * allocator than glibc's are in no arena. */
static bool add_arenas(struct sum *sum, const struct snapshot *snapshot, const uint32_t *rows)
{
	struct snapshot_look *look = sum->look;
	bool whole = true;

	if (!look->arenas)
		look->arenas = look_arenas_new();
	if (look->arenas && snapshot->look->arenas)
		return look_arenas_add_all(look->arenas, snapshot->look->arenas, snapshot->pid,
					   rows);
	for (size_t i = 0; look->arenas && whole && i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];
		const struct figures *now = &row->figures->now;
		struct look_part *part = row->domain == WIRE_MMAP || !now->count ? NULL :
			look_types_part(look->arenas->blocks, rows[i], LOOK_NO_ARENA);

		whole = part || row->domain == WIRE_MMAP || !now->count;
		if (!part)
			continue;
		part->size += now->size;
		part->count += now->count;
	}
	return look->arenas && whole;
}

/* Adds a snapshot's look, whose rows are in the sum already.  What is unreachable in
 * all processes is known only if it is known for each one that holds anything. */
static bool add_look(struct sum *sum, const struct snapshot *snapshot)
{
	sum->lookless |= !snapshot->look && snapshot->totals.blocks;
	if (!snapshot->look || sum->lookless)
		return true;
	uint32_t *rows = malloc((snapshot->rows_length + 1) * sizeof(*rows));
	bool whole = rows && widen_look(sum);

	for (size_t i = 0; whole && i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];

		whole = sum_row_for(sum, row, &rows[i]);
		if (whole)
			look_figures_add(&sum->look->rows[rows[i]], &snapshot->look->rows[i]);
	}
	if (whole) {
		sum->look->pause += snapshot->look->pause;
		sum->look->copied += snapshot->look->copied;
		sum->look->unread += snapshot->look->unread;
	}
	whole = whole && sum_add_parts(sum, snapshot, rows) && add_arenas(sum, snapshot, rows);
	free(rows);
	return whole;
}

/* A copy for a snapshot, since the sum may go on.  NULL: not known, or out of memory. */
static struct look_types *sum_copy_types(const struct sum *sum)
{
	const struct look_types *from = sum->look->types;
	struct look_types *types = from && !sum->typeless ? look_types_new() : NULL;

	for (size_t i = 0; types && i < from->parts_length; i++) {
		const struct look_part *part = &from->parts[i];
		uint32_t type = look_types_name(types, from->names[part->type]);
		struct look_part *to = type == UINT32_MAX ? NULL :
				       look_types_part(types, part->row, type);

		if (!to) {
			look_types_free(types);
			return NULL;
		}
		to->size = part->size;
		to->count = part->count;
		to->look = part->look;
	}
	return types;
}

/* NULL: no process has any, or out of memory. */
static struct look_arenas *copy_arenas(const struct sum *sum)
{
	const struct look_arenas *from = sum->look->arenas;
	bool known = from && from->blocks->names_length > 1;
	struct look_arenas *arenas = known ? look_arenas_new() : NULL;
	uint32_t *rows = malloc((sum->length + (size_t)1) * sizeof(*rows));

	for (uint32_t i = 0; rows && i < sum->length; i++)
		rows[i] = i;
	if (arenas && (!rows || !look_arenas_add_all(arenas, from, 0, rows))) {
		look_arenas_free(arenas);
		arenas = NULL;
	}
	free(rows);
	return arenas;
}

/* NULL: not known, or out of memory. */
static struct snapshot_look *copy_look(const struct sum *sum)
{
	struct snapshot_look *look = sum->look && !sum->lookless ?
				     snapshot_look_new(sum->length) : NULL;
	size_t length = sum->look_room < sum->length ? sum->look_room : sum->length;

	if (!look)
		return NULL;
	look->pause = sum->look->pause;
	look->copied = sum->look->copied;
	look->unread = sum->look->unread;
	memcpy(look->rows, sum->look->rows, length * sizeof(*look->rows));
	look->types = sum_copy_types(sum);
	look->held = look->types && !sum->heldless ? held_sum_copy(&sum->held) : NULL;
	look->arenas = copy_arenas(sum);
	return look;
}

bool sum_add(struct sum *sum, const struct snapshot *snapshot, bool holds)
{
	bool whole = true;

	add_totals(&sum->totals, &snapshot->totals, holds);
	unknown_add_all(&sum->unknown, &snapshot->unknown);
	if (sum->nframe < snapshot->nframe)
		sum->nframe = snapshot->nframe;
	sum->sample = snapshot->sample;
	for (size_t i = 0; i < snapshot->rows_length; i++)
		whole &= add_row(sum, &snapshot->rows[i], holds);
	if (holds) {
		whole &= add_growths(sum, snapshot);
		whole &= add_look(sum, snapshot);
		sum->ageless |= snapshot->ageless;
		sum->walked = fmin(sum->walked, snapshot->walked);
	}
	return whole;
}

/* A reference to the curves of all; those that have none are parts before the others.
 * NULL: there are none, or out of memory. */
static struct snapshot_growth *sum_growth(const struct sum *sum)
{
	struct snapshot_growth *all = snapshot_growth_retain(sum->growth);

	for (unsigned lost = 0; lost < 2; lost++) {
		const struct snapshot_growth *from = &sum->silent[lost];
		struct snapshot_growth *silent = from->processes ? malloc(sizeof(*silent)) : NULL;

		if (!silent)
			continue;
		*silent = *from;
		silent->next = all;
		all = silent;
	}
	return all;
}

struct snapshot *sum_snapshot(const struct sum *sum)
{
	struct snapshot *snapshot = snapshot_new(sum->catalog, sum->length);

	if (!snapshot)
		return NULL;
	for (uint32_t i = 0; i < sum->length; i++) {
		const struct sum_row *row = sum_row_at(sum, i);

		snapshot->rows[i] = row->of;
		if (!snapshot_put(snapshot, &snapshot->rows[i], &row->figures)) {
			snapshot_release(snapshot);
			return NULL;
		}
	}
	snapshot->totals = sum->totals;
	snapshot->unknown = sum->unknown;
	snapshot->growth = sum_growth(sum);
	snapshot->look = copy_look(sum);
	snapshot->ageless = sum->ageless;
	snapshot->walked = isinf(sum->walked) ? -1 : sum->walked;
	snapshot->nframe = sum->nframe;
	snapshot->sample = sum->sample;
	return snapshot;
}
