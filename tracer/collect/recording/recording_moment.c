/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the moment that is meant, and reads what is recorded of it as a snapshot. */
#include "tracer/collect/recording/recording_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/store/store_schema.h"
#include "tracer/collect/recording/when.h"
#include "tracer/heap/sum.h"

#define NOWHERE SIZE_MAX
#define TOTALS_COLUMN 3                 /* of the query for one moment */
#define QUERY_TOTALS(losses, cuts) \
	"SELECT id, time, nframe" STORE_TOTALS_2(STORE_TOTAL_NAME) STORE_TOTALS_3(losses) cuts \
	" FROM moment WHERE id = ?"

/* Whether a moment can be asked for.  For all processes together these are the moments of
 * the sum; if there is only one process, its own. */
static bool is_chosen(const struct recording *recording, size_t i)
{
	uint32_t process = recording->process;

	if (!process && recording->program.processes_length <= 1)
		process = 1;
	return recording->moments[i].process == process;
}

/* The last moment of a kind, or NOWHERE. */
static size_t find_kind(const struct recording *recording, enum moment_kind kind)
{
	size_t i = recording->moments_length;

	while (i-- > 0)
		if (recording->moments[i].kind == kind && is_chosen(recording, i))
			return i;
	return NOWHERE;
}

static size_t find_number(const struct recording *recording, const char *digits)
{
	unsigned long number = strlen(digits) < 10 ? strtoul(digits, NULL, 10) : 0;

	for (size_t i = 0; i < recording->moments_length; i++)
		if (recording->moments[i].kind == MOMENT_NAMED && number &&
		    recording->moments[i].number == number && is_chosen(recording, i))
			return i;
	return NOWHERE;
}

/* The last snapshot of that name. */
static size_t find_name(const struct recording *recording, const char *name)
{
	size_t i = recording->moments_length;

	while (i-- > 0)
		if (recording->moments[i].kind == MOMENT_NAMED && is_chosen(recording, i) &&
		    !strcmp(recording->moments[i].name, name))
			return i;
	return NOWHERE;
}

static size_t recording_moment_find_moment(const struct recording *recording,
					   const char *moment)
{
	static const struct { const char *name; enum moment_kind kind; } kinds[] = {
		{ "exit", MOMENT_EXIT }, { "peak", MOMENT_PEAK }, { "live", MOMENT_LIVE },
		{ "finalize", MOMENT_FINALIZE },
	};

	if (!moment || !*moment) {
		static const enum moment_kind last[] = { MOMENT_FINALIZE, MOMENT_EXIT, MOMENT_LIVE };
		size_t found = NOWHERE;

		for (size_t i = 0; i < 3 && found == NOWHERE; i++)
			found = find_kind(recording, last[i]);
		return found;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(moment, kinds[i].name))
			return find_kind(recording, kinds[i].kind);
	if (!moment[strspn(moment, "0123456789")])
		return find_number(recording, moment);
	return find_name(recording, moment);
}

/* Lists the moments: "exit, peak, 1, 2 (before)", as many as fit. */
static void list_moments(const struct recording *recording, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < recording->chosen_length && at < size; i++) {
		const struct moment *moment = &recording->chosen[i];
		const char *comma = i ? ", " : "";
		bool named = moment->kind == MOMENT_NAMED;

		if (named && *moment->name)
			at += (size_t)snprintf(text + at, size - at, "%s%u (%s)", comma,
					       moment->number, moment->name);
		else if (named)
			at += (size_t)snprintf(text + at, size - at, "%s%u", comma, moment->number);
		else
			at += (size_t)snprintf(text + at, size - at, "%s%s", comma, moment->name);
	}
	if (at >= size)
		memcpy(text + size - 4, "...", 4);
}

/* Nothing was written of the process that is asked for, as when the disk was full before its
 * first moment was: whoever has moments can be asked for. */
static void say_who_has_moments(const struct recording *recording, struct error *error)
{
	const struct program *program = &recording->program;
	uint32_t process = recording->moments[recording->moments_length - 1].process;
	char who[32] = "all";

	if (process && process <= program->processes_length)
		snprintf(who, sizeof(who), "%d", (int)program->processes[process - 1].pid);
	snprintf(error->text, sizeof(error->text), "nothing is recorded of %s in %.300s, which ends "
		 "too early; try --process=%s",
		 recording->process ? "that process" : "all processes together", recording->path, who);
}

/* Another process that has a snapshot of that name or number: one that it took itself, as with
 * memtop_snapshot(), is of it alone.  0: there is none. */
static uint32_t who_has_snapshot(const struct recording *recording, const char *moment)
{
	struct recording other = *recording;

	for (size_t i = recording->moments_length; i-- > 0;) {
		other.process = recording->moments[i].process;
		if (other.process && other.process <= recording->program.processes_length &&
		    recording->moments[i].kind == MOMENT_NAMED &&
		    recording_moment_find_moment(&other, moment) == i)
			return other.process;
	}
	return 0;
}

static struct snapshot *recording_moment_no_moment(const struct recording *recording,
						   const char *moment,
						   struct error *error)
{
	uint32_t who = moment && *moment ? who_has_snapshot(recording, moment) : 0;
	char there[200];

	*error = (struct error){ .status = 2 };
	list_moments(recording, there, sizeof(there));
	if (!recording->moments_length)
		recording_empty(recording, error);
	else if (!recording->chosen_length)
		say_who_has_moments(recording, error);
	else if (who)
		snprintf(error->text, sizeof(error->text), "snapshot \"%.60s\" in %.160s is of another "
			 "process alone; try --process=%d", moment, recording->path,
			 (int)recording->program.processes[who - 1].pid);
	else
		snprintf(error->text, sizeof(error->text), "no moment \"%.60s\" in %.160s: it has %s%s",
			 moment && *moment ? moment : "exit", recording->path, there,
			 recording->has_history ? ", and times such as 90s" : "");
	recording_make_safe(error);
	return NULL;
}

static int fold_totals(struct recording *recording, struct recording_row *row, void *user)
{
	struct snapshot *snapshot = user;
	int at = TOTALS_COLUMN;

	snapshot->time = row_real(row, 1);
	snapshot->nframe = row_u32(row, 2, 65535);
	snapshot->sample = recording->program.sample;
#define READ_TOTAL(name) snapshot->totals.name = row_u64(row, at++);
	STORE_TOTALS(READ_TOTAL)
#define READ_CUT(cut_, name) snapshot->totals.cut[cut_] = row_u64(row, at++);
	if (recording->has_cuts) {
		STORE_CUTS(READ_CUT)
	}
	return 0;
}

/* Older recordings have one figure for all that was lost, and do not tell why stacks are
 * cut. */
static const char *totals_query(const struct recording *recording)
{
	return recording->has_cuts ?
		QUERY_TOTALS(STORE_TOTAL_NAME, STORE_CUTS(STORE_CUT_NAME)) :
		QUERY_TOTALS(STORE_TOTAL_ZERO, "");
}

static int fold_unknown(struct recording *recording, struct recording_row *row,
			void *user)
{
	struct catalog *catalog = recording->catalog;
	struct module module = { 0 };
	struct module_id id = { 0 };
	size_t length;
	const char *path = row_text(row, 0, &length), *slash = strrchr(path, '/');

	if (length) {
		module.path = catalog_intern(catalog, path, length);
		module.name = slash ? catalog_intern(catalog, slash + 1, strlen(slash + 1)) :
				      module.path;
		id = catalog_find_module(catalog, path, module.build_id, 0);
		id = id.v ? id : catalog_add_module(catalog, &module);
	}
	unknown_add(user, id, row_u64(row, 1));
	return 0;
}

static int read_unknown(struct recording *recording, uint64_t moment, struct unknown_frees *to,
			struct error *error)
{
	if (!recording->has_unknown)
		return 0;
	return recording_query(recording, "SELECT module, count FROM unknown_free"
			       " WHERE moment = ?", moment, fold_unknown, to, error);
}

/* Reads a moment of one process, or of the sum, for which the file has totals alone. */
static struct snapshot *read_moment(struct recording *recording, size_t at,
				    struct error *error)
{
	uint64_t id = recording->moment_ids[at];
	struct snapshot *snapshot = snapshot_new(recording->catalog, 0);

	if (!snapshot) {
		recording_failed(recording, error, "out of memory");
		return NULL;
	}
	snapshot->process = recording->moments[at].process;
	if (snapshot->process && snapshot->process <= recording->program.processes_length)
		snapshot->pid = recording->program.processes[snapshot->process - 1].pid;
	snapshot->kind = recording->moments[at].kind;
	snapshot->number = recording->moments[at].number;
	memcpy(snapshot->name, recording->moments[at].name, sizeof(snapshot->name));
	if (recording_query(recording, totals_query(recording), id, fold_totals, snapshot, error) ||
	    recording_rows(recording, id, snapshot, error) ||
	    read_unknown(recording, id, &snapshot->unknown, error) ||
	    recording_growth(recording, id, snapshot, error) ||
	    recording_look(recording, id, snapshot, error)) {
		snapshot_release(snapshot);
		return NULL;
	}
	return snapshot;
}

/* Whether a process's moment is part of the sum's; *holds: whether what it held
 * counts. */
static bool is_part(const struct moment *moment, const struct moment *whole, bool *holds)
{
	*holds = moment->kind == whole->kind;
	if (!moment->process)
		return false;
	if (*holds)
		return moment->number == whole->number;
	/* In a sum of living processes, some have ended by then. */
	return whole->kind == MOMENT_LIVE && moment->kind == MOMENT_EXIT;
}

static struct sum *recording_moment_add_up(struct recording *recording,
					   const struct moment *whole,
					   struct error *error)
{
	struct sum *sum = sum_new(recording->catalog);
	bool holds;

	if (!sum)
		recording_failed(recording, error, "out of memory");

	for (size_t i = 0; sum && i < recording->moments_length; i++) {
		if (!is_part(&recording->moments[i], whole, &holds))
			continue;
		struct snapshot *part = read_moment(recording, i, error);

		if (!part) {
			sum_free(sum);
			return NULL;
		}
		sum_add(sum, part, holds);
		snapshot_release(part);
	}
	return sum;
}

/* Adds up a moment of all processes.  `whole`: the sum's totals as they are recorded. */
static struct snapshot *read_sum(struct recording *recording, struct snapshot *whole, size_t at,
				 struct error *error)
{
	struct sum *sum =
		recording_moment_add_up(recording, &recording->moments[at], error);
	struct snapshot *rows = sum ? sum_snapshot(sum) : NULL;

	sum_free(sum);
	if (!rows) {
		snapshot_release(whole);
		return NULL;
	}
	whole->unknown = rows->unknown;
	snapshot_take_rows(whole, rows);
	whole->growth = rows->growth;
	whole->look = rows->look;
	whole->walked = rows->walked;
	whole->ageless = rows->ageless;
	rows->growth = NULL;
	rows->look = NULL;
	snapshot_release(rows);
	return whole;
}

bool recording_totals(struct recording *recording, uint32_t process, struct totals *totals)
{
	struct snapshot snapshot = { 0 };
	struct error error;
	size_t found = NOWHERE;

	for (size_t i = 0; i < recording->moments_length; i++) {
		const struct moment *moment = &recording->moments[i];

		if (moment->process == process &&
		    (moment->kind == MOMENT_EXIT || moment->kind == MOMENT_LIVE))
			found = i;
	}
	if (found == NOWHERE ||
	    recording_query(recording, totals_query(recording), recording->moment_ids[found],
			    fold_totals, &snapshot, &error))
		return false;
	*totals = snapshot.totals;
	return true;
}

struct snapshot *recording_snapshot(struct recording *recording, const char *moment,
				    struct error *error)
{
	struct when when;

	if (moment && when_parse(moment, &when))
		return recording_past_moment(recording, moment, &when, error);
	size_t at = recording_moment_find_moment(recording, moment);

	if (at == NOWHERE)
		return recording_moment_no_moment(recording, moment, error);
	recording->cells = 0;
	struct snapshot *snapshot = read_moment(recording, at, error);

	if (snapshot && snapshot->process == 0)
		return read_sum(recording, snapshot, at, error);
	return snapshot;
}
