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
enum name_has { NOT_COMPARED, HAS_NOT, HAS };

static bool name_has(const struct table *table, struct row_search *search, uint32_t frame)
{
	if (search->names[frame] == NOT_COMPARED) {
		const struct frame_name *name = table_name_frame(table_parts(table), frame);

		search->names[frame] =
			names_have(name->key, &name->frame, search->text) ? HAS : HAS_NOT;
	}
	return search->names[frame] == HAS;
}

static bool row_has(const struct table *table, struct row_search *search, size_t index)
{
	const struct table_parts *parts = table_parts(table);
	uint32_t frame = search->names ? parts->groups[parts->order[index]].frame : UINT32_MAX;
	struct row row;

	if (frame < search->names_length)
		return name_has(table, search, frame);
	table_read(table, index, &row);
	return names_have(row.key, row.frames_length ? &row.newest : NULL, search->text);
}

static void begin(const struct table *table, struct row_search *search)
{
	const struct table_parts *parts = table_parts(table);
	enum view_key_of kind = view_key_get(table->view.by)->of;

	search->begun = search->named = true;
	if (parts->tree || (kind != OF_FRAME && kind != OF_STACK))
		return;
	search->names_length = parts->legend->frames_length;
	search->names = calloc(search->names_length + 1, sizeof(*search->names));
	search->named = !search->names || search->names_length > table->length / FRAMES_FEW;
}

/* If there are few frames, all of them are asked before any row is: where none has the text, no
 * row need be looked at.  Returns how many of `most` steps are left. */
static size_t ask_names(const struct table *table, struct row_search *search, size_t most)
{
	for (; most && !search->named && search->compared < search->names_length; most--)
		search->named = name_has(table, search, (uint32_t)search->compared++);
	return most;
}

/* The row that comes so many steps after the one where the search began. */
static size_t step_from(const struct table *table, const struct row_search *search, size_t steps)
{
	size_t n = table->length, from = search->from;

	return search->before ? (from + n - steps % n) % n : (from + steps) % n;
}

static void fetch(const struct table *table, const struct row_search *search, size_t index)
{
	const struct table_parts *parts = table_parts(table);

	if (search->names)
		__builtin_prefetch(&parts->groups[parts->order[index]].frame);
}

size_t table_search(const struct table *table, struct row_search *search, size_t most)
{
	size_t n = table->length, found = SIZE_MAX;

	if (!search->begun)
		begin(table, search);
	most = ask_names(table, search, most);
	if (search->named)
		for (; most && found == SIZE_MAX && search->rows < n; most--) {
			size_t steps = search->rows++ + !search->here;
			size_t index = step_from(table, search, steps);

			fetch(table, search, step_from(table, search, steps + AHEAD));
			found = row_has(table, search, index) ? index : SIZE_MAX;
		}
	search->over = search->named ? search->rows == n
				     : search->compared == search->names_length;
	return found;
}

void table_search_end(struct row_search *search)
{
	free(search->names);
	search->names = NULL;
	search->names_length = search->compared = search->rows = 0;
	search->begun = search->named = search->over = false;
}
