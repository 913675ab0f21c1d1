/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_RULES_H
#define TRACER_COLLECT_RUN_STATE_RULES_H
/*
 * The rules of a live run, and which snapshots they took.  Its lock is held only within
 * these calls, which may be made in any thread.  A rule is an index; after the user's
 * rules comes memtop's own, for alarms.
 */
#include "tracer/collect/ceiling/rule.h"

struct rules;

/* Copies at most RULES_MAX of them; what they point to stays the caller's.  `budget`:
 * bytes of memory that snapshots by rule may take together.  NULL: out of memory. */
struct rules *rules_new(const struct rule *rules, size_t length, uint64_t budget);
void rules_free(struct rules *rules);           /* may be NULL */

/* Finds the rules that fire now: returns how many, in ascending order. */
size_t rules_look(struct rules *rules, const struct rule_sight *sight, uint32_t fired[RULES_MAX]);
/* The same at a last moment, for the bytes that are held then.  Only thresholds are
 * checked; rules by time fire at their time. */
size_t rules_look_last(struct rules *rules, uint64_t current, uint32_t fired[RULES_MAX]);
/* Finds the rules that fire at a mark, or at a signal (0: none) that was sent to
 * memtop. */
size_t rules_happened(struct rules *rules, const char *mark, int signal,
		      uint32_t fired[RULES_MAX]);
/* The rule for alarms, memtop's own. */
uint32_t rules_alarm(const struct rules *rules);
/* The name for its snapshots. */
const char *rules_name(const struct rules *rules, uint32_t rule);
/* Whether they are looks at the heap. */
bool rules_look_deep(const struct rules *rules, uint32_t rule);
/* When to look next, in seconds since the start. */
double rules_due(struct rules *rules, double now, double most);

/* Notes that a rule has taken the snapshot of this number, which takes so many bytes.
 * Writes the numbers of snapshots that must be dropped for it to `gone`, and returns how
 * many. */
size_t rules_took(struct rules *rules, uint32_t rule, uint32_t number, uint64_t bytes,
		  uint32_t gone[RULE_SNAPSHOTS_MAX]);

#endif
