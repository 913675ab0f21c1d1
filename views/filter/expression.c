/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts the parts that an extended regular expression has once its repeats are written
 * out, without writing them out: `last` is the part that a repeat would multiply, and
 * `sum` is everything before it in the group.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "views/filter/expression.h"

#define GROUPS_MAX 64u                  /* the depth to which groups may be nested */

struct group {
	uint64_t sum, last;
	unsigned repeats;               /* consecutive repeats of `last` */
};

static void expression_add_part(struct group *group, uint64_t parts)
{
	group->sum += group->last;
	group->last = parts;
	group->repeats = 0;
}

/* Returns the place after the ] that closes a bracket expression.  A ] that comes first
 * belongs to the set, and so do those within [: :], [. .] and [= =]. */
static const char *skip_bracket(const char *at)
{
	if (*at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at && *at != ']') {
		char kind = at[0] == '[' && at[1] && strchr(":.=", at[1]) ? at[1] : '\0';

		at += kind ? 2 : 1;
		while (kind && *at && !(at[0] == kind && at[1] == ']'))
			at++;
		if (kind && *at)
			at += 2;
	}
	return *at ? at + 1 : at;
}

/* Returns the place after the }. *times becomes the highest number of times that the part
 * before may be repeated. */
static const char *skip_count(const char *at, uint64_t *times)
{
	for (*times = 1; *at && *at != '}'; at++) {
		char *end;
		unsigned long n = strtoul(at, &end, 10);

		if (end == at)
			continue;
		*times = n > *times ? n : *times;
		at = end - 1;
	}
	return *at ? at + 1 : at;
}

/* Applies the repeat at `at` to the part before it.  Returns the place after the
 * repeat. */
static const char *take_repeat(const char *at, struct group *group)
{
	uint64_t times = 1;

	if (*at++ == '{')
		at = skip_count(at, &times);
	else if (at[-1] == '+')
		times = 2;
	if (times > EXPRESSION_PARTS)
		times = EXPRESSION_PARTS + 1;
	group->last = group->last * times + 1;
	if (++group->repeats > EXPRESSION_REPEATS)
		group->last += EXPRESSION_PARTS;
	return at;
}

static const char *take_part(const char *at, struct group *group)
{
	char c = *at++;

	if (c == '\\' && *at)
		at++;
	else if (c == '[')
		at = skip_bracket(at);
	expression_add_part(group, 1);
	return at;
}

bool expression_is_small(const char *text)
{
	struct group groups[GROUPS_MAX] = {{0}}, *group = groups;

	if (strlen(text) > EXPRESSION_BYTES)
		return false;
	while (*text) {
		if (*text == '(') {
			if (++group == groups + GROUPS_MAX)
				return false;
			*group = (struct group){0};
			text++;
		} else if (*text == ')' && group > groups) {
			uint64_t parts = group->sum + group->last + 1;

			expression_add_part(--group, parts);
			text++;
		} else if (strchr("*+?{", *text))
			text = take_repeat(text, group);
		else
			text = take_part(text, group);
		if (group->sum + group->last > EXPRESSION_PARTS)
			return false;
	}
	return true;
}
