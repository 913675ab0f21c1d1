/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions: copied from the context, answered by views (question.h). */
#include "tui/screens/question.h"
#include <stdlib.h>

static bool is_unwanted(void *user)
{
	const struct question *question = user;
	return question->unwanted &&
	       atomic_load_explicit(question->unwanted, memory_order_relaxed);
}

/* Filters of our own: the user may change his meanwhile. */
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
	snapshot_release(question->now);
	snapshot_release(question->old);
	snapshot_release(question->before);
	free(question);
}
