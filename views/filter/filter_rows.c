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

static const char *diff_field(const struct filter_node *node)
{
	const char *found = NULL;

	if (node->kind == FILTER_TEST) {
		const struct column *column = column_get(node->column);

		return column && column->needs == NEEDS_DIFF ? column->name : NULL;
	}
	for (const struct filter_node *child = node->child; child && !found; child = child->next)
		found = diff_field(child);
	return found;
}

const char *filters_diff_field(const struct filter_list *list)
{
	const char *found = NULL;

	for (size_t i = 0; list && i < list->length && !found; i++) {
		if (list->filters[i]->root)
			found = diff_field(list->filters[i]->root);
	}
	return found;
}
