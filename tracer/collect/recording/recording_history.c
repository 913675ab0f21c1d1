/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history in a recording.  A process's ticks are read when a time is first asked for,
 * and their lists only as far as they are needed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/recording_parts.h"
#include "tracer/collect/recording/when.h"
#include "tracer/heap/history/trail.h"
#include "tracer/heap/past.h"
#include "tracer/heap/sum.h"

/* What was read so far of one process's history. */
struct recording_past {
	struct recording *recording;
	uint32_t process;
	struct history *history;
};

static int fold_tick(struct recording *recording, struct recording_row *row, void *user)
{
	struct history *history = user;
	struct history_tick tick = {
		.id = row_u64(row, 0),
		.time = row_real(row, 1),
		.why = row_u32(row, 2, HISTORY_WHY_MAX),
		.changes_length = row_u32(row, 4, UINT32_MAX),
		.state_length = SIZE_MAX,
	};
	uint64_t figures[HISTORY_TOTALS];
	struct change_reader totals = change_reader(sqlite3_column_blob(row->statement, 3),
						    (size_t)sqlite3_column_bytes(row->statement, 3));

	(void)recording;
	for (unsigned i = 0; i < HISTORY_TOTALS; i++)
		figures[i] = change_varint(&totals);
	if (sqlite3_column_type(row->statement, 5) != SQLITE_NULL)
		tick.state_length = row_u32(row, 5, UINT32_MAX);
	if (totals.bad || row->bad || !history_put(history, &tick, figures))
		return -EINVAL;
	return 0;
}

static int fold_list(struct recording *recording, struct recording_row *row, void *user)
{
	size_t length = (size_t)sqlite3_column_bytes(row->statement, 0);
	const void *blob = sqlite3_column_blob(row->statement, 0);
	struct bytes *bytes = user;

	(void)recording;
	if (!bytes_room(bytes, length + 1))
		return -ENOMEM;
	if (blob)
		memcpy(bytes->of, blob, length);
	bytes->length = length;
	return 0;
}

static int fetch_list(void *user, uint64_t id, bool state, struct bytes *bytes)
{
	const struct recording_past *past = user;
	struct error error;
	const char *sql = state ? "SELECT state FROM history WHERE id = ?" :
				  "SELECT changes FROM history WHERE id = ?";

	if (recording_query(past->recording, sql, (uint64_t)past->process << 32 | id, fold_list,
			    bytes, &error))
		return -EINVAL;
	return bytes->of ? 0 : -EINVAL;
}

void recording_free_history(struct recording *recording)
{
	for (size_t i = 0; i < recording->pasts_length; i++) {
		history_free(recording->pasts[i]->history);
		free(recording->pasts[i]);
	}
	free(recording->pasts);
}

/* Reads a process's ticks; NULL with *error. */
static struct recording_past *load_past(struct recording *recording, uint32_t process,
					struct error *error)
{
	static const char ticks[] = "SELECT tick, time, why, totals, changed, known FROM history"
				    " WHERE id >> 32 = ? ORDER BY id";
	struct recording_past *past = calloc(1, sizeof(*past));
	size_t n = recording->pasts_length;

	if (!past || recording_room(&recording->pasts, n, sizeof(*recording->pasts)) ||
	    !(past->history = history_new())) {
		free(past);
		recording_failed(recording, error, "out of memory");
		return NULL;
	}
	past->recording = recording;
	past->process = process;
	history_fetch(past->history, fetch_list, past);
	recording->pasts[recording->pasts_length++] = past;
	if (recording->has_history &&
	    recording_query(recording, ticks, process, fold_tick, past->history, error)) {
		recording->pasts_length--;
		history_free(past->history);
		free(past);
		return NULL;
	}
	return past;
}

static struct recording_past *past_of(struct recording *recording, uint32_t process,
				      struct error *error)
{
	for (size_t i = 0; i < recording->pasts_length; i++)
		if (recording->pasts[i]->process == process)
			return recording->pasts[i];
	return load_past(recording, process, error);
}

/* The file's ids become the catalog's. */
static bool map_ids(void *user, struct snapshot_row *row)
{
	struct recording *recording = user;
	uint32_t trace = ids_find(&recording->traces, row->trace.v);
	uint32_t thread = ids_find(&recording->threads, row->thread);

	if ((row->trace.v && !trace) || (row->thread && !thread) || thread > UINT16_MAX)
		return false;
	row->trace.v = trace;
	row->thread = (uint16_t)thread;
	return true;
}

/* The snapshot of a process's tick; NULL with status 0: it has no tick that early. */
static struct snapshot *past_at(struct recording *recording, uint32_t process, double time,
				bool *over, struct error *error)
{
	struct recording_past *past = past_of(recording, process, error);
	struct snapshot *snapshot = NULL;
	struct ledger ledger = { 0 };

	if (!past)
		return NULL;
	size_t at = history_before(past->history, time);

	error->status = 0;
	if (at == SIZE_MAX)
		return NULL;
	const struct history_tick *tick = history_tick(past->history, at);
	int result = history_at(past->history, at, &ledger);

	*over = tick->why & HISTORY_END && process > 1;
	if (!result)
		result = past_snapshot(&snapshot, recording->catalog, past->history, at, &ledger,
				       map_ids, recording);
	ledger_free(&ledger);
	if (result)
		recording_failed(recording, error,
				 result == -ENOMEM ? "out of memory" : "the file is damaged");
	if (snapshot) {
		snapshot->process = process;
		snapshot->sample = recording->program.sample;
	}
	return snapshot;
}

static struct snapshot *sum_at(struct recording *recording, double time,
			       struct error *error)
{
	struct sum *sum = sum_new(recording->catalog);
	struct snapshot *all = NULL, *newest = NULL;
	bool over, fine = sum != NULL;

	error->status = 0;
	for (uint32_t i = 1; fine && i <= recording->program.processes_length; i++) {
		struct snapshot *part = past_at(recording, i, time, &over, error);

		fine = part ? sum_add(sum, part, !over) : !error->status;
		if (part && (!newest || part->time > newest->time)) {
			snapshot_release(newest);
			newest = snapshot_retain(part);
		}
		snapshot_release(part);
	}
	if (fine && newest)
		all = sum_snapshot(sum);
	if (!all && !error->status && newest)
		recording_failed(recording, error, "out of memory");
	if (all) {
		all->kind = MOMENT_TICK;
		all->time = newest->time;
		memcpy(all->name, newest->name, sizeof(all->name));
	}
	snapshot_release(newest);
	sum_free(sum);
	return all;
}

/* Says why there is no such moment. */
static void refuse_time(struct recording *recording, const char *moment, const struct when *when,
			double time, struct error *error)
{
	struct error ignored;
	struct recording_past *past = past_of(recording, recording->process ? recording->process : 1,
					      &ignored);
	size_t length = past ? history_ticks(past->history) : 0;

	*error = (struct error){ .status = 2 };
	if (when->mark && time < 0)
		snprintf(error->text, sizeof(error->text), "no moment \"%.60s\" in %.160s: it has no "
			 "mark of that text", moment, recording->path);
	else if (!length)
		snprintf(error->text, sizeof(error->text), "no moment \"%.60s\" in %.160s: it has no "
			 "history (it was recorded with --history=0, or by an older memtop); name a "
			 "snapshot", moment, recording->path);
	else
		snprintf(error->text, sizeof(error->text), "no moment \"%.60s\" in %.160s: its history "
			 "begins at %.6fs", moment, recording->path,
			 history_tick(past->history, 0)->time);
	recording_make_safe(error);
}

void recording_span(struct recording *recording, uint32_t process, double *begins,
		    double *ends)
{
	struct error ignored;
	struct recording_past *past = past_of(recording, process ? process : 1, &ignored);
	size_t length = past ? history_ticks(past->history) : 0;

	*begins = length ? history_tick(past->history, 0)->time : 0;
	*ends = recording->program.seconds;
	if (length && history_tick(past->history, length - 1)->time > *ends)
		*ends = history_tick(past->history, length - 1)->time;
}

struct snapshot *recording_past_moment(struct recording *recording, const char *moment,
				       const struct when *when, struct error *error)
{
	uint32_t process = recording->process;
	struct snapshot *snapshot;
	double begins, ends;
	bool over;

	if (!process && recording->program.processes_length <= 1)
		process = 1;
	recording_span(recording, process, &begins, &ends);
	double time = when_seconds(when, begins, ends, recording->marks, recording->marks_length);

	snapshot = process ? past_at(recording, process, time, &over, error) :
			     sum_at(recording, time, error);
	if (!snapshot && !error->status)
		refuse_time(recording, moment, when, time, error);
	return snapshot;
}

void recording_ticks(struct recording *recording, struct tick_list *list)
{
	struct error ignored;
	struct tick_list part = { 0 };
	uint32_t first = recording->process ? recording->process : 1, last = first;
	bool fine = true;

	if (!recording->process)
		last = (uint32_t)recording->program.processes_length;
	list->length = 0;
	for (uint32_t i = first; i <= last && fine; i++) {
		struct recording_past *past = past_of(recording, i, &ignored);

		fine = past && past_ticks(past->history, i > 1, &part) && past_ticks_add(list, &part);
	}
	if (!fine)
		list->length = 0;
	free(part.of);
}

/* Does for a change what map_ids does for a row. */
static bool map_change(void *user, struct change *change)
{
	struct snapshot_row row = { .trace = { change->trace }, .thread = change->thread };

	if (!map_ids(user, &row))
		return false;
	change->trace = row.trace.v;
	change->thread = row.thread;
	return true;
}

int recording_trails(struct recording *recording, struct trails *trails)
{
	struct error ignored;
	uint32_t first = recording->process ? recording->process : 1, last = first;
	int error = 0;

	if (!recording->process)
		last = (uint32_t)recording->program.processes_length;
	for (uint32_t i = first; i <= last && !error; i++) {
		struct recording_past *past = past_of(recording, i, &ignored);

		error = past ? history_trails(past->history, i > 1, trails, map_change, recording)
			     : -EINVAL;
	}
	return error;
}

void recording_extent(struct recording *recording, struct history_extent *extent)
{
	struct error ignored;
	struct recording_past *past = past_of(recording, recording->process ? recording->process : 1,
					      &ignored);

	*extent = (struct history_extent){ 0 };
	if (past)
		past_extent(past->history, extent);
}
