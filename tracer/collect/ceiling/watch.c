/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of each kind one ceiling is followed, the one with the least left.  When another one
 * takes its place (a process ended, a limit was changed), its past begins anew. */
#include "tracer/collect/ceiling/watch.h"
#include "tracer/collect/ceiling/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const unsigned ceiling_alarms[CEILING_ALARMS] = { 90, 97 };

#define REARM 5.0                       /* percent below an alarm that set it again */
#define FIGURE_EVERY 0.95               /* seconds between figures of a forecast */
#define PAUSE_FIRST 0.05                /* seconds */
#define PAUSE_LEAST 0.02
#define PAUSE_MOST 1.0
#define COST_SHARE 100.0                /* a look may take one part in so many */

struct ceiling_watch *ceiling_watch_new(const char *prefix)
{
	struct ceiling_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	ceiling_mounts_read(&watch->mounts, prefix);
	watch->looked = -1;
	watch->oom_kills = -1;
	watch->pause = PAUSE_FIRST;
	return watch;
}

void ceiling_watch_free(struct ceiling_watch *watch) { free(watch); }

/* --- a look --- */

/* Takes the nearer one of two of a kind. */
static void nearer(struct ceiling *best, const struct ceiling *other)
{
	if (!best->bytes || ceiling_left(other) < ceiling_left(best))
		*best = *other;
}

/* A process that ends is moved to the root, behind its memory: where it was counts on.
 * One that went into another cgroup has that one's kills to be told by. */
static void follow_place(struct ceiling_watch *watch, int32_t pid)
{
	struct cgroup_place v2, v1;

	if (!ceiling_places(&watch->mounts, pid, &v2, &v1) || !ceiling_is_alive(&watch->mounts, pid))
		return;
	inside_find(watch->mounts.prefix, pid, watch->ceilings.inside);
	bool moved = strcmp(v2.folder, watch->v2.folder) || strcmp(v1.folder, watch->v1.folder);
	watch->v2 = v2;
	watch->v1 = v1;
	if (moved)
		watch->oom_kills = ceiling_oom_kills(&v2, &v1);
}

static void find_all(struct ceiling_watch *watch, const int32_t *pids, size_t length,
		     struct ceiling found[CEILING_KINDS])
{
	static const enum ceiling_kind v2[] = { CEILING_MEMORY_MAX, CEILING_MEMORY_HIGH };
	struct ceiling some[2] = { { 0 } };

	for (size_t i = 0; i < length; i++) {
		unsigned n = ceilings_of_process(&watch->mounts, pids[i], some);

		while (n-- > 0)
			nearer(&found[some[n].kind], &some[n]);
	}
	if (length)
		follow_place(watch, pids[0]);
	for (unsigned i = 0; i < 2; i++)
		if (ceiling_of_cgroup(&watch->v2, v2[i], &some[0]))
			nearer(&found[v2[i]], &some[0]);
	if (ceiling_of_cgroup(&watch->v1, CEILING_LIMIT_IN_BYTES, &some[0]))
		nearer(&found[CEILING_LIMIT_IN_BYTES], &some[0]);
	if (ceiling_of_machine(&watch->mounts, &some[0]))
		nearer(&found[CEILING_MACHINE], &some[0]);
}

/* The highest alarm that this look set off; -1: none. */
static int alarm_of(struct ceiling_past *past)
{
	double percent = ceiling_percent(&past->seen, past->seen.used);
	int highest = -1;

	for (unsigned i = 0; i < CEILING_ALARMS; i++) {
		if (percent < ceiling_alarms[i] - REARM)
			past->alarmed[i] = false;
		if (percent < ceiling_alarms[i] || past->alarmed[i])
			continue;
		past->alarmed[i] = true;
		highest = (int)i;
	}
	return highest;
}

static void ceiling_take(struct ceiling_past *past, const struct ceiling *found,
			 double now)
{
	struct ceiling *seen = &past->seen;
	bool same = found->bytes == seen->bytes && found->pid == seen->pid;

	if (!same)
		memset(past, 0, sizeof(*past));
	past->before = same ? seen->used : found->used;
	uint64_t most = seen->most;
	*seen = *found;
	seen->most = found->used > most ? found->used : most;
	if (!past->forecast.length || now - past->added >= FIGURE_EVERY) {
		forecast_add(&past->forecast, now, seen->used);
		past->added = now;
	}
	if (!forecast_range(&past->forecast, seen->bytes, &seen->earliest, &seen->latest))
		seen->earliest = seen->latest = 0;
}

/* The nearest first. */
static int by_left(const void *a, const void *b)
{
	uint64_t x = ceiling_left(a), y = ceiling_left(b);

	return (x > y) - (x < y);
}

/* Half of the time that the fastest one needs to its next alarm, or to its end. */
static double hurry(const struct ceiling_past *past, double span)
{
	double speed = ((double)past->seen.used - (double)past->before) / span, pause = PAUSE_MOST;

	for (unsigned i = 0; i <= CEILING_ALARMS && speed > 0; i++) {
		double percent = i < CEILING_ALARMS ? ceiling_alarms[i] : 100;
		double left = (double)past->seen.bytes * percent / 100 - (double)past->seen.used;

		if (left > 0)
			pause = fmin(pause, left / speed / 2);
	}
	return pause;
}

/* Where nothing grows the pauses do. */
static void pace(struct ceiling_watch *watch, double now)
{
	double span = now - watch->looked;

	if (watch->looked < 0 || span <= 0)
		return;
	watch->pause *= 2;
	for (unsigned i = 0; i < CEILING_KINDS; i++)
		watch->pause = fmin(watch->pause, hurry(&watch->past[i], span));
}

int ceiling_watch_look(struct ceiling_watch *watch, double now, const int32_t *pids,
		       size_t length, enum ceiling_kind *kind)
{
	struct ceiling found[CEILING_KINDS] = { { 0 } };
	struct ceilings *all = &watch->ceilings;
	int alarm = -1;

	find_all(watch, pids, length, found);
	/* What has ended uses nothing any more: the look before is the last one. */
	if (length && !ceiling_is_alive(&watch->mounts, pids[0]))
		return -1;
	all->length = 0;
	for (unsigned i = 0; i < CEILING_KINDS; i++) {
		struct ceiling_past *past = &watch->past[i];

		if (!found[i].bytes) {
			memset(past, 0, sizeof(*past));
			continue;
		}
		ceiling_take(past, &found[i], now);
		int went = alarm_of(past);
		if (went > alarm) {
			alarm = went;
			*kind = (enum ceiling_kind)i;
		}
		all->of[all->length++] = past->seen;
	}
	qsort(all->of, all->length, sizeof(*all->of), by_left);
	all->time = now;
	pace(watch, now);
	watch->looked = now;
	return alarm;
}

void ceiling_watch_pace(struct ceiling_watch *watch, double cost)
{
	double pause = fmin(fmax(watch->pause, PAUSE_LEAST), PAUSE_MOST);

	watch->pause = fmax(pause, cost * COST_SHARE);
}

double ceiling_watch_due(const struct ceiling_watch *watch)
{
	return fmax(watch->looked, 0) + watch->pause;
}

int64_t ceiling_watch_oom_kills(const struct ceiling_watch *watch)
{
	int64_t now = ceiling_oom_kills(&watch->v2, &watch->v1);

	return now < 0 || watch->oom_kills < 0 ? -1 : now - watch->oom_kills;
}
