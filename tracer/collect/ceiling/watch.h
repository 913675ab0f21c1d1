/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_CEILING_WATCH_H
#define TRACER_COLLECT_CEILING_WATCH_H
/*
 * The ceilings of one run, looked at again and again: how full they are, when they will
 * be full, and which of them has just become nearly so.  One thread's; no lock.
 */
#include "tracer/collect/ceiling/ceiling.h"
#include "tracer/collect/ceiling/forecast.h"

#define CEILING_ALARMS 2u               /* 90 and 97 % */
extern const unsigned ceiling_alarms[CEILING_ALARMS];   /* percent, ascending */

/* What is remembered of a kind. */
struct ceiling_past {
	struct ceiling seen;            /* bytes 0: there is none */
	struct forecast forecast;
	double added;                   /* when the forecast got its last figure */
	uint64_t before;                /* used, at the look before */
	bool alarmed[CEILING_ALARMS];   /* it went up through it, and not well down again */
};

struct ceiling_watch {
	struct ceiling_mounts mounts;
	struct cgroup_place v2, v1;     /* of the first process */
	int64_t oom_kills;              /* when that was first seen; -1: not known */
	struct ceiling_past past[CEILING_KINDS];
	double looked;                  /* the last look, seconds since the start; < 0: none */
	double pause;                   /* seconds until the next one */
	struct ceilings ceilings;       /* as of the last look */
};

/* NULL: out of memory.  `prefix` as for ceiling_mounts_read. */
struct ceiling_watch *ceiling_watch_new(const char *prefix);
void ceiling_watch_free(struct ceiling_watch *watch);   /* may be NULL */

/* Looks at all ceilings of these processes, of which the first one's cgroup counts, and
 * sets ->ceilings.  `now`: seconds since the start.  The alarm that went off, as an
 * index of ceiling_alarms (of several the highest), and of which kind; -1: none. */
int ceiling_watch_look(struct ceiling_watch *watch, double now, const int32_t *pids,
		       size_t length, enum ceiling_kind *kind);
/* Behind a look, which took `cost` seconds: the pause is a hundred times as long at
 * least. */
void ceiling_watch_pace(struct ceiling_watch *watch, double cost);
/* When to look again, in seconds since the start: soon where one fills fast, else a
 * second after the last look. */
double ceiling_watch_due(const struct ceiling_watch *watch);
/* How many processes the OOM killer has ended in the cgroup since the first look; -1: not
 * known. */
int64_t ceiling_watch_oom_kills(const struct ceiling_watch *watch);

#endif
