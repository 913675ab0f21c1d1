/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at the ceilings of all processes, and says what came of it. */
#include "tracer/collect/run/live_watch.h"

#include "tracer/collect/ceiling/watch.h"
#include "tracer/collect/run/live.h"
#include "tracer/ground/clock.h"

#define PROCESSES_WATCHED 256u          /* the first ones that live */
#define IDLE 1.0                        /* seconds, while nothing runs */

static double look(struct live *live)
{
	struct ceiling_watch *watch = live->ceilings;
	int32_t pids[PROCESSES_WATCHED];
	size_t length = roster_living(live->roster, pids, PROCESSES_WATCHED);
	double before = clock_seconds(), now = live_now(live);
	enum ceiling_kind kind;

	ceiling_watch_look(watch, now, pids, length, &kind);
	roster_set_ceilings(live->roster, &watch->ceilings);
	return ceiling_watch_due(watch, clock_seconds() - before) - now;
}

void live_watch_begin(struct live *live)
{
	if (live->ceilings)
		look(live);
}

double live_watch(void *user)
{
	struct live *live = user;

	if (!live->ceilings || !roster_pid(live->roster) || course_has_ended(live->course))
		return IDLE;
	return look(live);
}

void live_watch_end(struct live *live)
{
	int64_t kills = live->ceilings ? ceiling_watch_oom_kills(live->ceilings) : 0;

	if (kills > 0)
		roster_set_oom_kills(live->roster, (uint64_t)kills);
}
