/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions: copied from the context, answered by views (question.h). */
#include "tui/screens/question.h"
#include <stdlib.h>
#include <string.h>

static bool is_unwanted(void *user)
{
	const struct question *question = user;
	return question->unwanted &&
	       atomic_load_explicit(question->unwanted, memory_order_relaxed);
}

/* Copies the filters, since the user may change them meanwhile. */
static bool copy_filters(struct filter_list *to, const struct filter_list *from)
{
	struct filter_error error;
	for (size_t i = 0; from && i < from->length; i++) {
		to->filters[i] = filter_parse(filter_text(from->filters[i]), &error);
		if (!to->filters[i])
			return false;
		to->length++;
	}
	return true;
}

static struct snapshot *question_hold(struct snapshot *snapshot)
{
	return snapshot ? snapshot_retain(snapshot) : NULL;
}

struct question *question_new(size_t size, const struct context *context,
			      const struct view *view)
{
	struct question *question = context->shown->now ? calloc(1, size) : NULL;
	if (!question)
		return NULL;
	question->now = question_hold(context->shown->now);
	question->old = question_hold(context->shown->old);
	question->before = question_hold(view->before);
	question->view = *view;
	question->view.before = question->before;
	question->view.filters = &question->filters;
	if (view->mine)
		question->mine = *view->mine;
	question->view.mine = &question->mine;
	question->view.stop = is_unwanted;
	question->view.stop_user = question;
	question->answer = question_build;
	if (copy_filters(&question->filters, view->filters))
		return question;
	question_free(question);
	return NULL;
}

void question_build(struct question *question)
{
	question->table = table_build(&question->view, question->now, question->old,
				      question->problem);
	question_seek(question);
}

/* 2: it is that row; 1: it is another one with its key, to be used if there is no better
 * one; 0: neither. */
static int row_place_is(const struct row_place *place, const struct table *table, size_t index)
{
	struct row row;
	table_read(table, index, &row);
	if (row.path != place->path || strcmp(row.key, place->key))
		return 0;
	return row.trace.v == place->trace.v || table->view.by != BY_TRACEBACK ? 2 : 1;
}

size_t row_place_find(const struct row_place *place, const struct table *table, size_t from,
		      size_t most)
{
	size_t alike = SIZE_MAX, n = table->length;
	for (size_t away = 0; place->key && away < n && away < most; away++)
		for (int side = 0; side < (away ? 2 : 1); side++) {
			size_t index = side ? from - away : from + away;
			int is = index < n ? row_place_is(place, table, index) : 0;
			if (is == 2)
				return index;
			if (is && alike == SIZE_MAX)
				alike = index;
		}
	return alike;
}

void question_seek(struct question *question)
{
	const struct row_place *sought = &question->sought;
	question->found = SIZE_MAX;
	if (question->table && sought->key)
		question->found = row_place_find(sought, question->table,
						 question->sought_from, SIZE_MAX);
}

struct table *question_table(struct question *question)
{
	struct table *table = question->table;
	question->table = NULL;
	return table;
}

void question_free(struct question *question)
{
	if (!question)
		return;
	if (question->clear)
		question->clear(question);
	table_free(question->table);
	for (size_t i = 0; i < question->filters.length; i++)
		filter_free(question->filters.filters[i]);
	origin_free(&question->origin);
	free(question->sought.key);
	snapshot_release(question->now);
	snapshot_release(question->old);
	snapshot_release(question->before);
	free(question);
}
