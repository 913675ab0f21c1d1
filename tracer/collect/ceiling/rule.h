/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_CEILING_RULE_H
#define TRACER_COLLECT_CEILING_RULE_H
/*
 * Rules by which snapshots take themselves (--snapshot-at), and which of those that were
 * taken are kept.  tui/options reads their texts.  Pure; no lock.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_MAX 64u
#define RULE_SNAPSHOTS_MAX 1000u        /* kept, of all rules together */

enum rule_kind {
	RULE_EVERY, RULE_AT,            /* `seconds` */
	RULE_CURRENT, RULE_RSS,         /* above `bytes`, or `percent` of the nearest ceiling */
	RULE_GROWN,                     /* by `bytes` since the last of this rule */
	RULE_MARK,                      /* a mark whose text matches `glob` */
	RULE_SIGNAL,                    /* `signal` was sent to memtop */
	RULE_ALARM                      /* memtop's own: `percent` of a ceiling is used */
};

struct rule {
	enum rule_kind kind;
	double seconds, percent;        /* percent 0: bytes */
	uint64_t bytes;
	const char *glob;               /* in the text that was read */
	int signal;
	char name[64];                  /* of its snapshots */
	bool looks;                     /* at the heap, too (--heap-at) */

	double due;                     /* EVERY, AT: when next; negative: never again */
	uint64_t base;                  /* GROWN: current at the last one */
	bool above;                     /* CURRENT, RSS: it was so at the last look */
};

/* What rules look at. */
struct rule_sight {
	double now;                     /* seconds since the start */
	uint64_t current, rss;          /* rss 0: not known */
	uint64_t ceiling;               /* bytes of the nearest; 0: there is none */
};

/* Sets a rule for its first look, at the start of a run. */
void rule_begin(struct rule *rule);
/* Whether it is time for a snapshot: of a threshold each time that it is passed. */
bool rule_fires(struct rule *rule, const struct rule_sight *sight);
bool rule_takes_mark(const struct rule *rule, const char *mark);
/* The signals that rules ask for, by 1 << number. */
uint32_t rule_signals(const struct rule *rules, size_t length);
/* When to look next, in seconds since the start: at the latest in `most` seconds. */
double rule_due(const struct rule *rule, double now, double most);

/* Snapshots that were taken by rule, oldest first. */
struct rule_snapshot {
	uint32_t rule;                  /* index */
	uint32_t number;
	uint64_t bytes;                 /* of memory */
};

struct rule_snapshots {
	struct rule_snapshot of[RULE_SNAPSHOTS_MAX];
	size_t length;
	uint64_t bytes;
};

/* Whether one more would be too many, by number or by `budget` bytes of memory. */
bool rule_snapshots_full(const struct rule_snapshots *snapshots, uint64_t budget);
/* Of the rule that has most (of several, bytes) every other of its older half goes: their
 * numbers are written to `gone`; how many.  The oldest and the newest stay; 0: that
 * leaves none to go. */
size_t rule_snapshots_thin(struct rule_snapshots *snapshots, uint32_t gone[RULE_SNAPSHOTS_MAX]);
/* Puts it behind the others, of which there are fewer than RULE_SNAPSHOTS_MAX. */
void rule_snapshots_add(struct rule_snapshots *snapshots, const struct rule_snapshot *snapshot);

#endif
