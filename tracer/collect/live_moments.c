/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments of a live run: snapshots by name and number, marks, the timeline. */
#include "tracer/collect/live.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
	[MOMENT_LIVE] = "live", [MOMENT_NAMED] = "", [MOMENT_PEAK] = "peak", [MOMENT_EXIT] = "exit",
	[MOMENT_FINALIZE] = "finalize",
};

struct snapshot *live_freeze(struct live *live, enum moment_kind kind)
{
	struct snapshot *snapshot = reader_freeze(live->reader, kind);
	if (!snapshot)
		return NULL;
	pthread_mutex_lock(&live->lock);
	snapshot->time = live->program.ended ? live->program.seconds : live_now(live);
	pthread_mutex_unlock(&live->lock);
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", kind_names[kind]);
	return snapshot;
}

/* DESIGN 1: [A-Za-z_][A-Za-z0-9_.-]*, and none of the moments' own words. */
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

int live_keep(struct live *live, struct snapshot *snapshot, const char *name,
	      struct error *error)
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
	size_t n = live->snapshots_length;
	struct snapshot **more = realloc(live->snapshots, (n + 1) * sizeof(*more));
	if (more) {
		live->snapshots = more;
		snapshot->kind = MOMENT_NAMED;
		snapshot->number = (unsigned)n + 1;
		snprintf(snapshot->name, sizeof(snapshot->name), "%s", name ? name : "");
		more[live->snapshots_length++] = snapshot_retain(snapshot);
	}
	pthread_mutex_unlock(&live->lock);
	if (!more) {
		*error = (struct error){ 125, "cannot keep the snapshot: out of memory" };
		return -1;
	}
	if (live->writer)
		writer_snapshot(live->writer, snapshot);
	return (int)snapshot->number;
}

int live_snapshot(struct live *live, const char *name, struct error *error)
{
	struct snapshot *snapshot = live_freeze(live, MOMENT_NAMED);
	if (!snapshot) {
		*error = (struct error){ 125, "no snapshot: the program is not traced yet" };
		return -1;
	}
	int number = live_keep(live, snapshot, name, error);
	if (number > 0)
		live_say(live, *snapshot->name ? "snapshot %d '%s' taken" : "snapshot %d%s taken",
			 number, snapshot->name);
	snapshot_release(snapshot);
	return number;
}

void live_keep_finalize(struct live *live, struct snapshot *snapshot)
{
	snapshot->time = live_now(live);
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", kind_names[MOMENT_FINALIZE]);
	pthread_mutex_lock(&live->lock);
	snapshot_release(live->finalize);
	live->finalize = snapshot_retain(snapshot);
	pthread_mutex_unlock(&live->lock);
	if (live->writer)
		writer_snapshot(live->writer, snapshot);
}

static struct snapshot *finalize_of(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	struct snapshot *found = live->finalize ? snapshot_retain(live->finalize) : NULL;
	pthread_mutex_unlock(&live->lock);
	return found;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static struct snapshot *kept(struct live *live, const char *moment)
{
	struct snapshot *found = NULL;
	unsigned long number = is_number(moment) ? strtoul(moment, NULL, 10) : 0;

	pthread_mutex_lock(&live->lock);
	for (size_t i = live->snapshots_length; i-- > 0 && !found;) {
		struct snapshot *s = live->snapshots[i];
		if (number ? s->number == number : strcmp(s->name, moment) == 0)
			found = snapshot_retain(s);
	}
	pthread_mutex_unlock(&live->lock);
	return found;
}

struct snapshot *live_moment(struct live *live, const char *moment, struct error *error)
{
	pthread_mutex_lock(&live->lock);
	bool ended = live->program.ended;
	pthread_mutex_unlock(&live->lock);

	struct snapshot *found = NULL;
	*error = (struct error){ 2, "" };
	if (!moment || !*moment || strcmp(moment, "live") == 0)
		found = live_freeze(live, MOMENT_LIVE);
	else if (strcmp(moment, "peak") == 0)
		found = live_freeze(live, MOMENT_PEAK);
	else if (strcmp(moment, "exit") == 0 && ended)
		found = live_freeze(live, MOMENT_EXIT);
	else if (strcmp(moment, "finalize") == 0)
		found = finalize_of(live);
	else if (strcmp(moment, "exit") != 0)
		found = kept(live, moment);
	char named[64] = "no snapshots so far";
	if (live->snapshots_length)
		snprintf(named, sizeof(named), "snapshots 1 to %zu and their names",
			 live->snapshots_length);
	if (!found)
		snprintf(error->text, sizeof(error->text),
			 "no moment '%.64s': there are live, peak, %s%s%s",
			 moment ? moment : "live", ended ? "exit, " : "",
			 live->finalize ? "finalize, " : "", named);
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

void live_forget(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	for (size_t i = 0; i < live->snapshots_length; i++)
		snapshot_release(live->snapshots[i]);
	live->snapshots_length = 0;
	snapshot_release(live->finalize);
	live->finalize = NULL;
	pthread_mutex_unlock(&live->lock);
}
