/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a row again in a new table: by its key, or in a tree by its path. */
#include "tui/screens/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/screens/grid.h"
#include "views/table/tree.h"

/* Copies the path to a row of a tree: those of the rows above it and its own. */
static bool take_path(struct origin *origin, const struct table *table,
		      const struct row *row)
{
	origin->depth = row->depth;
	origin->path = calloc(row->depth + 1, sizeof *origin->path);
	if (!origin->path)
		return false;
	tree_paths(table, row, origin->path);
	return true;
}

bool origin_take(struct origin *origin, const struct table *table, const struct row *row)
{
	*origin = (struct origin){
		.by = table->view.by,
		.cumulative = table->view.cumulative,
		.raw = table->view.raw,
		.inverted = table->view.inverted,
	};
	if (table->view.mine)
		origin->mine = *table->view.mine;
	if (!row)
		return true;
	origin->now = snapshot_retain(table->now);
	origin->old = table->old ? snapshot_retain(table->old) : NULL;
	origin->key = strdup(row->key);
	return origin->key && (origin->by != BY_TREE || take_path(origin, table, row));
}

bool origin_of_frame(struct origin *origin, const struct row_frame *frame, bool raw)
{
	char key[8192];
	snprintf(key, sizeof key, frame->line ? "%.4000s:%u" : "%.4000s", frame->file,
		 frame->line);
	if (!frame->line)
		snprintf(key + strlen(key), sizeof key - strlen(key), "!%.4000s",
			 frame->function);
	*origin = (struct origin){.by = BY_LINENO, .cumulative = true, .raw = raw,
				  .key = strdup(key)};
	return origin->key;
}

/* Copies everything but the moments. */
bool origin_copy(struct origin *to, const struct origin *from)
{
	*to = *from;
	to->now = to->old = NULL;
	to->key = from->key ? strdup(from->key) : NULL;
	to->path = from->path ? malloc((from->depth + 1) * sizeof *to->path) : NULL;
	if (to->path)
		memcpy(to->path, from->path, from->depth * sizeof *to->path);
	return !from->key == !to->key && !from->path == !to->path;
}

void origin_free(struct origin *origin)
{
	free(origin->key);
	free(origin->path);
	snapshot_release(origin->now);
	snapshot_release(origin->old);
	*origin = (struct origin){0};
}

static bool leads_there(void *user, const struct row *row)
{
	const struct origin *origin = user;
	return row->depth <= origin->depth && row->path == origin->path[row->depth - 1];
}

static const struct row *find_row(const struct origin *origin, struct table *table)
{
	bool tree = origin->by == BY_TREE;
	struct tree_walk walk = tree_walk(table, leads_there, (void *)(uintptr_t)origin);
	if (tree && !tree_flatten(table, walk, SIZE_MAX))
		return NULL;
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = table_row(table, i);
		if (tree ? row->depth == origin->depth &&
				   row->path == origin->path[row->depth - 1]
			 : !strcmp(row->key, origin->key))
			return row;
	}
	return NULL;
}

static void origin_swap(struct snapshot **a, struct snapshot **b)
{
	struct snapshot *kept = *a;
	*a = *b;
	*b = kept;
}

struct question *origin_ask(struct origin *origin, size_t size, const struct context *context,
			    const struct view *like)
{
	struct grid plain = {0};
	struct view view =
		grid_view(&plain, context, origin->key ? origin->by : BY_TRACEBACK);
	view.raw = origin->raw;
	view.mine = &origin->mine;
	view.cumulative = origin->key && origin->cumulative;
	view.inverted = origin->inverted;
	view.sort = origin->key ? COLUMN_DEFAULT : like->sort;
	view.reverse = !origin->key && like->reverse;
	if (origin->now)
		view.before = NULL;
	struct question *question = question_new(size, context, &view);
	if (!question)
		return NULL;
	question->answer = origin_answer;
	question->like = *like;
	if (origin->now) {
		origin_swap(&question->now, &origin->now);
		origin_swap(&question->old, &origin->old);
		snapshot_release(origin->now);
		snapshot_release(origin->old);
		origin->now = origin->old = NULL;
	}
	if (origin_copy(&question->origin, origin))
		return question;
	question_free(question);
	return NULL;
}

void origin_answer(struct question *question)
{
	const struct origin *origin = &question->origin;
	question_build(question);
	if (!origin->key || !question->table)
		return;
	struct table *table = question_table(question);
	table->view.stop = question->view.stop;
	table->view.stop_user = question->view.stop_user;
	const struct row *row = find_row(origin, table);
	if (row) {
		table->view.sort = question->like.sort;
		table->view.reverse = question->like.reverse;
		table->view.before = question->before;
		question->table = table_drill(table, row, question->problem);
		question_seek(question);
	} else {
		snprintf(question->problem, sizeof question->problem, "%s",
			 origin->cumulative ? "no stack passes this line now"
					    : "no stack is behind this row now");
	}
	table_free(table);
}
