/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments of a live run: freezing the reader's models, and adding processes up. */
#include "tracer/collect/run/moments/moments.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/when.h"
#include "tracer/heap/sum.h"

struct moments {
	struct moments_parts of;
	struct reader *reader;
	struct writer *writer;          /* NULL: no recording */
};

struct moments *moments_new(const struct moments_parts *parts)
{
	struct moments *moments = calloc(1, sizeof(*moments));

	if (moments)
		moments->of = *parts;
	return moments;
}

void moments_free(struct moments *moments) { free(moments); }

void moments_connect(struct moments *moments, struct reader *reader,
		     struct writer *writer)
{
	moments->reader = reader;
	moments->writer = writer;
}

bool moments_are_recorded(const struct moments *moments) { return moments->writer; }

/* --- freezing --- */

static const char *const kind_names[] = {
	[MOMENT_LIVE] = "live", [MOMENT_NAMED] = "", [MOMENT_PEAK] = "peak", [MOMENT_EXIT] = "exit",
	[MOMENT_FINALIZE] = "finalize",
};

static void date_moment(struct course *course, struct snapshot *snapshot,
			      enum moment_kind kind)
{
	/* A named snapshot got its time when it was taken. */
	if (kind == MOMENT_PEAK && snapshot->totals.peak_at > 0)
		snapshot->time = snapshot->totals.peak_at;
	else if (kind != MOMENT_NAMED || snapshot->time <= 0)
		snapshot->time = course_time(course, NULL);
	snapshot->kind = kind;
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", kind_names[kind]);
}

static void release_all(struct snapshot **all, size_t length)
{
	for (size_t i = 0; i < length; i++)
		snapshot_release(all[i]);
	free(all);
}

/* Processes that have ended add what they allocated and freed.  What they still held when
 * they ended is added only once the run is over, and to the sum of the processes' own
 * peaks. */
static struct snapshot *add_processes_up(struct moments *moments,
					    struct snapshot *const *all, size_t length,
					    enum moment_kind kind)
{
	struct sum *sum = sum_new(moments->of.family->catalog);
	struct snapshot *whole = NULL;

	for (size_t i = 0; sum && i < length; i++)
		sum_add(sum, all[i], true);
	struct snapshot *ended = sum && kind != MOMENT_NAMED
					 ? estate_sum(moments->of.estate, kind == MOMENT_PEAK) : NULL;
	bool holds = course_has_ended(moments->of.course) || kind == MOMENT_PEAK;
	if (ended)
		sum_add(sum, ended, holds);
	snapshot_release(ended);
	if (sum)
		whole = sum_snapshot(sum);
	sum_free(sum);
	return whole;
}

/* The sum of all processes.  Only the reader knows how high that sum itself ever was. */
static struct snapshot *freeze_sum(struct moments *moments, enum moment_kind kind)
{
	struct reader_status status;
	size_t length = 0;

	reader_keep_ended(moments->reader, true);
	struct snapshot **all = reader_freeze_all(moments->reader, kind, &length);
	struct snapshot *whole =
		length ? add_processes_up(moments, all, length, kind) : NULL;

	reader_keep_ended(moments->reader, false);
	release_all(all, length);
	if (!whole)
		return NULL;
	reader_status(moments->reader, 0, &status);
	whole->totals.peak = status.totals.peak;
	whole->totals.peak_ever = status.totals.peak_ever;
	whole->totals.peak_at = status.totals.peak_at;
	date_moment(moments->of.course, whole, kind);
	return whole;
}

/* Freezes a process (its index in the list + 1; 0: all), with time and name.  NULL:
 * nothing is traced yet, or its figures are only on disk. */
static struct snapshot *freeze_process(struct moments *moments, uint32_t process,
				       enum moment_kind kind)
{
	struct snapshot *snapshot;

	if (process == 0)
		return freeze_sum(moments, kind);
	snapshot = reader_freeze(moments->reader, process, kind);
	if (!snapshot)
		return estate_moment(moments->of.estate, process, kind == MOMENT_PEAK);
	date_moment(moments->of.course, snapshot, kind);
	return snapshot;
}

size_t moments_add_whole(struct moments *moments, struct snapshot **all, size_t length,
		      enum moment_kind kind)
{
	struct reader_status status;

	for (size_t i = 0; i < length; i++)
		date_moment(moments->of.course, all[i], kind);
	if (roster_length(moments->of.roster) <= 1)
		return length;
	/* If the processes ended one by one, the first one before others, only their last
	 * figures are left. */
	struct snapshot *ends = length ? NULL : estate_sum(moments->of.estate, false);
	if (!length && !ends)
		return 0;
	struct snapshot *sum = snapshot_new(moments->of.family->catalog, 0);
	if (!sum) {
		snapshot_release(ends);
		return length;
	}
	reader_status(moments->reader, 0, &status);
	sum->totals = status.totals;
	sum->unknown = status.unknown;
	sum->nframe = length ? all[0]->nframe : ends->nframe;
	snapshot_release(ends);
	date_moment(moments->of.course, sum, kind);
	all[length] = sum;
	return length + 1;
}

/* Dates what was frozen, with the sum of all processes behind them, if there are several. */
static struct snapshot **completed(struct moments *moments, struct snapshot **all,
				   enum moment_kind kind, size_t *length)
{
	bool whole = *length || ((kind == MOMENT_EXIT || kind == MOMENT_PEAK) &&
				  course_has_ended(moments->of.course));
	struct snapshot **more = whole ? realloc(all, (*length + 1) * sizeof(*all)) : NULL;

	if (!more) {
		for (size_t i = 0; i < *length; i++)
			date_moment(moments->of.course, all[i], kind);
		return all;
	}
	*length = moments_add_whole(moments, more, *length, kind);
	return more;
}

struct snapshot **moments_freeze_all(struct moments *moments, enum moment_kind kind,
				     size_t *length)
{
	struct snapshot **all = reader_freeze_all(moments->reader, kind, length);

	return completed(moments, all, kind, length);
}

void moments_freeze_ends(struct moments *moments, struct snapshot **all[2],
			 size_t length[2])
{
	reader_freeze_ends(moments->reader, all, length);
	all[0] = completed(moments, all[0], MOMENT_EXIT, &length[0]);
	all[1] = completed(moments, all[1], MOMENT_PEAK, &length[1]);
}

/* Names of snapshots: [A-Za-z_][A-Za-z0-9_.-]*, and none of the moments' own words. */
static bool good_name(const char *name)
{
	static const char *const taken[] = { "exit", "peak", "live", "finalize" };
	if (!(isalpha((unsigned char)name[0]) || name[0] == '_') || strlen(name) > 63)
		return false;
	for (const char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_.-", *at))
			return false;
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (strcmp(name, taken[i]) == 0)
			return false;
	return true;
}

void moments_hold(struct moments *moments, bool hold)
{
	roster_hold(moments->of.roster, hold);
}

bool moments_may_name(const char *name, struct error *error)
{
	*error = (struct error){ 2, "" };
	if (!name || !*name || good_name(name))
		return true;
	snprintf(error->text, sizeof(error->text),
		 "'%.64s' cannot name a snapshot: use a letter or _, then letters, "
		 "digits, '_', '.', '-', at most 63, and none of exit, peak, live, "
		 "finalize", name);
	return false;
}

void moments_record(struct moments *moments, struct snapshot *snapshot)
{
	if (moments->writer && snapshot)
		writer_snapshot(moments->writer, snapshot);
}

int moments_keep(struct moments *moments, struct snapshot *const *snapshots, size_t length,
	      const char *name, struct error *error)
{
	if (!moments_may_name(name, error))
		return -1;
	int number = kept_add(moments->of.kept, snapshots, length, name);
	if (number < 0) {
		*error = (struct error){ 125, "cannot keep the snapshot: out of memory" };
		return -1;
	}
	for (size_t i = 0; i < length; i++) {
		roster_keep(moments->of.roster, snapshots[i]->process);
		moments_record(moments, snapshots[i]);
	}
	return number;
}

int moments_snapshot(struct moments *moments, const char *name, struct error *error)
{
	size_t length = 0;
	if (!moments_may_name(name, error))
		return -1;
	moments_hold(moments, true);
	struct snapshot **all = moments_freeze_all(moments, MOMENT_NAMED, &length);
	int number = length ? moments_keep(moments, all, length, name, error) : -1;
	moments_hold(moments, false);
	release_all(all, length);
	if (!length) {
		struct course_state state;

		course_read(moments->of.course, &state);
		*error = (struct error){ 125, "no snapshot: the program is not traced yet" };
		if (state.met)
			*error = (struct error){ 125, "no snapshot: the program is ending; exit "
						      "is what it held then" };
	}
	return number;
}

void moments_keep_finalize(struct moments *moments, struct snapshot *snapshot)
{
	date_moment(moments->of.course, snapshot, MOMENT_FINALIZE);
	if (snapshot->process == 1)
		kept_set_finalize(moments->of.kept, snapshot);
	if (moments->writer)
		writer_snapshot(moments->writer, snapshot);
}

void moments_drop(struct moments *moments, unsigned number)
{
	kept_drop(moments->of.kept, number);
}

void moments_forget(struct moments *moments, unsigned number)
{
	kept_drop(moments->of.kept, number);
	if (moments->writer)
		writer_forget(moments->writer, number);
}

void moments_restart(struct moments *moments, uint32_t process)
{
	kept_forget(moments->of.kept, process);
	if (moments->writer)
		writer_restart(moments->writer, process);
}

void moments_flush(struct moments *moments)
{
	if (moments->writer)
		writer_flush(moments->writer);
}

struct snapshot *moments_last(struct moments *moments, struct image *image,
			      enum moment_kind kind)
{
	struct snapshot *snapshot = image_freeze(image, kind);

	if (!snapshot)
		return NULL;
	snapshot->time = kind == MOMENT_PEAK && snapshot->totals.peak_at > 0 ?
				 snapshot->totals.peak_at : course_now(moments->of.course);
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", kind_names[kind]);
	return snapshot;
}

void moments_vacate(struct moments *moments, uint32_t process)
{
	if (moments->writer)
		writer_vacate(moments->writer, process);
	else
		roster_vacate(moments->of.roster, process);
}

/* --- finding --- */

/* The sum of all processes in a kept snapshot. */
static struct snapshot *kept_sum(struct moments *moments, struct snapshot **all,
				 size_t length)
{
	struct snapshot *last = length ? all[length - 1] : NULL, *sum;
	bool several = last && last->process == 0;

	if (!last)
		return NULL;
	sum = add_processes_up(moments, all, several ? length - 1 : length, MOMENT_NAMED);
	if (!sum)
		return NULL;
	if (several)
		sum->totals = last->totals;
	sum->kind = MOMENT_NAMED;
	sum->time = last->time;
	sum->number = last->number;
	memcpy(sum->name, last->name, sizeof(sum->name));
	return sum;
}

/* A process's snapshot of that name or number; 0: the sum of all. */
static struct snapshot *named(struct moments *moments, uint32_t process,
			      const char *moment)
{
	size_t length;
	struct snapshot *found = NULL, **all = kept_find(moments->of.kept, moment, &length);

	for (size_t i = 0; process && i < length; i++)
		if (all[i]->process == process && !found)
			found = snapshot_retain(all[i]);
	if (!process)
		found = kept_sum(moments, all, length);
	release_all(all, length);
	return found;
}

static void refuse_moment(struct kept *kept, uint32_t process,
				   const char *moment, bool ended, struct error *error)
{
	struct snapshot *finalize = process == 1 ? kept_finalize(kept) : NULL;
	unsigned newest = kept_newest(kept);
	char names[64] = "but no snapshot yet";

	if (newest)
		snprintf(names, sizeof(names), "snapshots 1 to %u and their names", newest);
	snprintf(error->text, sizeof(error->text), "no moment '%.64s': there are live, peak, %s%s%s",
		 moment ? moment : "live", ended ? "exit, " : "", finalize ? "finalize, " : "",
		 names);
	snapshot_release(finalize);
}

/* Why there is no tick at that time. */
static void refuse_past(struct moments *moments, uint32_t process, const char *moment,
			const struct when *when, double time, struct error *error)
{
	struct chronicle *history = moments->of.chronicle;
	double begins, ends;

	if (when->mark && time < 0)
		snprintf(error->text, sizeof(error->text), "no moment '%.64s': there is no mark of "
			 "that text", moment);
	else if (!history || !chronicle_span(history, process, &begins, &ends))
		snprintf(error->text, sizeof(error->text), "no moment '%.64s': there is no history "
			 "(--history=0, or what changes does not fit into it)", moment);
	else
		snprintf(error->text, sizeof(error->text), "no moment '%.64s': the history begins at "
			 "%.6fs", moment, begins);
}

/* The heap at a time, from the history. */
static struct snapshot *timed(struct moments *moments, uint32_t process, const char *moment,
			      const struct when *when, struct error *error)
{
	size_t length = 0;
	struct mark *marks = when->mark ? kept_marks(moments->of.kept, &length) : NULL;
	double first = 0, last = 0, end = course_time(moments->of.course, NULL);

	reader_told(moments->reader);
	/* The end of the run is read a little after it, so the last tick stands for
	 * it. */
	if (moments->of.chronicle && chronicle_span(moments->of.chronicle, process, &first, &last))
		end = last > end ? last : end;
	double time = when_seconds(when, first, end, marks, length);
	struct snapshot *found = NULL;

	for (size_t i = 0; i < length; i++)
		free(marks[i].text);
	free(marks);
	if (moments->of.chronicle && time >= 0 &&
	    chronicle_at(moments->of.chronicle, process, time, &found) == -ENOMEM) {
		*error = (struct error){ 125, "cannot show that moment: out of memory" };
		return NULL;
	}
	if (!found)
		refuse_past(moments, process, moment, when, time, error);
	return found;
}

struct snapshot *moments_find(struct moments *moments, uint32_t process, const char *moment,
			     struct error *error)
{
	bool ended = course_has_ended(moments->of.course);
	struct snapshot *found = NULL;
	struct when when;

	*error = (struct error){ 2, "" };
	if (moment && when_parse(moment, &when))
		return timed(moments, process, moment, &when, error);
	if (!moment || !*moment || strcmp(moment, "live") == 0)
		found = freeze_process(moments, process, MOMENT_LIVE);
	else if (strcmp(moment, "peak") == 0)
		found = freeze_process(moments, process, MOMENT_PEAK);
	else if (strcmp(moment, "exit") == 0 && ended)
		found = freeze_process(moments, process, MOMENT_EXIT);
	else if (strcmp(moment, "finalize") == 0)
		found = process == 1 ? kept_finalize(moments->of.kept) : NULL;
	else if (strcmp(moment, "exit") != 0)
		found = named(moments, process, moment);
	if (!found)
		refuse_moment(moments->of.kept, process, moment, ended, error);
	return found;
}

/* A part of the heap at its own peak, in the process where that was highest. */
struct snapshot *moments_part_peak(struct moments *moments, unsigned part, size_t *process,
				   uint64_t *sum)
{
	uint32_t length = roster_length(moments->of.roster);

	reader_keep_ended(moments->reader, true);
	/* What is being handed over is there once the reader answers. */
	reader_catch_up(moments->reader);
	struct part_peak all = estate_part(moments->of.estate, part);

	for (uint32_t i = 1; i <= length; i++) {
		struct snapshot *peak = reader_part(moments->reader, i, part);

		if (peak)
			part_peak_add(&all, peak, i);
	}
	reader_keep_ended(moments->reader, false);
	*process = all.process ? all.process - 1 : 0;
	*sum = all.sum;
	return all.highest;
}

double moments_tick_here(struct moments *moments, struct image *image,
			 enum history_why why)
{
	double time = reader_tick_here(moments->reader, image, why);

	return time > 0 ? time : course_now(moments->of.course);
}

int moments_mark(struct moments *moments, const char *text, struct error *error)
{
	double time = reader_tick(moments->reader, HISTORY_MARK);

	if (time <= 0)
		time = course_now(moments->of.course);
	return moments_mark_at(moments, time, text, error);
}

int moments_mark_at(struct moments *moments, double time, const char *text,
		    struct error *error)
{
	char *copy = strdup(text);
	struct mark mark = { time, copy };
	if (!copy || kept_mark(moments->of.kept, &mark) != 0) {
		free(copy);
		*error = (struct error){ 125, "cannot keep the mark: out of memory" };
		return -1;
	}
	if (moments->writer)
		writer_mark(moments->writer, &mark);
	free(copy);
	course_wake(moments->of.course);
	return 0;
}

void moments_point(struct moments *moments)
{
	struct reader_status status;
	const struct totals *totals = &status.totals;
	struct meter_figures figures;

	/* The timeline is the first process's, and stops if that ends before the run
	 * does. */
	if (!reader_status(moments->reader, 1, &status) && roster_has_ended(moments->of.roster, 1))
		return;
	meter_read(moments->of.meter, &figures);
	const struct point point = {
		.time = course_time(moments->of.course, NULL),
		.current = totals->current,
		.peak = totals->peak,
		.rss = figures.gauges.rss,
		.blocks = totals->blocks,
		.allocations = totals->allocations,
	};
	kept_point(moments->of.kept, &point);
	if (moments->writer)
		writer_point(moments->writer, &point);
}
