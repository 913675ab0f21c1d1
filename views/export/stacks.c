/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers frames and texts (stacks.h).  Within a table equal texts are the same pointer,
 * so frames are compared by pointers; if that were ever wrong, the only effect would be
 * that a frame is listed twice.
 */
#include "views/export/stacks.h"
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/format/format.h"

static uint32_t stacks_frame_hash(const struct row_frame *frame)
{
	uint32_t names = hash_mix((uintptr_t)frame->file, (uintptr_t)frame->function);

	return hash_mix((uint64_t)names << 32 | frame->line, (uintptr_t)frame->module);
}

static bool frame_equal(const struct row_frame *a, const struct row_frame *b)
{
	return a->file == b->file && a->function == b->function && a->module == b->module &&
	       a->line == b->line;
}

/* Finds or adds a frame and its number.  False: out of memory. */
static bool stacks_add_frame(struct stacks *stacks, const struct row_frame *frame,
			     uint32_t *number)
{
	uint32_t hash = stacks_frame_hash(frame), found;
	size_t at = hash;

	while ((found = finder_next(&stacks->finder, hash, &at))) {
		if (frame_equal(&stacks->frames[found - 1], frame)) {
			*number = found - 1;
			return true;
		}
	}
	*number = (uint32_t)stacks->frames_length;
	if (!array_grow(&stacks->frames, &stacks->frames_room, stacks->frames_length + 1,
			sizeof(*stacks->frames)) ||
	    !finder_put(&stacks->finder, hash, *number + 1))
		return false;
	stacks->frames[stacks->frames_length++] = *frame;
	return true;
}

static bool add_stack(struct stacks *stacks, const struct table *table, const struct row *row,
		      struct row_frame *frames)
{
	size_t n = table_frames(table, row, frames, row->frames_length);
	struct stack *stack = &stacks->items[stacks->length++];

	*stack = (struct stack){row->now, row->peak, row->look, stacks->numbers_length, n};
	if (!array_grow(&stacks->numbers, &stacks->numbers_room, stacks->numbers_length + n + 1,
			sizeof(*stacks->numbers)))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!stacks_add_frame(stacks, &frames[i],
				      &stacks->numbers[stacks->numbers_length]))
			return false;
		stacks->numbers_length++;
	}
	return true;
}

bool stacks_read(struct stacks *stacks, const struct table *table)
{
	struct row_frame *frames;
	struct row row;
	size_t deepest = 0;
	bool ok;

	*stacks = (struct stacks){0};
	for (size_t i = 0; i < table->length; i++) {
		table_read(table, i, &row);
		if (row.frames_length > deepest)
			deepest = row.frames_length;
	}
	frames = malloc((deepest + 1) * sizeof(*frames));
	stacks->items = malloc((table->length + 1) * sizeof(*stacks->items));
	ok = frames && stacks->items;
	for (size_t i = 0; ok && i < table->length; i++) {
		table_read(table, i, &row);
		ok = add_stack(stacks, table, &row, frames);
	}
	free(frames);
	return ok;
}

void stacks_free(struct stacks *stacks)
{
	free(stacks->frames);
	free(stacks->numbers);
	free(stacks->items);
	finder_free(&stacks->finder);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

char *stacks_name(const struct row_frame *frame, bool place)
{
	const char *function = frame->function, *file = last_part(frame->file);
	bool offset = frame->unresolved && function[0] == '+';
	size_t size = 6 * (strlen(function) + strlen(file) + strlen(frame->module)) + 64;
	char *name = malloc(2 * size), *raw = name + size;
	char line[16] = "";

	if (!name)
		return NULL;
	if (frame->line)
		snprintf(line, sizeof(line), ":%u", frame->line);
	if (!*function)
		snprintf(raw, size, "%s%s", *file ? file : *frame->module ? frame->module : "?",
			 line);
	else if (offset)
		snprintf(raw, size, "%s%s", *frame->module ? frame->module : file, function);
	else if (place && *line)
		snprintf(raw, size, "%s (%s%s)", function, file, line);
	else if (place && *frame->module)
		snprintf(raw, size, "%s (%s)", function, frame->module);
	else
		snprintf(raw, size, "%s", function);
	format_safe(raw, name, size);
	return name;
}

char **stacks_names(const struct stacks *stacks)
{
	char **names = calloc(stacks->frames_length + 1, sizeof(*names));

	for (size_t i = 0; names && i < stacks->frames_length; i++) {
		names[i] = stacks_name(&stacks->frames[i], true);
		if (!names[i]) {
			stacks_names_free(names, i);
			return NULL;
		}
	}
	return names;
}

void stacks_names_free(char **names, size_t length)
{
	while (names && length)
		free(names[--length]);
	free(names);
}

bool texts_init(struct texts *texts)
{
	bool failed = false;

	*texts = (struct texts){0};
	texts_number(texts, "", &failed);
	return !failed;
}

void texts_free(struct texts *texts)
{
	while (texts->length)
		free(texts->list[--texts->length]);
	free(texts->list);
	finder_free(&texts->finder);
}

uint32_t texts_number(struct texts *texts, const char *text, bool *failed)
{
	uint64_t sum = 0;
	uint32_t hash, found;
	size_t at;
	char *copy;

	for (const char *c = text; *c; c++)
		sum = sum * 131 + (unsigned char)*c;
	at = hash = hash_mix(sum, 0);
	while ((found = finder_next(&texts->finder, hash, &at))) {
		if (!strcmp(texts->list[found - 1], text))
			return found - 1;
	}
	copy = strdup(text);
	if (!copy || !array_grow(&texts->list, &texts->room, texts->length + 1, sizeof(char *)) ||
	    !finder_put(&texts->finder, hash, (uint32_t)texts->length + 1)) {
		free(copy);
		*failed = true;
		return 0;
	}
	texts->list[texts->length++] = copy;
	return (uint32_t)texts->length - 1;
}
