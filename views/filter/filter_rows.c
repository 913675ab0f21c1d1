/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of rows: compares figures with numbers, after grouping (filter.h). */
#include "views/filter/filter_tree.h"
#include <math.h>
#include "views/row/row.h"

/* A test of a figure that is not known is neither true nor false (S. C. Kleene,
 * Introduction to Metamathematics, 1952, section 64). */
enum answer { ANSWER_NO, ANSWER_UNKNOWN, ANSWER_YES };

static enum answer test_answer(const struct filter_node *test, const struct row *row)
{
	long double value = column_get(test->column)->number(row);

	if (isnan(value))
		return ANSWER_UNKNOWN;
	return filter_compare(test->op, value, test->number) ? ANSWER_YES : ANSWER_NO;
}

static enum answer tree_answer(const struct filter_node *node, const struct row *row)
{
	bool any = node->kind == FILTER_OR;
	enum answer all = any ? ANSWER_NO : ANSWER_YES;

	if (!(node->class & CLASS_ROW))
		return ANSWER_YES;
	if (node->kind == FILTER_TEST)
		return test_answer(node, row);
	if (node->kind == FILTER_NOT)
		return ANSWER_YES - tree_answer(node->child, row);
	for (const struct filter_node *child = node->child; child; child = child->next) {
		enum answer one = tree_answer(child, row);

		if (any ? one > all : one < all)
			all = one;
	}
	return all;
}

bool filters_keep_row(const struct filter_list *list, const struct row *row)
{
	for (size_t i = 0; list && i < list->length; i++) {
		const struct filter_node *root = list->filters[i]->root;

		if (root && tree_answer(root, row) != ANSWER_YES)
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

/* The column that a test asks for; NULL: it asks for none. */
static const struct column *column_of_test(const struct filter_node *test)
{
	return test->field == FIELD_FIGURE ? column_get(test->column) : NULL;
}

static bool is_of_diffs(const struct filter_node *test)
{
	return column_of_test(test) && column_of_test(test)->needs == NEEDS_DIFF;
}

static bool is_of_snapshots(const struct filter_node *test)
{
	return column_of_test(test) && !column_ticks(column_of_test(test));
}

static bool is_of_ages(const struct filter_node *test)
{
	return column_of_test(test) && column_ages(column_of_test(test));
}

static bool is_of_growth(const struct filter_node *test)
{
	return column_of_test(test) && column_of_test(test)->needs == NEEDS_GROWTH;
}

static bool is_of_types(const struct filter_node *test)
{
	return test->field == FIELD_TYPE && !test->any;
}

static bool is_of_any_type(const struct filter_node *test)
{
	return test->field == FIELD_TYPE && test->any;
}

static bool is_of_looks(const struct filter_node *test)
{
	return test->field == FIELD_TYPE ||
	       (column_of_test(test) && column_of_test(test)->needs == NEEDS_LOOK);
}

static bool is_retained(const struct filter_node *test)
{
	return column_of_test(test) && column_of_test(test)->needs == NEEDS_RETAINED;
}

static const char *find_field(const struct filter_node *node,
			      bool (*is)(const struct filter_node *test))
{
	const char *found = NULL;

	if (node->kind == FILTER_TEST)
		return !is(node) ? NULL : column_of_test(node) ? column_of_test(node)->name :
		       node->any ? "any.type" : "type";
	for (const struct filter_node *child = node->child; child && !found; child = child->next)
		found = find_field(child, is);
	return found;
}

static const char *find_in_all(const struct filter_list *list,
			       bool (*is)(const struct filter_node *test))
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

const char *filters_age_field(const struct filter_list *list)
{
	return find_in_all(list, is_of_ages);
}

const char *filters_growth_field(const struct filter_list *list)
{
	return find_in_all(list, is_of_growth);
}

static bool is_untyped(const struct filter_node *test)
{
	return column_of_test(test) && !column_of_types(column_of_test(test));
}

const char *filters_untyped_field(const struct filter_list *list)
{
	return find_in_all(list, is_untyped);
}

const char *filters_look_field(const struct filter_list *list)
{
	return find_in_all(list, is_of_looks);
}

const char *filters_retained_field(const struct filter_list *list)
{
	return find_in_all(list, is_retained);
}

bool filters_ask_type(const struct filter_list *list, bool any)
{
	return find_in_all(list, any ? is_of_any_type : is_of_types);
}

const char *filters_not_of_stacks(const struct filter_list *list)
{
	if (filters_have_row_tests(list))
		return "keeps stacks: tests of figures such as size > 64K have no meaning here";
	if (filters_ask_type(list, false) || filters_ask_type(list, true))
		return "keeps stacks: only single moments know the types of their blocks";
	return NULL;
}
