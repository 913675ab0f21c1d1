/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ranges of source lines in the order in which they were first drawn.  When all places
 * are in use, everything is forgotten: what is still drawn is soon read again.
 */
#include "tui/detail/source_lines.h"

#include <stdlib.h>
#include <string.h>

#define RANGES 1024u                    /* more than any screen shows at a time */

struct source_lines {
	size_t length;
	struct source_range range[RANGES];
};

struct source_lines *source_lines_new(void)
{
	return calloc(1, sizeof(struct source_lines));
}

void source_range_clear(struct source_range *range)
{
	free(range->file);
	for (unsigned i = 0; i < SOURCE_MOST; i++)
		free(range->text[i]);
	*range = (struct source_range){0};
}

static void forget_all(struct source_lines *lines)
{
	while (lines->length)
		source_range_clear(&lines->range[--lines->length]);
}

void source_lines_free(struct source_lines *lines)
{
	if (lines)
		forget_all(lines);
	free(lines);
}

static struct source_range *source_lines_find(struct source_lines *lines,
					      const char *file, unsigned first,
					      unsigned length)
{
	for (size_t i = 0; i < lines->length; i++) {
		struct source_range *range = &lines->range[i];
		if (range->first == first && range->length == length && !strcmp(range->file, file))
			return range;
	}
	return NULL;
}

const struct source_range *source_lines_get(struct source_lines *lines, const char *file,
					    unsigned first, unsigned length)
{
	struct source_range *range =
		lines ? source_lines_find(lines, file, first, length) : NULL;
	if (!lines || range)
		return range && range->state == SOURCE_KNOWN ? range : NULL;
	if (lines->length == RANGES)
		forget_all(lines);
	char *copy = strdup(file);
	if (copy)
		lines->range[lines->length++] = (struct source_range){
			.file = copy, .first = first,
			.length = length < SOURCE_MOST ? length : SOURCE_MOST};
	return NULL;
}

size_t source_lines_wanted(struct source_lines *lines, struct source_range *wanted, size_t most)
{
	size_t n = 0;
	for (size_t i = 0; lines && i < lines->length && n < most; i++) {
		struct source_range *range = &lines->range[i];
		char *copy = range->state == SOURCE_WANTED ? strdup(range->file) : NULL;
		if (!copy)
			continue;
		range->state = SOURCE_ASKED;
		wanted[n++] = (struct source_range){.file = copy, .first = range->first,
						    .length = range->length};
	}
	return n;
}

void source_lines_put(struct source_lines *lines, struct source_range *came)
{
	struct source_range *range =
		source_lines_find(lines, came->file, came->first, came->length);
	if (range && range->state != SOURCE_KNOWN) {
		memcpy(range->text, came->text, sizeof range->text);
		memset(came->text, 0, sizeof came->text);
		range->state = SOURCE_KNOWN;
	}
	source_range_clear(came);
}
