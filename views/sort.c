/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A merge sort over items that carry the numbers of the order; groups are only
 * looked at where those are equal, rows only for columns.
 */
#include "views/sort.h"
#include <stdlib.h>
#include <string.h>

/* (size, count, traceback), or (|size_diff|, size, |count_diff|, count, traceback),
 * descending; of the traceback its order, if it is a stack. */
#define FIGURES 4

struct item {
	uint64_t figures[FIGURES];
	uint32_t stack, group;
};

struct order {
	struct table_parts *parts;
	const struct grouping *grouping;
	const struct column *column;    /* NULL: the default order */
	bool diff, reverse;
};

static uint64_t magnitude(uint64_t now, uint64_t old)
{
	return now > old ? now - old : old - now;
}

static int descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int column_order(const struct order *order, const struct group *a, const struct group *b)
{
	struct row x = table_row(&order->parts->table, a);
	struct row y = table_row(&order->parts->table, b);

	if (order->column->id == COLUMN_LOCATION) {
		table_name_row(order->parts, order->grouping, a, &x);
		table_name_row(order->parts, order->grouping, b, &y);
	}
	return order->column->compare(&x, &y);
}

static int default_order(const struct order *order, const struct item *a, const struct item *b)
{
	const struct group *groups = order->grouping->groups;

	for (unsigned i = 0; i < FIGURES; i++) {
		if (a->figures[i] != b->figures[i])
			return descending(a->figures[i], b->figures[i]);
	}
	if (a->stack != b->stack)
		return descending(a->stack, b->stack);
	return -grouping_compare(order->grouping, &groups[a->group], &groups[b->group]);
}

static bool goes_after(const struct order *order, const struct item *a, const struct item *b)
{
	const struct group *groups = order->grouping->groups;
	int result = 0;

	if (order->column)
		result = column_order(order, &groups[a->group], &groups[b->group]);
	if (!result)
		result = default_order(order, a, b);
	return order->reverse ? result < 0 : result > 0;
}

static void merge(const struct order *order, const struct item *from, struct item *to,
		  size_t middle, size_t length)
{
	size_t left = 0, right = middle;

	for (size_t i = 0; i < length; i++) {
		bool take_right = left == middle ||
				  (right < length &&
				   goes_after(order, &from[left], &from[right]));

		to[i] = take_right ? from[right++] : from[left++];
	}
}

/* Bottom up, between two arrays; returns the one that holds the result. */
static struct item *merge_sort(const struct order *order, struct item *items, struct item *spare,
			       size_t length)
{
	for (size_t run = 1; run < length; run *= 2) {
		struct item *swap = items;

		for (size_t at = 0; at < length; at += 2 * run) {
			size_t left = length - at;

			merge(order, items + at, spare + at, left < run ? left : run,
			      left < 2 * run ? left : 2 * run);
		}
		items = spare;
		spare = swap;
	}
	return items;
}

static struct item make_item(const struct order *order, uint32_t number)
{
	const struct group *group = &order->grouping->groups[number];
	struct item item = {.group = number};
	uint64_t *figures = item.figures;

	if (order->diff)
		*figures++ = magnitude(group->now.size, group->old_size);
	*figures++ = group->now.size;
	if (order->diff)
		*figures++ = magnitude(group->now.count, group->old_count);
	*figures = group->now.count;
	if (order->grouping->view.by == BY_TRACEBACK)
		item.stack = order->grouping->trie.nodes[group->key.a].order;
	return item;
}

static struct order make_order(struct table_parts *parts, const struct grouping *grouping)
{
	return (struct order){.parts = parts, .grouping = grouping,
			      .column = column_get(parts->table.view.sort),
			      .diff = parts->table.diff,
			      .reverse = parts->table.view.reverse};
}

bool sort_before(struct table_parts *parts, const struct grouping *grouping, uint32_t a,
		 uint32_t b)
{
	struct order order = make_order(parts, grouping);
	struct item x = make_item(&order, a), y = make_item(&order, b);

	return !goes_after(&order, &x, &y) && goes_after(&order, &y, &x);
}

bool sort_groups(struct table_parts *parts, const struct grouping *grouping, uint32_t *numbers,
		 size_t length)
{
	struct order order = make_order(parts, grouping);
	struct item *items = malloc(2 * length * sizeof(*items)), *sorted;

	if (!items)
		return length == 0;
	for (size_t i = 0; i < length; i++)
		items[i] = make_item(&order, numbers[i]);
	sorted = merge_sort(&order, items, items + length, length);
	for (size_t i = 0; i < length; i++)
		numbers[i] = sorted[i].group;
	free(items);
	return true;
}
