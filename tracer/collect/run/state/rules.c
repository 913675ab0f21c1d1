/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All rules under one lock: they are few, and looked at a few times a second. */
#include "tracer/collect/run/state/rules.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct rules {
	pthread_mutex_t lock;           /* around the rules' own state and what they took */
	struct rule rules[RULES_MAX + 1];       /* the last one: for alarms */
	size_t length;                  /* without that; never changes */
	uint64_t budget;
	struct rule_snapshots taken;
};

struct rules *rules_new(const struct rule *given, size_t length, uint64_t budget)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	rules->length = length < RULES_MAX ? length : RULES_MAX;
	if (rules->length)
		memcpy(rules->rules, given, rules->length * sizeof(*given));
	rules->rules[rules->length].kind = RULE_ALARM;
	for (size_t i = 0; i <= rules->length; i++)
		rule_begin(&rules->rules[i]);
	rules->budget = budget;
	pthread_mutex_init(&rules->lock, NULL);
	return rules;
}

void rules_free(struct rules *rules)
{
	if (rules)
		pthread_mutex_destroy(&rules->lock);
	free(rules);
}

size_t rules_look(struct rules *rules, const struct rule_sight *sight,
		  uint32_t fired[RULES_MAX])
{
	size_t n = 0;

	pthread_mutex_lock(&rules->lock);
	for (size_t i = 0; i < rules->length; i++)
		if (rule_fires(&rules->rules[i], sight))
			fired[n++] = (uint32_t)i;
	pthread_mutex_unlock(&rules->lock);
	return n;
}

size_t rules_look_last(struct rules *rules, uint64_t current, uint32_t fired[RULES_MAX])
{
	const struct rule_sight sight = { .current = current };
	size_t n = 0;

	pthread_mutex_lock(&rules->lock);
	for (size_t i = 0; i < rules->length; i++) {
		struct rule *rule = &rules->rules[i];
		bool held = rule->kind == RULE_CURRENT || rule->kind == RULE_GROWN;

		if (held && rule_fires(rule, &sight))
			fired[n++] = (uint32_t)i;
	}
	pthread_mutex_unlock(&rules->lock);
	return n;
}

size_t rules_happened(struct rules *rules, const char *mark, int signal,
		      uint32_t fired[RULES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < rules->length; i++) {
		const struct rule *rule = &rules->rules[i];

		if ((mark && rule_takes_mark(rule, mark)) ||
		    (signal && rule->kind == RULE_SIGNAL && rule->signal == signal))
			fired[n++] = (uint32_t)i;
	}
	return n;
}

uint32_t rules_alarm(const struct rules *rules) { return (uint32_t)rules->length; }

const char *rules_name(const struct rules *rules, uint32_t rule) { return rules->rules[rule].name; }

bool rules_look_deep(const struct rules *rules, uint32_t rule)
{
	return rules->rules[rule].looks;
}

double rules_due(struct rules *rules, double now, double most)
{
	double due = now + most;

	pthread_mutex_lock(&rules->lock);
	for (size_t i = 0; i < rules->length; i++)
		due = fmin(due, rule_due(&rules->rules[i], now, most));
	pthread_mutex_unlock(&rules->lock);
	return due;
}

size_t rules_took(struct rules *rules, uint32_t rule, uint32_t number, uint64_t bytes,
		  uint32_t gone[RULE_SNAPSHOTS_MAX])
{
	const struct rule_snapshot taken = { rule, number, bytes };
	size_t n = 0, more = 1;

	pthread_mutex_lock(&rules->lock);
	while (more && rule_snapshots_full(&rules->taken, rules->budget))
		n += more = rule_snapshots_thin(&rules->taken, gone + n);
	rule_snapshots_add(&rules->taken, &taken);
	pthread_mutex_unlock(&rules->lock);
	return n;
}
