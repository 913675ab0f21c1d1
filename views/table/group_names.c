/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A group of frames by line may be made of several functions: one-liners, templates, a
 * header's line in two modules.  The name of only one would be wrong for the rest, so the
 * row lists all of them: first that of the stack with the most bytes, then the others in
 * order, "f, g, h and 4 more".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "views/table/group_parts.h"

/* How many names of one group are told apart; further ones are not counted. */
#define NAMES_KEPT 64u
#define NAMES_SHOWN 3u

static uint32_t new_name(struct grouping *grouping, uint32_t string, uint32_t next)
{
	if (!array_grow(&grouping->names, &grouping->names_room, grouping->names_length + 2,
			sizeof(*grouping->names))) {
		grouping->legend->failed = true;
		return next;
	}
	grouping->names[++grouping->names_length] = (struct group_name){string, next};
	return (uint32_t)grouping->names_length;
}

static unsigned count_names(const struct grouping *grouping, uint32_t list)
{
	unsigned n = 0;

	for (; list; list = grouping->names[list].next)
		n++;
	return n;
}

static bool has_name(const struct grouping *grouping, uint32_t list, uint32_t string)
{
	while (list && grouping->names[list].string != string)
		list = grouping->names[list].next;
	return list != 0;
}

void group_note_name(struct grouping *grouping, uint32_t *list, uint32_t first, uint32_t string)
{
	if (!*list && first == string)
		return;
	if (!*list)
		*list = new_name(grouping, first, 0);
	if (!has_name(grouping, *list, string) && count_names(grouping, *list) <= NAMES_KEPT)
		*list = new_name(grouping, string, *list);
}

/* The smallest name in order that comes after `last` and is not `but`; 0: there is
 * none. */
static uint32_t next_name(const struct grouping *grouping, uint32_t list, uint32_t last,
			  uint32_t but)
{
	const struct group_name *names = grouping->names;
	const char *const *strings = grouping->legend->strings;
	uint32_t best = 0;

	for (; list; list = names[list].next) {
		const char *text = strings[names[list].string];

		if (names[list].string == but ||
		    (last && strcmp(text, strings[names[last].string]) <= 0))
			continue;
		if (!best || strcmp(text, strings[names[best].string]) < 0)
			best = list;
	}
	return best;
}

static void put_name(const struct grouping *grouping, FILE *to, uint32_t string, bool first)
{
	const char *text = grouping->legend->strings[string];

	fprintf(to, first ? "%s" : ", %s", *text ? text : "?");
}

static void put_names(const struct grouping *grouping, FILE *to, uint32_t list, uint32_t heaviest)
{
	bool has = has_name(grouping, list, heaviest);
	unsigned shown = has, n = count_names(grouping, list);
	uint32_t but = has ? heaviest : UINT32_MAX, at = 0;

	if (has)
		put_name(grouping, to, heaviest, true);
	while (shown < NAMES_SHOWN && (at = next_name(grouping, list, at, but)))
		put_name(grouping, to, grouping->names[at].string, !shown++);
	if (n > NAMES_KEPT)
		fputs(" and many more", to);
	else if (n > shown)
		fprintf(to, " and %u more", n - shown);
}

uint32_t group_join_names(struct grouping *grouping, uint32_t list, uint32_t heaviest)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	if (to) {
		put_names(grouping, to, list, heaviest);
		if (fclose(to) == 0)
			return legend_made_string(grouping->legend, text);
	}
	free(text);
	grouping->legend->failed = true;
	return 0;
}
