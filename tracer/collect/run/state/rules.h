/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_RULES_H
#define TRACER_COLLECT_RUN_STATE_RULES_H
/*
 * The rules of a live run, and which snapshots they took.  It has a lock of its own,
 * which is held inside these calls alone: they may be made in any thread.  A rule is its
 * index; behind the user's stands memtop's own, for alarms.
 */
#include "tracer/collect/ceiling/rule.h"

struct rules;

/* Copies at most RULES_MAX of them; what they point to stays the caller's.  `budget`:
 * bytes of memory that snapshots by rule may take together.  NULL: out of memory. */
struct rules *rules_new(const struct rule *rules, size_t length, uint64_t budget);
void rules_free(struct rules *rules);           /* may be NULL */

/* Which rules fire by what is so now: their number, in ascending order. */
size_t rules_look(struct rules *rules, const struct rule_sight *sight, uint32_t fired[RULES_MAX]);
/* The same at a last moment, by the bytes that are held then: thresholds alone, since
 * what is due by time is due at that time. */
size_t rules_look_last(struct rules *rules, uint64_t current, uint32_t fired[RULES_MAX]);
/* Which fire by a mark, or by a signal (0: none) that was sent to memtop. */
size_t rules_happened(struct rules *rules, const char *mark, int signal,
		      uint32_t fired[RULES_MAX]);
/* Memtop's own. */
uint32_t rules_alarm(const struct rules *rules);
/* What its snapshots are called. */
const char *rules_name(const struct rules *rules, uint32_t rule);
/* Whether they are looks at the heap. */
bool rules_look_deep(const struct rules *rules, uint32_t rule);
/* When to look next, in seconds since the start. */
double rules_due(struct rules *rules, double now, double most);

/* A rule has taken the snapshot of this number, which takes so many bytes of memory.
 * Those that are to go for it are written to `gone`; how many. */
size_t rules_took(struct rules *rules, uint32_t rule, uint32_t number, uint64_t bytes,
		  uint32_t gone[RULE_SNAPSHOTS_MAX]);

#endif
