/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes rows from groups, with their names and the stacks behind them (table.h).  The key
 * of a frame is written only once, however many rows it names.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/filter/filter_run.h"
#include "tracer/ground/array.h"
#include "views/row/sum.h"
#include "views/row/view_key.h"
#include "views/table/by_type.h"
#include "views/table/table.h"
#include "views/table/table_parts.h"

/* Births are known only to the second, so each counts as being in the middle of it. */
static double age_at(double time, double birth)
{
	double age = time - birth - 0.5;

	return age > 0 ? age : 0;
}

static double mean_age(const struct group *group, double time)
{
	double size = (double)group->now.size;

	return size > 0 && !isnan(group->born) ? age_at(time, group->born / size) : (double)NAN;
}

static double oldest_age(const struct group *group, double time)
{
	return group->first && group->first != AGE_UNKNOWN ?
	       age_at(time, (double)(group->first - 1)) : (double)NAN;
}

void table_make_row(const struct table *table, const struct group *group, struct row *row)
{
	const struct table_parts *parts = table_parts(table);
	double time = table->now->time;
	uint64_t old_size = table->diff ? group->was : 0;

	*row = (struct row){
		.now = group->now,
		.peak = group->peak,
		.error = sqrt(group->variance),
		.age = mean_age(group, time),
		.oldest = oldest_age(group, time),
		.old_size = old_size,
		.old_count = group->old_count,
		.size_diff = sum_difference(group->now.size, old_size),
		.count_diff = sum_difference(group->now.count, group->old_count),
		.trace = group->trace,
		.from_old = group->from_old,
	};
	if (group->growth && parts->verdicts)
		row->growth = &parts->verdicts[group->growth - 1];
	if (group->looked) {
		const struct looked *looked = &parts->looked.of[group->looked];

		row->look = looked->look;
		row->retained = looked->retained;
		row->type = looked->type;
	}
	if (table->seconds > 0)
		row->rate = ((double)group->now.size - (double)group->was) / table->seconds;
}

/* Room for `size` bytes that live as long as the table; NULL: no memory. */
static char *table_rows_take_text(struct table_parts *parts, size_t size)
{
	struct table_texts *texts = parts->texts;
	size_t room = size > 65536 ? size : 65536;

	if (!texts || texts->size - texts->used < size) {
		texts = malloc(sizeof(*texts) + room);
		if (!texts) {
			parts->legend->failed = true;
			return NULL;
		}
		*texts = (struct table_texts){.next = parts->texts, .size = room};
		parts->texts = texts;
	}
	texts->used += size;
	return texts->bytes + texts->used - size;
}

static const char *join_text(struct table_parts *parts, const char *head, const char *tail)
{
	size_t a = strlen(head), b = strlen(tail);
	char *text = table_rows_take_text(parts, a + b + 1);

	if (!text)
		return "";
	memcpy(text, head, a);
	memcpy(text + a, tail, b + 1);
	return text;
}

/* "FILE:LINE", or "FILE!FUNCTION" where no line is known. */
static const char *line_key(struct table_parts *parts, const struct legend_frame *frame)
{
	const char *const *strings = parts->legend->strings;
	const char *file = strings[frame->file], *function = strings[frame->function];
	char line[16];
	size_t length = strlen(file), function_length = strlen(function);
	char *text;

	if (lang_has_line(frame->lang, frame->line) || !*function) {
		snprintf(line, sizeof(line), ":%u", frame->line);
		return join_text(parts, file, line);
	}
	text = table_rows_take_text(parts, length + function_length + 2);
	if (!text)
		return "";
	memcpy(text, file, length);
	text[length] = '!';
	memcpy(text + length + 1, function, function_length + 1);
	return text;
}

static const char *known(const char *text)
{
	return *text ? text : "?";
}

static const char *table_rows_make_key(struct table_parts *parts,
				       const struct legend_frame *frame)
{
	const char *const *strings = parts->legend->strings;

	switch (parts->table.view.by) {
	case BY_FILENAME:
		return known(strings[frame->file]);
	case BY_FUNCTION:
		return known(strings[frame->function]);
	case BY_MODULE:
		return known(strings[frame->module]);
	case BY_LINENO:
	case BY_TRACEBACK:
	case BY_TREE:
		return line_key(parts, frame);
	default:
		assert(view_key_get(parts->table.view.by)->of != OF_FRAME);
		return "";
	}
}

const struct frame_name *table_name_frame(struct table_parts *parts, uint32_t frame)
{
	static const struct frame_name nothing = {"", {.file = "", .function = "", .module = ""}};
	size_t room = parts->frame_names_room;
	struct frame_name *name;

	if (frame >= room) {
		if (!array_grow(&parts->frame_names, &parts->frame_names_room,
				parts->legend->frames_length, sizeof(*parts->frame_names))) {
			parts->legend->failed = true;
			return &nothing;
		}
		memset(parts->frame_names + room, 0,
		       (parts->frame_names_room - room) * sizeof(*parts->frame_names));
	}
	name = &parts->frame_names[frame];
	if (!name->key) {
		name->key = table_rows_make_key(parts, &parts->legend->frames[frame]);
		name->frame = legend_row_frame(parts->legend, frame);
	}
	return name;
}

static void name_thread(struct table_parts *parts, const struct group *group, struct row *row)
{
	const struct snapshot *from = row->from_old ? parts->table.old : parts->table.now;
	struct thread thread = catalog_thread(from->catalog,
					      (struct thread_id){group->thread});
	char tid[16];

	row->tid = thread.tid;
	row->thread_name = catalog_text(from->catalog, thread.name);
	snprintf(tid, sizeof(tid), *row->thread_name ? "%d " : "%d", thread.tid);
	if (!thread.tid)
		row->key = *row->thread_name ? row->thread_name : "unknown";
	else
		row->key = join_text(parts, tid, row->thread_name);
}

void table_name_row(struct table_parts *parts, const struct group *group, struct row *row)
{
	enum view_key by = parts->table.view.by;
	const struct frame_name *name;
	char domain[16];

	if (by == BY_THREAD) {
		name_thread(parts, group, row);
	} else if (by == BY_DOMAIN) {
		row->domain = (uint16_t)group->key.a;
		row->key = join_text(parts, filter_domain_name(row->domain, domain), "");
	} else if (by_type_splits(by)) {
		row->key = parts->legend->strings[group->key.a];
	} else {
		assert(view_key_get(by)->of != OF_ROW);
		name = table_name_frame(parts, group->frame);
		row->key = name->key;
		row->newest = name->frame;
		row->frames_length = by == BY_TRACEBACK ? group->depth : 1;
	}
}

void table_read(const struct table *table, size_t i, struct row *row)
{
	struct table_parts *parts = table_parts(table);
	const struct group *group;

	if (parts->tree) {
		*row = parts->laid[i];
		return;
	}
	assert(i < table->length);
	group = &parts->groups[parts->order[i]];
	table_make_row(table, group, row);
	table_name_row(parts, group, row);
	row->index = i;
}

const struct row *table_row(const struct table *table, size_t i)
{
	static const struct row none = {
		.key = "", .newest = {.file = "", .function = "", .module = ""}
	};
	struct table_parts *parts = table_parts(table);
	struct row **page, *row;

	if (parts->tree)
		return &parts->laid[i];
	page = &parts->pages[i / ROWS_PAGE];
	if (!*page)
		*page = calloc(ROWS_PAGE, sizeof(**page));
	if (!*page)
		return &none;
	row = *page + i % ROWS_PAGE;
	if (!row->key)
		table_read(table, i, row);
	return row;
}

static size_t stack(const struct table *table, const struct row *row, size_t limit,
		    struct row_frame *frames, size_t max, enum cut *cut)
{
	struct legend *legend = table_parts(table)->legend;
	const struct snapshot *from = row->from_old ? table->old : table->now;
	struct legend_side *side = legend_side(legend, from->catalog);
	size_t most = limit < max ? limit : max, n;
	uint32_t *numbers;

	if (cut)
		*cut = CUT_NONE;
	if (most > UINT16_MAX + 1)
		most = UINT16_MAX + 1;
	numbers = malloc((most + 1) * sizeof(*numbers));
	if (!numbers)
		return 0;
	n = legend_stack(side, row->trace, numbers, most, cut);
	for (size_t i = 0; i < n; i++)
		frames[i] = legend_row_frame(legend, numbers[i]);
	free(numbers);
	return n;
}

size_t table_frames(const struct table *table, const struct row *row, struct row_frame *frames,
		    size_t max)
{
	if (max == 0 || row->frames_length == 0)
		return 0;
	if (table->view.by == BY_TRACEBACK)
		return stack(table, row, row->frames_length, frames, max, NULL);
	frames[0] = row->newest;
	return 1;
}

size_t table_stack(const struct table *table, const struct row *row, struct row_frame *frames,
		   size_t max, enum cut *cut)
{
	const struct snapshot *from = row->from_old ? table->old : table->now;

	return stack(table, row, table_nframe(from), frames, max, cut);
}
