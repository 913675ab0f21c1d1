/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters over rows: figures against numbers, after grouping (filter.h). */
#include "views/filter/filter_tree.h"
#include "views/row/row.h"

static bool test_keeps(const struct filter_node *test, const struct row *row)
{
	long double value = column_get(test->column)->number(row);

	return filter_compare(test->op, value, test->number);
}

static bool filter_rows_tree_keeps(const struct filter_node *node, const struct row *row)
{
	bool any = node->kind == FILTER_OR;

	if (!(node->class & CLASS_ROW))
		return true;
	if (node->kind == FILTER_TEST)
		return test_keeps(node, row);
	if (node->kind == FILTER_NOT)
		return !filter_rows_tree_keeps(node->child, row);
	for (const struct filter_node *child = node->child; child; child = child->next) {
		if (filter_rows_tree_keeps(child, row) == any)
			return any;
	}
	return !any;
}

bool filters_keep_row(const struct filter_list *list, const struct row *row)
{
	for (size_t i = 0; list && i < list->length; i++) {
		const struct filter_node *root = list->filters[i]->root;

		if (root && !filter_rows_tree_keeps(root, row))
			return false;
	}
	return true;
}

bool filters_have_row_tests(const struct filter_list *list)
{
	for (size_t i = 0; list && i < list->length; i++) {
		if (list->filters[i]->class & CLASS_ROW)
			return true;
	}
	return false;
}

static bool is_of_diffs(const struct column *column) { return column->needs == NEEDS_DIFF; }

static bool is_of_snapshots(const struct column *column) { return !column_ticks(column); }

static const char *find_field(const struct filter_node *node,
			      bool (*is)(const struct column *column))
{
	const char *found = NULL;

	if (node->kind == FILTER_TEST) {
		const struct column *column = column_get(node->column);

		return column && is(column) ? column->name : NULL;
	}
	for (const struct filter_node *child = node->child; child && !found; child = child->next)
		found = find_field(child, is);
	return found;
}

static const char *find_in_all(const struct filter_list *list,
			       bool (*is)(const struct column *column))
{
	const char *found = NULL;

	for (size_t i = 0; list && i < list->length && !found; i++) {
		if (list->filters[i]->root)
			found = find_field(list->filters[i]->root, is);
	}
	return found;
}

const char *filters_diff_field(const struct filter_list *list)
{
	return find_in_all(list, is_of_diffs);
}

const char *filters_snapshot_field(const struct filter_list *list)
{
	return find_in_all(list, is_of_snapshots);
}
