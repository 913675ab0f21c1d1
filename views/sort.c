/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A merge sort over small items that carry the first two numbers of the order;
 * rows and stacks are only looked at where those are equal, and moved once, at
 * the end.
 */
#include "views/sort.h"
#include <stdlib.h>
#include <string.h>

struct item {
	uint64_t first, second;         /* descending */
	uint32_t row;
};

struct order {
	const struct column *column;    /* NULL: the default order */
	bool diff;
	const struct grouping *grouping;
	const struct row *rows;
	const uint32_t *of;
	bool reverse;
};

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static int descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* (size, count, traceback), or (|size_diff|, size, |count_diff|, count, traceback). */
static int default_order(const struct order *order, uint32_t a, uint32_t b)
{
	const struct row *x = &order->rows[a], *y = &order->rows[b];
	const struct group *groups = order->grouping->groups;
	int result = 0;

	if (order->diff)
		result = descending(magnitude(x->size_diff), magnitude(y->size_diff));
	if (!result)
		result = descending(x->now.size, y->now.size);
	if (!result && order->diff)
		result = descending(magnitude(x->count_diff), magnitude(y->count_diff));
	if (!result)
		result = descending(x->now.count, y->now.count);
	if (!result)
		result = -grouping_compare(order->grouping, &groups[order->of[a]],
					   &groups[order->of[b]]);
	return result;
}

static bool goes_after(const struct order *order, const struct item *a, const struct item *b)
{
	int result = descending(a->first, b->first);

	if (!result)
		result = descending(a->second, b->second);
	if (!result && order->column)
		result = order->column->compare(&order->rows[a->row], &order->rows[b->row]);
	if (!result)
		result = default_order(order, a->row, b->row);
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

/* Moves rows to their places along the cycles of the permutation. */
static void permute(struct item *items, struct row *rows, uint32_t *of, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		struct row row = rows[i];
		uint32_t group = of[i];
		size_t at = i;

		if (items[i].row == i)
			continue;
		while (items[at].row != i) {
			size_t next = items[at].row;

			rows[at] = rows[next];
			of[at] = of[next];
			items[at].row = (uint32_t)at;
			at = next;
		}
		rows[at] = row;
		of[at] = group;
		items[at].row = (uint32_t)at;
	}
}

bool sort_rows(const struct view *view, bool diff, const struct grouping *grouping,
	       struct row *rows, uint32_t *of, size_t length)
{
	struct order order = {.column = column_get(view->sort), .diff = diff,
			      .grouping = grouping, .rows = rows, .of = of,
			      .reverse = view->reverse};
	struct item *items = malloc(2 * length * sizeof(*items));

	if (!items)
		return length == 0;
	for (size_t i = 0; i < length; i++) {
		const struct row *row = &rows[i];

		items[i] = (struct item){.row = (uint32_t)i};
		if (order.column)
			continue;
		items[i].first = diff ? magnitude(row->size_diff) : row->now.size;
		items[i].second = diff ? row->now.size : row->now.count;
	}
	permute(merge_sort(&order, items, items + length, length), rows, of, length);
	free(items);
	return true;
}
