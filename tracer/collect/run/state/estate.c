/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ended processes left, by process.  Rows take most of the room: if there are too
 * many, the rows of the processes that come first in the list are dropped; sums stay.  Of
 * processes that are counted together there are only sums. */
#include "tracer/collect/run/state/estate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/heap/sum.h"

/* Of a process with which others are counted, and of them. */
struct together {
	struct sum *exits, *peaks;      /* NULL: none, or no memory */
	double time, peak_time;         /* of the newest moments */
	bool changed;                   /* since estate_changed was asked */
};

/* Of one process. */
struct legacy {
	struct totals totals;
	struct unknown_frees *unknown;  /* NULL: there were none */
	struct snapshot *exit, *peak;   /* NULL: let go, or never there */
	struct together *together;      /* NULL: it is counted alone */
};

struct estate {
	struct catalog *catalog;
	unsigned parts_length;
	pthread_mutex_t lock;           /* around all below */
	struct legacy *legacies;        /* by process - 1; all 0 for processes that have
					 * not ended */
	size_t length, room;
	size_t bytes, first;            /* size of the rows kept; the first process that
					 * may have some */
	struct sum *exits, *peaks;      /* of all; NULL: none */
	struct part_peak parts[];
};

struct estate *estate_new(struct catalog *catalog, unsigned parts)
{
	struct estate *estate = calloc(1, sizeof(*estate) + parts * sizeof(estate->parts[0]));

	if (!estate)
		return NULL;
	estate->catalog = catalog;
	estate->parts_length = parts;
	pthread_mutex_init(&estate->lock, NULL);
	return estate;
}

static void together_free(struct together *together)
{
	if (!together)
		return;
	sum_free(together->exits);
	sum_free(together->peaks);
	free(together);
}

void estate_free(struct estate *estate)
{
	if (!estate)
		return;
	for (size_t i = 0; i < estate->length; i++) {
		free(estate->legacies[i].unknown);
		snapshot_release(estate->legacies[i].exit);
		snapshot_release(estate->legacies[i].peak);
		together_free(estate->legacies[i].together);
	}
	free(estate->legacies);
	sum_free(estate->exits);
	sum_free(estate->peaks);
	for (unsigned i = 0; i < estate->parts_length; i++)
		snapshot_release(estate->parts[i].highest);
	pthread_mutex_destroy(&estate->lock);
	free(estate);
}

/* --- what each process left; lock held --- */

static size_t rows_bytes(const struct snapshot *snapshot)
{
	size_t bytes = snapshot ? snapshot_bytes(snapshot) : 0;

	if (snapshot && snapshot->growth)
		bytes += sizeof(*snapshot->growth) +
			 snapshot->growth->length * sizeof(*snapshot->growth->rows);
	return bytes;
}

/* NULL: out of memory. */
static struct legacy *legacy_for(struct estate *estate, uint32_t process)
{
	if (!array_grow(&estate->legacies, &estate->room, process, sizeof(struct legacy)))
		return NULL;
	while (estate->length < process)
		estate->legacies[estate->length++] = (struct legacy){ 0 };
	return &estate->legacies[process - 1];
}

/* NULL: it has not ended. */
static const struct legacy *legacy_of(const struct estate *estate, uint32_t process)
{
	return process && process <= estate->length ? &estate->legacies[process - 1] : NULL;
}

static void estate_let_go(struct estate *estate, struct legacy *old)
{
	estate->bytes -= rows_bytes(old->exit) + rows_bytes(old->peak);
	snapshot_release(old->exit);
	snapshot_release(old->peak);
	old->exit = old->peak = NULL;
}

/* Keeps the rows of the newest in memory. */
static void keep_rows(struct estate *estate, struct legacy *legacy, struct snapshot *exit,
		      struct snapshot *peak)
{
	legacy->exit = exit;
	legacy->peak = peak;
	estate->bytes += rows_bytes(exit) + rows_bytes(peak);
	while (estate->bytes > ESTATE_KEPT && estate->first < estate->length)
		estate_let_go(estate, &estate->legacies[estate->first++]);
}

/* The sum of all keeps unknown frees for which one process finds no memory. */
static void legacy_note(struct legacy *legacy, const struct snapshot *exit)
{
	legacy->totals = exit->totals;
	free(legacy->unknown);
	legacy->unknown = exit->unknown.length ? malloc(sizeof(*legacy->unknown)) : NULL;
	if (legacy->unknown)
		*legacy->unknown = exit->unknown;
}

static void add_to(struct estate *estate, struct sum **sum, const struct snapshot *moment)
{
	if (!*sum)
		*sum = sum_new(estate->catalog);
	if (*sum && moment)
		sum_add(*sum, moment, true);
}

/* --- the calls --- */

void estate_add(struct estate *estate, uint32_t process, struct snapshot *exit,
		struct snapshot *peak)
{
	pthread_mutex_lock(&estate->lock);
	struct legacy *legacy = legacy_for(estate, process);

	add_to(estate, &estate->exits, exit);
	add_to(estate, &estate->peaks, peak);
	if (legacy && exit)
		legacy_note(legacy, exit);
	if (legacy) {
		keep_rows(estate, legacy, exit, peak);
	} else {
		snapshot_release(exit);
		snapshot_release(peak);
	}
	pthread_mutex_unlock(&estate->lock);
}

/* --- processes that are counted together --- */

/* The sum of what they left; its peaks are the highest ones of all.  Lock held. */
static struct snapshot *together_moment(const struct estate *estate, uint32_t process,
					bool peak)
{
	const struct legacy *legacy = &estate->legacies[process - 1];
	const struct together *together = legacy->together;
	const struct sum *sum = peak ? together->peaks : together->exits;
	struct snapshot *moment = sum ? sum_snapshot(sum) : NULL;

	if (!moment)
		return NULL;
	moment->kind = peak ? MOMENT_PEAK : MOMENT_EXIT;
	snprintf(moment->name, sizeof(moment->name), "%s", peak ? "peak" : "exit");
	moment->time = peak ? together->peak_time : together->time;
	moment->process = process;
	moment->totals.peak = legacy->totals.peak;
	moment->totals.peak_ever = legacy->totals.peak_ever;
	moment->totals.peak_at = legacy->totals.peak_at;
	return moment;
}

static void totals_join(struct totals *to, const struct totals *from)
{
	to->current += from->current;
	to->blocks += from->blocks;
	to->mapped += from->mapped;
	sum_history(to, from);
	to->peak = from->peak > to->peak ? from->peak : to->peak;
	if (from->peak_ever <= to->peak_ever)
		return;
	to->peak_ever = from->peak_ever;
	to->peak_at = from->peak_at;
}

static void legacy_join(struct legacy *legacy, const struct snapshot *exit)
{
	totals_join(&legacy->totals, &exit->totals);
	if (exit->unknown.length && !legacy->unknown)
		legacy->unknown = calloc(1, sizeof(*legacy->unknown));
	if (legacy->unknown)
		unknown_add_all(legacy->unknown, &exit->unknown);
}

/* Adds moments to the sums of a head's group.  How their rows grew is not kept. */
static void together_add(struct estate *estate, struct together *together,
			 const struct snapshot *exit, const struct snapshot *peak)
{
	struct snapshot plain = *exit;

	plain.growth = NULL;
	add_to(estate, &together->exits, &plain);
	add_to(estate, &together->peaks, peak);
	together->time = exit->time > together->time ? exit->time : together->time;
	together->peak_time = peak->time > together->peak_time ? peak->time : together->peak_time;
	together->changed = true;
}

void estate_lead(struct estate *estate, uint32_t process, const struct snapshot *exit,
		 const struct snapshot *peak)
{
	pthread_mutex_lock(&estate->lock);
	struct legacy *legacy = legacy_for(estate, process);

	if (legacy && (legacy->together = calloc(1, sizeof(*legacy->together))))
		together_add(estate, legacy->together, exit, peak);
	pthread_mutex_unlock(&estate->lock);
}

void estate_add_head(struct estate *estate, uint32_t process, struct snapshot *exit,
		     struct snapshot *peak)
{
	estate_lead(estate, process, exit, peak);
	estate_add(estate, process, exit, peak);
}

/* Adds what a process left to the head's.  Lock held. */
static void add_to_head(struct estate *estate, uint32_t head, const struct snapshot *exit,
			const struct snapshot *peak)
{
	struct legacy *legacy = legacy_for(estate, head);

	if (legacy && legacy->together)
		together_add(estate, legacy->together, exit, peak);
	if (legacy)
		legacy_join(legacy, exit);
}

void estate_move(struct estate *estate, uint32_t process, uint32_t head,
		 const struct snapshot *exit, const struct snapshot *peak)
{
	pthread_mutex_lock(&estate->lock);
	struct legacy *legacy = legacy_for(estate, process);

	add_to_head(estate, head, exit, peak);
	if (legacy) {
		estate_let_go(estate, legacy);
		free(legacy->unknown);
		*legacy = (struct legacy){ 0 };
	}
	pthread_mutex_unlock(&estate->lock);
}

void estate_join(struct estate *estate, uint32_t head, struct snapshot *exit,
		 struct snapshot *peak)
{
	pthread_mutex_lock(&estate->lock);
	add_to_head(estate, head, exit, peak);
	sum_drop_curves(exit);
	add_to(estate, &estate->exits, exit);
	add_to(estate, &estate->peaks, peak);
	pthread_mutex_unlock(&estate->lock);
	snapshot_release(exit);
	snapshot_release(peak);
}

struct snapshot **estate_changed(struct estate *estate, size_t *length)
{
	struct snapshot **all;
	size_t changed = 0;

	*length = 0;
	pthread_mutex_lock(&estate->lock);
	for (size_t i = 0; i < estate->length; i++)
		changed += estate->legacies[i].together && estate->legacies[i].together->changed;
	all = changed ? calloc(2 * changed, sizeof(struct snapshot *)) : NULL;
	for (size_t i = 0; all && i < estate->length; i++) {
		struct together *together = estate->legacies[i].together;

		if (!together || !together->changed)
			continue;
		together->changed = false;
		for (unsigned peak = 0; peak < 2; peak++) {
			all[*length] = together_moment(estate, (uint32_t)i + 1, peak);
			*length += all[*length] != NULL;
		}
	}
	pthread_mutex_unlock(&estate->lock);
	return all;
}

/* --- questions --- */

struct snapshot *estate_moment(struct estate *estate, uint32_t process, bool peak)
{
	pthread_mutex_lock(&estate->lock);
	const struct legacy *legacy = legacy_of(estate, process);
	struct snapshot *found = !legacy ? NULL : peak ? legacy->peak : legacy->exit;

	if (legacy && legacy->together)
		found = together_moment(estate, process, peak);
	else if (found)
		snapshot_retain(found);
	pthread_mutex_unlock(&estate->lock);
	return found;
}

struct snapshot *estate_sum(struct estate *estate, bool peak)
{
	pthread_mutex_lock(&estate->lock);
	const struct sum *sum = peak ? estate->peaks : estate->exits;
	struct snapshot *whole = sum ? sum_snapshot(sum) : NULL;
	pthread_mutex_unlock(&estate->lock);
	return whole;
}

void estate_last(struct estate *estate, uint32_t process, struct totals *totals,
		 struct unknown_frees *unknown)
{
	pthread_mutex_lock(&estate->lock);
	const struct legacy *legacy = legacy_of(estate, process);

	*totals = legacy ? legacy->totals : (struct totals){ 0 };
	*unknown = legacy && legacy->unknown ? *legacy->unknown : (struct unknown_frees){ 0 };
	pthread_mutex_unlock(&estate->lock);
}

void estate_heavier(struct estate *estate, uint32_t but, struct heavier *heavier)
{
	pthread_mutex_lock(&estate->lock);
	for (size_t i = 0; i < estate->length; i++) {
		uint64_t current = estate->legacies[i].totals.current;

		if (i + 1 == but || current <= heavier->bytes || estate->legacies[i].together)
			continue;
		heavier->process = (uint32_t)i + 1;
		heavier->bytes = current;
	}
	pthread_mutex_unlock(&estate->lock);
}

/* --- parts --- */

void part_peak_add(struct part_peak *peak, struct snapshot *snapshot, uint32_t process)
{
	peak->sum += snapshot->totals.peak_ever;
	if (peak->highest && peak->highest->totals.peak_ever >= snapshot->totals.peak_ever) {
		snapshot_release(snapshot);
		return;
	}
	snapshot_release(peak->highest);
	peak->highest = snapshot;
	peak->process = process;
}

void estate_add_part(struct estate *estate, unsigned part, struct snapshot *snapshot,
		     uint32_t process)
{
	if (!snapshot)
		return;
	pthread_mutex_lock(&estate->lock);
	part_peak_add(&estate->parts[part], snapshot, process);
	pthread_mutex_unlock(&estate->lock);
}

bool estate_has_highest(struct estate *estate, uint32_t process)
{
	bool highest = false;

	pthread_mutex_lock(&estate->lock);
	for (unsigned i = 0; i < estate->parts_length; i++)
		highest |= estate->parts[i].highest && estate->parts[i].process == process;
	pthread_mutex_unlock(&estate->lock);
	return highest;
}

struct part_peak estate_part(struct estate *estate, unsigned part)
{
	struct part_peak peak = { 0 };

	pthread_mutex_lock(&estate->lock);
	if (part < estate->parts_length)
		peak = estate->parts[part];
	if (peak.highest)
		snapshot_retain(peak.highest);
	pthread_mutex_unlock(&estate->lock);
	return peak;
}
