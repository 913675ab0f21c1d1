/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Searches rows for a text.  Where frames name rows, each frame is compared only once,
 * however many rows it names: a million stacks have a few thousand names.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "views/row/view_key.h"
#include "views/table/table.h"
#include "views/table/table_parts.h"

#define FRAMES_FEW 4u                   /* times as many rows as frames, at least */
#define AHEAD 16u                       /* rows whose groups are being fetched */

/* Ignores case unless the text that is searched for has a capital ("smart case"). */
static bool text_has(const char *text, const char *needle)
{
	for (const char *c = needle; *c; c++)
		if (isupper((unsigned char)*c))
			return strstr(text, needle);
	return strcasestr(text, needle);
}

static bool names_have(const char *key, const struct row_frame *frame, const char *needle)
{
	return text_has(key, needle) ||
	       (frame && (text_has(frame->function, needle) || text_has(frame->file, needle)));
}

/* What is known of each frame of the legend while a search goes on. */
enum frame_has { NOT_COMPARED, HAS_NOT, HAS };

struct searching {
	const struct table *table;
	const struct row_search *search;
	unsigned char *frames;          /* enum frame_has; NULL: each row is read */
	size_t frames_length;
};

static bool searching_has(struct searching *of, size_t index)
{
	const struct table_parts *parts = table_parts(of->table);
	uint32_t frame = of->frames ? parts->groups[parts->order[index]].frame : UINT32_MAX;
	struct row row;

	if (frame < of->frames_length && of->frames[frame] != NOT_COMPARED)
		return of->frames[frame] == HAS;
	table_read(of->table, index, &row);
	bool has = names_have(row.key, row.frames_length ? &row.newest : NULL,
			      of->search->text);

	if (frame < of->frames_length)
		of->frames[frame] = has ? HAS : HAS_NOT;
	return has;
}

/* The row that comes so many steps after `from`, in the direction of the search. */
static size_t step_from(const struct searching *of, size_t from, size_t steps)
{
	size_t n = of->table->length;

	return of->search->before ? (from + n - steps % n) % n : (from + steps) % n;
}

static void fetch(const struct searching *of, size_t index)
{
	const struct table_parts *parts = table_parts(of->table);

	if (of->frames)
		__builtin_prefetch(&parts->groups[parts->order[index]].frame);
}

/* Whether some frame has the text, if there are few enough to ask all of them first: where
 * none has it, no row need be looked at. */
static bool may_be_there(const struct searching *of)
{
	struct table_parts *parts = table_parts(of->table);

	if (!of->frames || of->frames_length > of->table->length / FRAMES_FEW)
		return true;
	for (uint32_t i = 0; i < of->frames_length; i++) {
		const struct frame_name *name = table_name_frame(parts, i);

		if (names_have(name->key, &name->frame, of->search->text))
			return true;
	}
	return false;
}

size_t table_search(const struct table *table, size_t from, const struct row_search *search)
{
	const struct table_parts *parts = table_parts(table);
	struct searching of = {.table = table, .search = search};
	size_t found = SIZE_MAX, n = table->length;
	enum view_key_of kind = view_key_get(table->view.by)->of;

	if (!parts->tree && (kind == OF_FRAME || kind == OF_STACK)) {
		of.frames_length = parts->legend->frames_length;
		of.frames = calloc(of.frames_length + 1, sizeof(*of.frames));
	}
	if (!may_be_there(&of))
		n = 0;
	for (size_t i = search->here ? 0 : 1; n && i < n + !search->here && i < search->most;
	     i++) {
		size_t index = step_from(&of, from, i);

		fetch(&of, step_from(&of, from, i + AHEAD));
		if (!searching_has(&of, index))
			continue;
		found = index;
		break;
	}
	free(of.frames);
	return found;
}
