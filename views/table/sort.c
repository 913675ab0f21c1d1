/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows are ordered by a few numbers: the column's value, the figures, the place of a
 * stack.  Each number gets as many bits as the largest of its kind needs.  Usually all of
 * them fit into one key of 64 bits, by which a radix sort orders the rows.  Where they do
 * not fit, or where names decide, rows with equal keys are compared.
 */
#include "views/table/sort.h"
#include <stdlib.h>
#include <string.h>

/* The fields of a key: the column's value, then (size, count, traceback) or, in a diff,
 * (|size_diff|, size, |count_diff|, count, traceback), all descending.  A traceback is
 * represented by its place in the order, and only in tables whose rows are stacks. */
#define FIELDS 6u
#define DIGIT 11u                       /* bits that one pass sorts by */
#define DIGITS (1u << DIGIT)
/* Up to this many items, sorting by comparisons is faster. */
#define FEW 64u

struct item {
	uint64_t key;
	uint32_t group;
};

struct order {
	struct table_parts *parts;
	const struct grouping *grouping;
	const struct column *column;    /* NULL: the default order */
	bool diff, reverse;
	unsigned fields;
};

static uint64_t magnitude(uint64_t now, uint64_t old)
{
	return now > old ? now - old : old - now;
}

static bool by_name(const struct order *order)
{
	return order->column && !order->column->key;
}

static void read_fields(const struct order *order, const struct group *group,
			uint64_t fields[FIELDS])
{
	if (order->column && order->column->key) {
		struct row row;

		table_make_row(&order->parts->table, group, &row);
		*fields++ = order->column->key(&row);
	}
	if (order->diff)
		*fields++ = magnitude(group->now.size, group->was);
	*fields++ = group->now.size;
	if (order->diff)
		*fields++ = magnitude(group->now.count, group->old_count);
	*fields++ = group->now.count;
	if (order->grouping->view.by == BY_TRACEBACK)
		*fields = order->grouping->trie.nodes[group->key.a].order;
}

static struct order make_order(struct table_parts *parts, const struct grouping *grouping)
{
	struct order order = {.parts = parts, .grouping = grouping,
			      .column = column_get(parts->table.view.sort),
			      .diff = parts->table.diff,
			      .reverse = parts->table.view.reverse};

	order.fields = 2u + (order.column && order.column->key) + 2u * order.diff +
		       (grouping->view.by == BY_TRACEBACK);
	return order;
}

static int compare_names(const struct order *order, const struct group *a, const struct group *b)
{
	struct row x, y;

	table_make_row(&order->parts->table, a, &x);
	table_make_row(&order->parts->table, b, &y);
	table_name_row(order->parts, a, &x);
	table_name_row(order->parts, b, &y);
	return strcmp(x.key, y.key);
}

static int compare_groups(const struct order *order, const struct group *a,
			  const struct group *b)
{
	uint64_t x[FIELDS], y[FIELDS];
	int result = by_name(order) ? compare_names(order, a, b) : 0;

	if (result)
		return result;
	read_fields(order, a, x);
	read_fields(order, b, y);
	for (unsigned i = 0; i < order->fields; i++) {
		if (x[i] != y[i])
			return x[i] > y[i] ? -1 : 1;
	}
	return -grouping_compare(order->grouping, a, b);
}

static bool goes_after(const struct order *order, uint32_t a, uint32_t b)
{
	const struct group *groups = order->grouping->groups;
	int result = compare_groups(order, &groups[a], &groups[b]);

	return order->reverse ? result < 0 : result > 0;
}

static void sort_merge(const struct order *order, const struct item *from,
		       struct item *to, size_t middle, size_t length)
{
	size_t left = 0, right = middle;

	for (size_t i = 0; i < length && !table_stopped(order->parts, i); i++) {
		bool take_right = left == middle ||
				  (right < length &&
				   goes_after(order, from[left].group, from[right].group));

		to[i] = take_right ? from[right++] : from[left++];
	}
}

/* Merge sort from the bottom up between two arrays; the result is in the first. */
static void merge_sort(const struct order *order, struct item *items, struct item *spare,
		       size_t length)
{
	struct item *from = items, *to = spare;

	for (size_t run = 1; run < length; run *= 2) {
		struct item *swap = from;

		for (size_t at = 0; at < length; at += 2 * run) {
			size_t left = length - at;

			sort_merge(order, from + at, to + at, left < run ? left : run,
				   left < 2 * run ? left : 2 * run);
		}
		from = to;
		to = swap;
	}
	if (from != items)
		memcpy(items, from, length * sizeof(*items));
}

/* One stable pass by a digit of the key, the largest first unless the order is
 * reversed. */
static void sort_digit(const struct order *order, const struct item *from, struct item *to,
		       size_t length, unsigned shift)
{
	uint32_t starts[DIGITS] = {0}, sum = 0, flip = order->reverse ? 0 : DIGITS - 1;

	for (size_t i = 0; i < length; i++)
		starts[(from[i].key >> shift & (DIGITS - 1)) ^ flip]++;
	for (unsigned i = 0; i < DIGITS; i++) {
		uint32_t n = starts[i];

		starts[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < length; i++)
		to[starts[(from[i].key >> shift & (DIGITS - 1)) ^ flip]++] = from[i];
}

static void radix_sort(const struct order *order, struct item *items, struct item *spare,
		       size_t length, unsigned bits)
{
	struct item *from = items, *to = spare;

	for (unsigned shift = 0; shift < bits && !table_stopped(order->parts, 0); shift += DIGIT) {
		struct item *swap = from;

		sort_digit(order, from, to, length, shift);
		from = to;
		to = swap;
	}
	if (from != items)
		memcpy(items, from, length * sizeof(*items));
}

static unsigned sort_bits_of(uint64_t value)
{
	return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

/* Finds out how many bits each field needs. */
static void measure(const struct order *order, const struct item *items, size_t length,
		    unsigned bits[FIELDS])
{
	uint64_t all[FIELDS] = {0}, fields[FIELDS];

	for (size_t i = 0; i < length && !table_stopped(order->parts, i); i++) {
		read_fields(order, &order->grouping->groups[items[i].group], fields);
		for (unsigned f = 0; f < order->fields; f++)
			all[f] |= fields[f];
	}
	for (unsigned f = 0; f < order->fields; f++)
		bits[f] = sort_bits_of(all[f]);
}

/* Packs as many of the fields' bits as fit into a number; the first field gets the
 * highest bits. */
static uint64_t sort_pack(const struct order *order, const uint64_t fields[FIELDS],
			  const unsigned bits[FIELDS])
{
	unsigned room = 64;
	uint64_t key = 0;

	for (unsigned f = 0; f < order->fields && room; f++) {
		unsigned taken = bits[f] < room ? bits[f] : room;

		if (taken)
			key = (taken < 64 ? key << taken : 0) | fields[f] >> (bits[f] - taken);
		room -= taken;
	}
	return key;
}

/* Sorts the items by their keys, so that items with equal keys stand next to each
 * other. */
static void sort_keys(const struct order *order, struct item *items, size_t length)
{
	unsigned bits[FIELDS], all = 0;
	uint64_t fields[FIELDS];

	measure(order, items, length, bits);
	for (unsigned f = 0; f < order->fields; f++)
		all += bits[f];
	for (size_t i = 0; i < length && !table_stopped(order->parts, i); i++) {
		read_fields(order, &order->grouping->groups[items[i].group], fields);
		items[i].key = sort_pack(order, fields, bits);
	}
	radix_sort(order, items, items + length, length, all < 64 ? all : 64);
}

bool sort_before(struct table_parts *parts, const struct grouping *grouping, uint32_t a,
		 uint32_t b)
{
	struct order order = make_order(parts, grouping);

	return !goes_after(&order, a, b) && goes_after(&order, b, a);
}

bool sort_groups(struct table_parts *parts, const struct grouping *grouping, uint32_t *numbers,
		 size_t length)
{
	struct order order = make_order(parts, grouping);
	struct item *items = malloc(2 * length * sizeof(*items));
	size_t same;

	if (!items)
		return length == 0;
	for (size_t i = 0; i < length; i++)
		items[i] = (struct item){.group = numbers[i]};
	if (length > FEW && !by_name(&order))
		sort_keys(&order, items, length);
	for (size_t i = 0; i < length; i += same) {
		for (same = 1; i + same < length && items[i + same].key == items[i].key;)
			same++;
		merge_sort(&order, items + i, items + length, same);
	}
	for (size_t i = 0; i < length; i++)
		numbers[i] = items[i].group;
	free(items);
	return !parts->stopped;
}
