/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the row again in a new table: by its key, in a tree by its path. */
#include "tui/screens/origin.h"

#include <stdlib.h>
#include <string.h>
#include "tui/screens/grid.h"
#include "views/tree.h"

/* The path to a row of a tree: the rows above it that it hangs from. */
static bool take_path(struct origin *origin, const struct table *table,
		      const struct row *row)
{
	origin->depth = row->depth;
	origin->path = calloc(row->depth + 1, sizeof *origin->path);
	if (!origin->path)
		return false;
	size_t depth = row->depth;
	for (size_t i = row->index + 1; depth && i--;) {
		const struct row *above = table_at(table, i);
		if (above->depth == depth)
			origin->path[--depth] = above->path;
	}
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
	if (!row)
		return true;
	origin->key = strdup(row->key);
	return origin->key && (origin->by != BY_TREE || take_path(origin, table, row));
}

bool origin_copy(struct origin *to, const struct origin *from)
{
	*to = *from;
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
	if (tree && !tree_flatten(table, leads_there, (void *)(uintptr_t)origin, SIZE_MAX))
		return NULL;
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = table_at(table, i);
		if (tree ? row->depth == origin->depth &&
				   row->path == origin->path[row->depth - 1]
			 : !strcmp(row->key, origin->key))
			return row;
	}
	return NULL;
}

struct table *origin_stacks(const struct origin *origin, const struct context *context,
			    const struct view *like, char problem[256])
{
	struct grid plain = {.sort = like->sort, .reverse = like->reverse};
	enum view_key by = origin->key ? origin->by : BY_TRACEBACK;
	struct view view = grid_view(&plain, context, by);
	problem[0] = 0;
	if (!context->now)
		return NULL;
	view.raw = origin->raw;
	if (!origin->key)
		return table_build(&view, context->now, context->old, problem);
	view.cumulative = origin->cumulative;
	view.inverted = origin->inverted;
	view.sort = COLUMN_DEFAULT;
	view.reverse = false;
	struct table *table = table_build(&view, context->now, context->old, problem),
		     *stacks = NULL;
	const struct row *row = table ? find_row(origin, table) : NULL;
	if (row) {
		table->view.sort = like->sort;
		table->view.reverse = like->reverse;
		table->view.before = view.before;
		table->view.stop = view.stop;
		table->view.stop_user = view.stop_user;
		stacks = table_drill(table, row, problem);
	}
	table_free(table);
	return stacks;
}
