/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments of a live run: snapshots by name and number, marks, the timeline. */
#include "tracer/collect/run/live.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/sum.h"

static const char *const kind_names[] = {
	[MOMENT_LIVE] = "live", [MOMENT_NAMED] = "", [MOMENT_PEAK] = "peak", [MOMENT_EXIT] = "exit",
	[MOMENT_FINALIZE] = "finalize",
};

static void date(struct live *live, struct snapshot *snapshot, enum moment_kind kind)
{
	pthread_mutex_lock(&live->lock);
	snapshot->time = live->program.ended ? live->program.seconds : live_now(live);
	pthread_mutex_unlock(&live->lock);
	snapshot->kind = kind;
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", kind_names[kind]);
}

static void release_all(struct snapshot **all, size_t length)
{
	for (size_t i = 0; i < length; i++)
		snapshot_release(all[i]);
	free(all);
}

/* What has ended counts with what it did; with what it held only at the end, and
 * where each process is asked for at its own peak. */
static struct snapshot *add_up(struct live *live, struct snapshot *const *all, size_t length,
			       enum moment_kind kind)
{
	struct sum *sum = sum_new(live->family->catalog);
	struct snapshot *whole = NULL;

	for (size_t i = 0; sum && i < length; i++)
		sum_add(sum, all[i], true);
	pthread_mutex_lock(&live->lock);
	struct sum *gone = live->gone[kind == MOMENT_PEAK];
	struct snapshot *ended = sum && gone && kind != MOMENT_NAMED ? sum_snapshot(gone) : NULL;
	bool holds = live->program.ended || kind == MOMENT_PEAK;
	pthread_mutex_unlock(&live->lock);
	if (ended)
		sum_add(sum, ended, holds);
	snapshot_release(ended);
	if (sum)
		whole = sum_snapshot(sum);
	sum_free(sum);
	return whole;
}

/* All together; the sum's own peak is the reader's. */
static struct snapshot *freeze_sum(struct live *live, enum moment_kind kind)
{
	struct reader_status status;
	size_t length = 0;
	struct snapshot **all = reader_freeze_all(live->reader, kind, &length);
	struct snapshot *whole = length ? add_up(live, all, length, kind) : NULL;

	release_all(all, length);
	if (!whole)
		return NULL;
	reader_status(live->reader, 0, &status);
	whole->totals.peak = status.totals.peak;
	whole->totals.peak_ever = status.totals.peak_ever;
	date(live, whole, kind);
	return whole;
}

/* Of a process that has ended. */
static struct snapshot *ended_moment(struct live *live, uint32_t process, enum moment_kind kind)
{
	struct snapshot *found = NULL;

	pthread_mutex_lock(&live->lock);
	if (process <= live->program.processes_length)
		found = kind == MOMENT_PEAK ? live->kin[process - 1].peak :
					      live->kin[process - 1].exit;
	if (found)
		snapshot_retain(found);
	pthread_mutex_unlock(&live->lock);
	return found;
}

bool live_last_totals(struct live *live, uint32_t process, struct totals *totals,
		      struct unknown_frees *unknown)
{
	pthread_mutex_lock(&live->lock);
	bool known = process && process <= live->program.processes_length &&
		     live->program.processes[process - 1].ended > 0;
	*totals = known ? live->kin[process - 1].last : (struct totals){ 0 };
	*unknown = known ? live->kin[process - 1].unknown : (struct unknown_frees){ 0 };
	pthread_mutex_unlock(&live->lock);
	return known;
}

struct snapshot *live_freeze(struct live *live, uint32_t process, enum moment_kind kind)
{
	struct snapshot *snapshot;

	if (process == 0)
		return freeze_sum(live, kind);
	snapshot = reader_freeze(live->reader, process, kind);
	if (!snapshot)
		return ended_moment(live, process, kind);
	date(live, snapshot, kind);
	return snapshot;
}

/* With several processes the last one is of their sum: totals alone. */
struct snapshot **live_freeze_all(struct live *live, enum moment_kind kind, size_t *length)
{
	struct snapshot **all = reader_freeze_all(live->reader, kind, length);
	struct reader_status status;
	struct snapshot **more;

	for (size_t i = 0; i < *length; i++)
		date(live, all[i], kind);
	pthread_mutex_lock(&live->lock);
	bool several = live->program.processes_length > 1;
	pthread_mutex_unlock(&live->lock);
	if (!*length || !several)
		return all;
	more = realloc(all, (*length + 1) * sizeof(*all));
	if (!more)
		return all;
	struct snapshot *sum = snapshot_new(live->family->catalog, 0);
	if (!sum)
		return more;
	reader_status(live->reader, 0, &status);
	sum->totals = status.totals;
	sum->unknown = status.unknown;
	sum->nframe = more[0]->nframe;
	date(live, sum, kind);
	more[(*length)++] = sum;
	return more;
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

/* Lock held.  False: out of memory, nothing is kept. */
static bool keep(struct live *live, struct snapshot *const *snapshots, size_t length,
		 const char *name)
{
	size_t n = live->snapshots_length;
	struct snapshot **more = realloc(live->snapshots, (n + length) * sizeof(*more));

	if (!more)
		return false;
	live->snapshots = more;
	live->numbers++;
	for (size_t i = 0; i < length; i++) {
		snapshots[i]->kind = MOMENT_NAMED;
		snapshots[i]->number = live->numbers;
		snprintf(snapshots[i]->name, sizeof(snapshots[i]->name), "%s", name ? name : "");
		more[live->snapshots_length++] = snapshot_retain(snapshots[i]);
	}
	return true;
}

int live_keep(struct live *live, struct snapshot *const *snapshots, size_t length,
	      const char *name, struct error *error)
{
	*error = (struct error){ 2, "" };
	if (name && *name && !good_name(name)) {
		snprintf(error->text, sizeof(error->text),
			 "'%.64s' cannot name a snapshot: use a letter or _, then letters, "
			 "digits, '_', '.', '-', at most 63, and none of exit, peak, live, "
			 "finalize", name);
		return -1;
	}
	pthread_mutex_lock(&live->lock);
	bool kept = keep(live, snapshots, length, name);
	pthread_mutex_unlock(&live->lock);
	if (!kept) {
		*error = (struct error){ 125, "cannot keep the snapshot: out of memory" };
		return -1;
	}
	for (size_t i = 0; live->writer && i < length; i++)
		writer_snapshot(live->writer, snapshots[i]);
	return (int)snapshots[0]->number;
}

int live_snapshot(struct live *live, const char *name, struct error *error)
{
	size_t length = 0;
	struct snapshot **all = live_freeze_all(live, MOMENT_NAMED, &length);
	if (!length) {
		*error = (struct error){ 125, "no snapshot: the program is not traced yet" };
		return -1;
	}
	int number = live_keep(live, all, length, name, error);
	if (number > 0)
		live_say(live, *all[0]->name ? "snapshot %d '%s' taken" : "snapshot %d%s taken",
			 number, all[0]->name);
	release_all(all, length);
	return number;
}

void live_keep_finalize(struct live *live, struct snapshot *snapshot)
{
	date(live, snapshot, MOMENT_FINALIZE);
	if (snapshot->process == 1) {
		pthread_mutex_lock(&live->lock);
		snapshot_release(live->finalize);
		live->finalize = snapshot_retain(snapshot);
		pthread_mutex_unlock(&live->lock);
	}
	if (live->writer)
		writer_snapshot(live->writer, snapshot);
}

static struct snapshot *finalize_of(struct live *live, uint32_t process)
{
	pthread_mutex_lock(&live->lock);
	struct snapshot *found = live->finalize && process == 1 ?
				 snapshot_retain(live->finalize) : NULL;
	pthread_mutex_unlock(&live->lock);
	return found;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* The number of the newest snapshot so called; 0: none.  Lock held. */
static unsigned number_of(const struct live *live, const char *moment)
{
	for (size_t i = live->snapshots_length; !is_number(moment) && i-- > 0;)
		if (strcmp(live->snapshots[i]->name, moment) == 0)
			return live->snapshots[i]->number;
	return is_number(moment) ? (unsigned)strtoul(moment, NULL, 10) : 0;
}

/* All processes' snapshots of a number, in the order taken; their sum's is totals
 * alone, and comes last.  Lock held. */
static size_t find_kept(const struct live *live, unsigned number, struct snapshot **found)
{
	size_t n = 0;

	for (size_t i = 0; i < live->snapshots_length; i++)
		if (live->snapshots[i]->number == number)
			found[n++] = live->snapshots[i];
	return n;
}

/* What a snapshot's processes had together. */
static struct snapshot *kept_sum(struct live *live, struct snapshot **all, size_t length)
{
	struct snapshot *last = length ? all[length - 1] : NULL, *sum;
	bool several = last && last->process == 0;

	if (!last)
		return NULL;
	sum = add_up(live, all, several ? length - 1 : length, MOMENT_NAMED);
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

static struct snapshot *kept(struct live *live, uint32_t process, const char *moment)
{
	struct snapshot *found = NULL, **all;
	size_t length = 0;

	pthread_mutex_lock(&live->lock);
	unsigned number = number_of(live, moment);
	all = calloc(live->snapshots_length + 1, sizeof(*all));
	if (number && all)
		length = find_kept(live, number, all);
	for (size_t i = 0; i < length; i++) {
		snapshot_retain(all[i]);
		if (process && all[i]->process == process)
			found = snapshot_retain(all[i]);
	}
	pthread_mutex_unlock(&live->lock);
	if (!process)
		found = kept_sum(live, all, length);
	release_all(all, length);
	return found;
}

struct snapshot *live_moment(struct live *live, uint32_t process, const char *moment,
			     struct error *error)
{
	pthread_mutex_lock(&live->lock);
	bool ended = live->program.ended;
	pthread_mutex_unlock(&live->lock);

	struct snapshot *found = NULL;
	*error = (struct error){ 2, "" };
	if (!moment || !*moment || strcmp(moment, "live") == 0)
		found = live_freeze(live, process, MOMENT_LIVE);
	else if (strcmp(moment, "peak") == 0)
		found = live_freeze(live, process, MOMENT_PEAK);
	else if (strcmp(moment, "exit") == 0 && ended)
		found = live_freeze(live, process, MOMENT_EXIT);
	else if (strcmp(moment, "finalize") == 0)
		found = finalize_of(live, process);
	else if (strcmp(moment, "exit") != 0)
		found = kept(live, process, moment);
	char named[64] = "no snapshots so far";
	if (live->snapshots_length)
		snprintf(named, sizeof(named), "snapshots 1 to %u and their names", live->numbers);
	if (!found)
		snprintf(error->text, sizeof(error->text),
			 "no moment '%.64s': there are live, peak, %s%s%s",
			 moment ? moment : "live", ended ? "exit, " : "",
			 live->finalize && process == 1 ? "finalize, " : "", named);
	return found;
}

int live_mark(struct live *live, const char *text, struct error *error)
{
	struct mark mark = { live_now(live), strdup(text) };
	pthread_mutex_lock(&live->lock);
	struct mark *more = realloc(live->marks, (live->marks_length + 1) * sizeof(*more));
	if (more)
		live->marks = more;
	if (more && mark.text)
		more[live->marks_length++] = mark;
	pthread_mutex_unlock(&live->lock);
	if (!more || !mark.text) {
		free(mark.text);
		*error = (struct error){ 125, "cannot keep the mark: out of memory" };
		return -1;
	}
	if (live->writer)
		writer_mark(live->writer, &mark);
	live_changed(live);
	return 0;
}

/* Every second point goes, and from now on they come half as often. */
static void thin(struct live *live)
{
	for (size_t i = 0; i < LIVE_POINTS / 2; i++)
		live->points[i] = live->points[2 * i + 1];
	live->points_length = LIVE_POINTS / 2;
	live->point_every *= 2;
}

void live_point(struct live *live, const struct totals *totals)
{
	pthread_mutex_lock(&live->lock);
	struct point point = {
		.time = live->program.ended ? live->program.seconds : live_now(live),
		.current = totals->current,
		.peak = totals->peak,
		.rss = live->gauges.rss,
		.blocks = totals->blocks,
		.allocations = totals->allocations,
	};
	if (live->points_length == LIVE_POINTS)
		thin(live);
	live->points[live->points_length++] = point;
	live->next_point = point.time + live->point_every;
	pthread_mutex_unlock(&live->lock);
	if (live->writer)
		writer_point(live->writer, &point);
}

void live_forget(struct live *live, uint32_t process)
{
	size_t left = 0;

	pthread_mutex_lock(&live->lock);
	for (size_t i = 0; i < live->snapshots_length; i++)
		if (process && live->snapshots[i]->process != process)
			live->snapshots[left++] = live->snapshots[i];
		else
			snapshot_release(live->snapshots[i]);
	live->snapshots_length = left;
	if (process <= 1) {
		snapshot_release(live->finalize);
		live->finalize = NULL;
	}
	pthread_mutex_unlock(&live->lock);
}
