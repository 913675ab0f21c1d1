/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot by rule is one like any other; only here it is known that it may have to go
 * again.  Without a screen nobody asks for them before the run is over: then the
 * recording alone has them. */
#include "tracer/collect/run/live_watch.h"

#include <stdlib.h>
#include "tracer/collect/ceiling/watch.h"
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_look.h"
#include "tracer/ground/clock.h"

#define PROCESSES_WATCHED 256u          /* the first ones that live */
#define IDLE 1.0                        /* seconds, while nothing runs */
#define RULES_EVERY 0.25                /* seconds between looks at thresholds */

/* --- snapshots --- */

static bool with_screen(const struct live *live) { return live->options.mode != SESSION_RECORD; }

/* Nothing could ever show them: check without -o. */
static bool is_pointless(const struct live *live) { return !live->writer && !with_screen(live); }

static uint64_t bytes_in_memory(struct snapshot *const *all, size_t length)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < length; i++)
		bytes += sizeof(*all[i]) + all[i]->rows_length * sizeof(*all[i]->rows);
	return bytes;
}

int live_keep_ruled(struct live *live, uint32_t rule, const char *name,
		    struct snapshot *const *all, size_t length)
{
	uint32_t gone[RULE_SNAPSHOTS_MAX];
	struct error error;
	int number = live_keep(live, all, length, name, &error);

	if (number < 0)
		return -1;
	uint64_t bytes = with_screen(live) ? bytes_in_memory(all, length) : 0;
	if (!with_screen(live))
		kept_drop(live->kept, (unsigned)number);
	size_t n = rules_took(live->rules, rule, (uint32_t)number, bytes, gone);
	for (size_t i = 0; i < n; i++) {
		kept_drop(live->kept, gone[i]);
		if (live->writer)
			writer_forget(live->writer, gone[i]);
	}
	live_changed(live);
	return number;
}

/* In any thread but the reader's.  The number, or -1: nothing is traced. */
static int take_ruled(struct live *live, uint32_t rule, const char *name)
{
	size_t length = 0;
	struct snapshot **all = is_pointless(live) ? NULL :
				live_freeze_all(live, MOMENT_NAMED, &length);
	int number = length ? live_keep_ruled(live, rule, name, all, length) : -1;

	for (size_t i = 0; i < length; i++)
		snapshot_release(all[i]);
	free(all);
	return number;
}

static void look_failed(void *user, struct snapshot *found, const struct error *error)
{
	if (!found)
		live_say(user, "%s", error->text);
}

/* In any thread.  False: the rule takes plain snapshots. */
static bool look_ruled(struct live *live, uint32_t rule)
{
	const struct look_order order = {
		.rule = rule + 1, .name = rules_name(live->rules, rule),
	};

	if (!rules_look_deep(live->rules, rule))
		return false;
	if (!is_pointless(live) && !live_look_later(live, &order, look_failed, live))
		live_say(live, "cannot look at the heap: out of memory");
	return true;
}

static void take_fired(struct live *live, const uint32_t *fired, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!look_ruled(live, fired[i]))
			take_ruled(live, fired[i], rules_name(live->rules, fired[i]));
}

/* --- ceilings --- */

/* It is nearly full: what holds it now is kept, and is on the disk. */
static void sound_alarm(struct live *live, unsigned percent, const struct ceiling *ceiling)
{
	char name[32];

	snprintf(name, sizeof(name), "limit-%u", percent);
	int number = take_ruled(live, rules_alarm(live->rules), name);
	if (live->writer)
		writer_flush(live->writer);
	if (number > 0)
		live_say(live, "%u %% of %s (%llu MiB) are used: snapshot %d '%s' taken", percent,
			 ceiling_name(ceiling->kind), (unsigned long long)(ceiling->bytes >> 20),
			 number, name);
}

static void look(struct live *live)
{
	struct ceiling_watch *watch = live->ceilings;
	int32_t pids[PROCESSES_WATCHED];
	size_t length = roster_living(live->roster, pids, PROCESSES_WATCHED);
	double before = clock_seconds();
	enum ceiling_kind kind = CEILING_KINDS;

	int alarm = ceiling_watch_look(watch, live_now(live), pids, length, &kind);
	ceiling_watch_pace(watch, clock_seconds() - before);
	roster_set_ceilings(live->roster, &watch->ceilings);
	if (alarm >= 0)
		sound_alarm(live, ceiling_alarms[alarm], &watch->past[kind].seen);
}

static void look_at_rules(struct live *live, double now)
{
	uint32_t fired[RULES_MAX];
	struct reader_status status;
	struct meter_figures figures;
	const struct ceilings *ceilings = live->ceilings ? &live->ceilings->ceilings : NULL;

	if (!reader_status(live->reader, 0, &status) || !status.live)
		return;
	meter_read(live->meter, &figures);
	const struct rule_sight sight = {
		.now = now,
		.current = status.totals.current,
		.rss = figures.gauges.rss,
		.ceiling = ceilings && ceilings->length ? ceilings->of[0].bytes : 0,
	};
	take_fired(live, fired, rules_look(live->rules, &sight, fired));
}

void live_watch_begin(struct live *live)
{
	if (live->ceilings)
		look(live);
}

double live_watch(void *user)
{
	struct live *live = user;
	double now = live_now(live), due;

	if (!roster_pid(live->roster) || course_has_ended(live->course))
		return IDLE;
	if (live->ceilings && now >= ceiling_watch_due(live->ceilings))
		look(live);
	look_at_rules(live, now);
	due = rules_due(live->rules, now, rules_alarm(live->rules) ? RULES_EVERY : IDLE);
	if (live->ceilings && ceiling_watch_due(live->ceilings) < due)
		due = ceiling_watch_due(live->ceilings);
	return due - live_now(live);
}

void live_watch_end(struct live *live)
{
	int64_t kills = live->ceilings ? ceiling_watch_oom_kills(live->ceilings) : 0;

	if (kills > 0)
		roster_set_oom_kills(live->roster, (uint64_t)kills);
}

/* --- what happens --- */

bool live_signal(struct live *live, int number)
{
	uint32_t fired[RULES_MAX];
	size_t length = rules_happened(live->rules, NULL, number, fired);

	take_fired(live, fired, course_has_ended(live->course) ? 0 : length);
	return length > 0;
}

void live_marked(struct live *live, const char *text)
{
	uint32_t fired[RULES_MAX];

	take_fired(live, fired, rules_happened(live->rules, text, 0, fired));
}

/* In the reader's thread, where that process alone can be frozen. */
static void take_here(struct live *live, struct image *image, const uint32_t *fired,
		      size_t length, double time)
{
	for (size_t i = 0; i < length && !is_pointless(live); i++) {
		struct snapshot *snapshot;

		if (look_ruled(live, fired[i]))
			continue;
		snapshot = image_freeze(image, MOMENT_NAMED);
		if (!snapshot)
			return;
		snapshot->time = time;
		live_keep_ruled(live, fired[i], rules_name(live->rules, fired[i]), &snapshot, 1);
		snapshot_release(snapshot);
	}
}

void live_marked_here(struct live *live, struct image *image, const char *text, double time)
{
	uint32_t fired[RULES_MAX];

	take_here(live, image, fired, rules_happened(live->rules, text, 0, fired), time);
}

void live_watch_last(struct live *live, struct image *image)
{
	uint32_t fired[RULES_MAX];
	struct reader_status others;
	struct totals totals;

	if (!rules_alarm(live->rules))
		return;
	image_totals(image, &totals);
	reader_status(live->reader, 0, &others);        /* those that live */
	size_t length = rules_look_last(live->rules, others.totals.current + totals.current, fired);
	take_here(live, image, fired, length, live_now(live));
}

/* What those hold that were not let go before the end: the first process, and who
 * outlives it. */
static uint64_t held_at_end(struct live *live)
{
	size_t length = 0;
	struct snapshot **all = reader_freeze_all(live->reader, MOMENT_LIVE, &length);
	uint64_t held = 0;

	for (size_t i = 0; i < length; i++) {
		held += all[i]->totals.current;
		snapshot_release(all[i]);
	}
	free(all);
	return held;
}

void live_watch_last_of_all(struct live *live)
{
	uint32_t fired[RULES_MAX];

	if (rules_alarm(live->rules))
		take_fired(live, fired, rules_look_last(live->rules, held_at_end(live), fired));
}
