/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stack of its own: frames and their texts copied out of a table, so that a
 * screen can show it while the tables come and go.
 */
#include <stdlib.h>
#include <string.h>
#include "tui/screens/drill.h"

struct stack_lines {
	size_t length;
	enum cut cut;
	char *texts;
	struct row_frame frames[];
};

static const char *stack_lines_copy(char **at, const char *text)
{
	char *start = *at;
	size_t size = strlen(text) + 1;
	memcpy(start, text, size);
	*at += size;
	return start;
}

struct stack_lines *stack_lines_new(const struct row_frame *frames, size_t length,
				    enum cut cut)
{
	struct stack_lines *lines = calloc(1, sizeof *lines + length * sizeof *frames);
	size_t size = 1;
	for (size_t i = 0; i < length; i++)
		size += strlen(frames[i].file) + strlen(frames[i].function) +
			strlen(frames[i].module) + 3;
	if (lines)
		lines->texts = malloc(size);
	if (!lines || !lines->texts) {
		free(lines);
		return NULL;
	}
	lines->length = length;
	lines->cut = cut;
	char *at = lines->texts;
	for (size_t i = 0; i < length; i++) {
		lines->frames[i] = frames[i];
		lines->frames[i].file = stack_lines_copy(&at, frames[i].file);
		lines->frames[i].function = stack_lines_copy(&at, frames[i].function);
		lines->frames[i].module = stack_lines_copy(&at, frames[i].module);
	}
	return lines;
}

void stack_lines_free(struct stack_lines *lines)
{
	if (lines)
		free(lines->texts);
	free(lines);
}

size_t stack_lines_length(const struct stack_lines *lines)
{
	return lines ? lines->length : 0;
}

const struct row_frame *stack_lines_frame(const struct stack_lines *lines, size_t i)
{
	return &lines->frames[i];
}

enum cut stack_lines_cut(const struct stack_lines *lines)
{
	return lines ? lines->cut : CUT_NONE;
}
