/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot taken by rule is kept like any other.  Only this file knows what is special
 * about it: it is removed again once its rule has taken too many.  Without a screen
 * nobody can ask for such snapshots during the run, so only the recording keeps them. */
#include "tracer/collect/run/moments/triggers.h"

#include <stdio.h>
#include <stdlib.h>
#include "tracer/collect/ceiling/watch.h"
#include "tracer/ground/clock.h"

#define PROCESSES_WATCHED 256u          /* processes that are watched, at most */
#define IDLE 1.0                        /* seconds, while nothing runs */
#define RULES_EVERY 0.25                /* seconds between looks at thresholds */
#define RULED_BYTES (UINT64_C(256) << 20)       /* of memory, for snapshots by rule */

struct triggers {
	struct triggers_options of;     /* all options but the rules, which are copied */
	struct rules *rules;
	struct ceiling_watch *ceilings; /* the door's; NULL: no memory for it */
	struct reader *reader;
};

struct triggers *triggers_new(const struct triggers_options *options)
{
	struct triggers *triggers = calloc(1, sizeof(*triggers));

	if (!triggers)
		return NULL;
	*triggers = (struct triggers){
		.of = *options,
		.rules = rules_new(options->rules, options->rules_length, RULED_BYTES),
		.ceilings = ceiling_watch_new(""),
	};
	if (triggers->rules)
		return triggers;
	triggers_free(triggers);
	return NULL;
}

void triggers_free(struct triggers *triggers)
{
	if (!triggers)
		return;
	ceiling_watch_free(triggers->ceilings);
	rules_free(triggers->rules);
	free(triggers);
}

void triggers_connect(struct triggers *triggers, struct reader *reader)
{
	triggers->reader = reader;
}

/* --- snapshots --- */

/* Whether neither a screen nor a recording could ever show such a snapshot: check without
 * -o. */
static bool is_pointless(const struct triggers *triggers)
{
	return !triggers->of.screen && !moments_are_recorded(triggers->of.moments);
}

static uint64_t bytes_in_memory(struct snapshot *const *all, size_t length)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < length; i++)
		bytes += snapshot_bytes(all[i]);
	return bytes;
}

int triggers_keep(struct triggers *triggers, uint32_t rule, const char *name,
		    struct snapshot *const *all, size_t length)
{
	uint32_t gone[RULE_SNAPSHOTS_MAX];
	struct error error;
	int number = moments_keep(triggers->of.moments, all, length, name, &error);

	if (number < 0)
		return -1;
	uint64_t bytes = triggers->of.screen ? bytes_in_memory(all, length) : 0;
	if (!triggers->of.screen)
		moments_drop(triggers->of.moments, (unsigned)number);
	size_t n = rules_took(triggers->rules, rule, (uint32_t)number, bytes, gone);
	for (size_t i = 0; i < n; i++)
		moments_forget(triggers->of.moments, gone[i]);
	course_wake(triggers->of.course);
	return number;
}

/* In any thread but the reader's.  The number, or -1: nothing is traced. */
static int take_ruled(struct triggers *triggers, uint32_t rule, const char *name)
{
	size_t length = 0;

	moments_hold(triggers->of.moments, true);
	struct snapshot **all = is_pointless(triggers) ? NULL :
				moments_freeze_all(triggers->of.moments, MOMENT_NAMED,
						   &length);
	int number = length ? triggers_keep(triggers, rule, name, all, length) : -1;

	moments_hold(triggers->of.moments, false);
	for (size_t i = 0; i < length; i++)
		snapshot_release(all[i]);
	free(all);
	return number;
}

/* In any thread.  False: the rule takes plain snapshots. */
static bool look_ruled(struct triggers *triggers, uint32_t rule)
{
	if (!rules_look_deep(triggers->rules, rule))
		return false;
	if (!is_pointless(triggers))
		triggers->of.look(triggers->of.user, rule,
				  rules_name(triggers->rules, rule));
	return true;
}

static void take_fired(struct triggers *triggers, const uint32_t *fired, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!look_ruled(triggers, fired[i]))
			take_ruled(triggers, fired[i], rules_name(triggers->rules, fired[i]));
}

/* --- ceilings --- */

/* A ceiling is nearly reached: takes a snapshot, to show what holds the memory, and puts
 * it on the disk at once, since the kernel may kill the program, and memtop with it, at
 * any time. */
static void sound_alarm(struct triggers *triggers, unsigned percent,
			const struct ceiling *ceiling)
{
	char name[32];

	snprintf(name, sizeof(name), "limit-%u", percent);
	int number = take_ruled(triggers, rules_alarm(triggers->rules), name);
	moments_flush(triggers->of.moments);
	if (number > 0)
		course_say(triggers->of.course,
			   "%u %% of %s (%llu MiB) are used: snapshot %d '%s' taken", percent,
			   ceiling_name(ceiling->kind), (unsigned long long)(ceiling->bytes >> 20),
			   number, name);
}

static void look(struct triggers *triggers)
{
	struct ceiling_watch *watch = triggers->ceilings;
	int32_t pids[PROCESSES_WATCHED];
	size_t length = roster_living(triggers->of.roster, pids, PROCESSES_WATCHED);
	double before = clock_seconds();
	enum ceiling_kind kind = CEILING_KINDS;

	int alarm = ceiling_watch_look(watch, course_now(triggers->of.course), pids,
				       length, &kind);
	ceiling_watch_pace(watch, clock_seconds() - before);
	roster_set_ceilings(triggers->of.roster, &watch->ceilings);
	if (alarm >= 0)
		sound_alarm(triggers, ceiling_alarms[alarm], &watch->past[kind].seen);
}

static void look_at_rules(struct triggers *triggers, double now)
{
	uint32_t fired[RULES_MAX];
	struct reader_status status;
	struct meter_figures figures;
	const struct ceilings *ceilings = triggers->ceilings ? &triggers->ceilings->ceilings : NULL;

	if (!reader_status(triggers->reader, 0, &status) || !status.live)
		return;
	meter_read(triggers->of.meter, &figures);
	const struct rule_sight sight = {
		.now = now,
		.current = status.totals.current,
		.rss = figures.gauges.rss,
		.ceiling = ceilings && ceilings->length ? ceilings->of[0].bytes : 0,
	};
	take_fired(triggers, fired, rules_look(triggers->rules, &sight, fired));
}

void triggers_begin(struct triggers *triggers)
{
	if (triggers->ceilings)
		look(triggers);
}

double triggers_watch(struct triggers *triggers)
{
	double now = course_now(triggers->of.course), due;

	if (!roster_pid(triggers->of.roster) || course_has_ended(triggers->of.course))
		return IDLE;
	if (triggers->ceilings && now >= ceiling_watch_due(triggers->ceilings))
		look(triggers);
	look_at_rules(triggers, now);
	due = rules_due(triggers->rules, now, rules_alarm(triggers->rules) ? RULES_EVERY : IDLE);
	if (triggers->ceilings && ceiling_watch_due(triggers->ceilings) < due)
		due = ceiling_watch_due(triggers->ceilings);
	return due - course_now(triggers->of.course);
}

void triggers_end(struct triggers *triggers)
{
	int64_t kills = triggers->ceilings ? ceiling_watch_oom_kills(triggers->ceilings) : 0;

	if (kills > 0)
		roster_set_oom_kills(triggers->of.roster, (uint64_t)kills);
}

/* --- what happens --- */

bool triggers_signal(struct triggers *triggers, int number)
{
	uint32_t fired[RULES_MAX];
	size_t length = rules_happened(triggers->rules, NULL, number, fired);

	take_fired(triggers, fired, course_has_ended(triggers->of.course) ? 0 : length);
	return length > 0;
}

int triggers_mark(struct triggers *triggers, const char *text, struct error *error)
{
	uint32_t fired[RULES_MAX];

	if (moments_mark(triggers->of.moments, text, error) != 0)
		return -1;
	take_fired(triggers, fired, rules_happened(triggers->rules, text, 0, fired));
	return 0;
}

/* In the reader's thread, where that process alone can be frozen. */
static void take_here(struct triggers *triggers, struct image *image, const uint32_t *fired,
		      size_t length, double time)
{
	for (size_t i = 0; i < length && !is_pointless(triggers); i++) {
		struct snapshot *snapshot;

		if (look_ruled(triggers, fired[i]))
			continue;
		snapshot = image_freeze(image, MOMENT_NAMED);
		if (!snapshot)
			return;
		snapshot->time = time;
		triggers_keep(triggers, fired[i], rules_name(triggers->rules, fired[i]),
			      &snapshot, 1);
		snapshot_release(snapshot);
	}
}

void triggers_marked_here(struct triggers *triggers, struct image *image, const char *text,
			  double time)
{
	uint32_t fired[RULES_MAX];

	take_here(triggers, image, fired, rules_happened(triggers->rules, text, 0, fired), time);
}

void triggers_last(struct triggers *triggers, struct image *image)
{
	uint32_t fired[RULES_MAX];
	struct reader_status others;
	struct totals totals;

	if (!rules_alarm(triggers->rules))
		return;
	image_totals(image, &totals);
	reader_status(triggers->reader, 0, &others);        /* those that live */
	uint64_t held = others.totals.current + totals.current;
	size_t length = rules_look_last(triggers->rules, held, fired);

	take_here(triggers, image, fired, length, course_now(triggers->of.course));
}

/* The live bytes of processes that the reader still has when the run is over: the first
 * one, and those that outlive it. */
static uint64_t held_at_end(struct triggers *triggers)
{
	size_t length = 0;
	struct snapshot **all = reader_freeze_all(triggers->reader, MOMENT_LIVE, &length);
	uint64_t held = 0;

	for (size_t i = 0; i < length; i++) {
		held += all[i]->totals.current;
		snapshot_release(all[i]);
	}
	free(all);
	return held;
}

void triggers_last_of_all(struct triggers *triggers)
{
	uint32_t fired[RULES_MAX];

	if (rules_alarm(triggers->rules))
		take_fired(triggers, fired, rules_look_last(triggers->rules, held_at_end(triggers), fired));
}
