/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule fires by what is so now and what was so at its last look. */
#include "tracer/collect/ceiling/rule.h"

#include <assert.h>
#include <fnmatch.h>
#include <math.h>
#include <string.h>

void rule_begin(struct rule *rule)
{
	rule->due = rule->kind == RULE_EVERY || rule->kind == RULE_AT ? rule->seconds : -1;
	rule->base = 0;
	rule->above = false;
}

/* What was missed while nobody looked is one. */
static bool time_has_come(struct rule *rule, double now)
{
	if (rule->due < 0 || now < rule->due)
		return false;
	if (rule->kind == RULE_AT)
		rule->due = -1;
	else
		rule->due += rule->seconds * (floor((now - rule->due) / rule->seconds) + 1);
	return true;
}

/* Goes off on the way up. */
static bool passes(struct rule *rule, uint64_t figure, uint64_t ceiling)
{
	double threshold = rule->percent > 0 ? (double)ceiling * rule->percent / 100
					     : (double)rule->bytes;
	bool was = rule->above;

	if (rule->percent > 0 && !ceiling)
		return false;
	rule->above = (double)figure > threshold;
	return rule->above && !was;
}

static bool grown_enough(struct rule *rule, uint64_t current)
{
	if (current <= rule->base || current - rule->base <= rule->bytes)
		return false;
	rule->base = current;
	return true;
}

bool rule_fires(struct rule *rule, const struct rule_sight *sight)
{
	switch (rule->kind) {
	case RULE_EVERY:
	case RULE_AT:
		return time_has_come(rule, sight->now);
	case RULE_CURRENT:
		return passes(rule, sight->current, sight->ceiling);
	case RULE_RSS:
		return sight->rss && passes(rule, sight->rss, sight->ceiling);
	case RULE_GROWN:
		return grown_enough(rule, sight->current);
	case RULE_MARK:
	case RULE_SIGNAL:
	case RULE_ALARM:
		break;                  /* they happen, and are not looked for */
	}
	return false;
}

bool rule_takes_mark(const struct rule *rule, const char *mark)
{
	return rule->kind == RULE_MARK && fnmatch(rule->glob, mark, 0) == 0;
}

uint32_t rule_signals(const struct rule *rules, size_t length)
{
	uint32_t signals = 0;

	for (size_t i = 0; i < length; i++)
		signals |= rules[i].kind == RULE_SIGNAL ? 1u << rules[i].signal : 0;
	return signals;
}

double rule_due(const struct rule *rule, double now, double most)
{
	if (rule->kind != RULE_EVERY && rule->kind != RULE_AT)
		return now + most;
	return rule->due >= 0 && rule->due < now + most ? rule->due : now + most;
}

/* --- what was taken --- */

bool rule_snapshots_full(const struct rule_snapshots *snapshots, uint64_t budget)
{
	return snapshots->length >= RULE_SNAPSHOTS_MAX || snapshots->bytes > budget;
}

/* The rule with the most snapshots; of several with as many the one that has them
 * longest. */
static uint32_t most_of(const struct rule_snapshots *snapshots, size_t *most)
{
	size_t counts[RULES_MAX + 1] = { 0 };
	uint32_t found = 0;

	for (size_t i = 0; i < snapshots->length; i++)
		counts[snapshots->of[i].rule]++;
	for (uint32_t i = 0; i <= RULES_MAX; i++)
		if (counts[i] > counts[found])
			found = i;
	*most = counts[found];
	return found;
}

size_t rule_snapshots_thin(struct rule_snapshots *snapshots,
			   uint32_t gone[RULE_SNAPSHOTS_MAX])
{
	size_t most, kept = 0, at = 0, n = 0;
	uint32_t rule = most_of(snapshots, &most);

	for (size_t i = 0; i < snapshots->length; i++) {
		const struct rule_snapshot *snapshot = &snapshots->of[i];
		bool older = snapshot->rule == rule && at++ < (most + 1) / 2;

		if (older && at % 2 == 0) {
			gone[n++] = snapshot->number;
			snapshots->bytes -= snapshot->bytes;
		} else {
			snapshots->of[kept++] = *snapshot;
		}
	}
	snapshots->length = kept;
	return n;
}

void rule_snapshots_add(struct rule_snapshots *snapshots,
			const struct rule_snapshot *snapshot)
{
	assert(snapshots->length < RULE_SNAPSHOTS_MAX && snapshot->rule <= RULES_MAX);
	snapshots->of[snapshots->length++] = *snapshot;
	snapshots->bytes += snapshot->bytes;
}
