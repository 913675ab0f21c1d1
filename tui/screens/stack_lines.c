/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A copy of a stack's frames and texts, so that a screen can show it while tables come
 * and go.  It is shown as items: frames, and folds that stand for several frames of one
 * family.
 */
#include <stdlib.h>
#include <string.h>
#include "tui/screens/drill.h"

struct stack_lines {
	size_t length, items_length;
	enum cut cut;
	char *texts;
	struct stack_item *items;
	bool *open;                     /* by frame: the fold that begins there is open */
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

static void copy_frames(struct stack_lines *lines, const struct row_frame *frames)
{
	char *at = lines->texts;
	for (size_t i = 0; i < lines->length; i++) {
		lines->frames[i] = frames[i];
		lines->frames[i].file = stack_lines_copy(&at, frames[i].file);
		lines->frames[i].function = stack_lines_copy(&at, frames[i].function);
		lines->frames[i].module = stack_lines_copy(&at, frames[i].module);
	}
}

/* At most two items for each frame, since an open fold has a line of its own. */
static void make_items(struct stack_lines *lines)
{
	size_t count;
	lines->items_length = 0;
	for (size_t i = 0; i < lines->length; i += count) {
		enum frame_family family;
		count = family_run(&lines->frames[i], lines->length - i, &family);
		if (family)
			lines->items[lines->items_length++] =
				(struct stack_item){i, count, family, lines->open[i]};
		for (size_t n = 0; n < count && (!family || lines->open[i]); n++)
			lines->items[lines->items_length++] =
				(struct stack_item){i + n, 1, FAMILY_NONE, false};
	}
}

struct stack_lines *stack_lines_new(const struct row_frame *frames, size_t length,
				    enum cut cut, const struct stack_lines *before)
{
	struct stack_lines *lines = calloc(1, sizeof *lines + length * sizeof *frames);
	size_t size = 1;
	for (size_t i = 0; i < length; i++)
		size += strlen(frames[i].file) + strlen(frames[i].function) +
			strlen(frames[i].module) + 3;
	if (!lines)
		return NULL;
	lines->texts = malloc(size);
	lines->items = calloc(2 * length + 1, sizeof *lines->items);
	lines->open = calloc(length + 1, sizeof *lines->open);
	if (!lines->texts || !lines->items || !lines->open) {
		stack_lines_free(lines);
		return NULL;
	}
	lines->length = length;
	lines->cut = cut;
	for (size_t i = 0; before && i < length && i < before->length; i++)
		lines->open[i] = before->open[i];
	copy_frames(lines, frames);
	make_items(lines);
	return lines;
}

void stack_lines_free(struct stack_lines *lines)
{
	if (lines) {
		free(lines->texts);
		free(lines->items);
		free(lines->open);
	}
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

size_t stack_lines_items(const struct stack_lines *lines)
{
	return lines ? lines->items_length : 0;
}

struct stack_item stack_lines_item(const struct stack_lines *lines, size_t i)
{
	return lines->items[i];
}

size_t stack_lines_fold(const struct stack_lines *lines, size_t item)
{
	size_t frame = lines->items[item].first;
	do {
		const struct stack_item *fold = &lines->items[item];
		if (fold->family)
			return frame < fold->first + fold->count ? item : SIZE_MAX;
	} while (item--);
	return SIZE_MAX;
}

void stack_lines_open(struct stack_lines *lines, size_t fold, bool open)
{
	lines->open[lines->items[fold].first] = open;
	make_items(lines);
}

bool stack_lines_open_all(struct stack_lines *lines)
{
	bool closed = false;
	for (size_t i = 0; i < lines->items_length; i++)
		closed = closed || (lines->items[i].family && !lines->items[i].open);
	for (size_t i = 0; i < lines->length; i++)
		lines->open[i] = closed;
	make_items(lines);
	return closed;
}

enum cut stack_lines_cut(const struct stack_lines *lines)
{
	return lines ? lines->cut : CUT_NONE;
}
