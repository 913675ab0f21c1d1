/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns (column.h): one line each, with how a figure is written and
 * which row goes first. */
#include "views/column.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "views/format.h"
#include "views/table.h"

static double average(const struct row *row)
{
	return row->now.count ? (double)row->now.size / (double)row->now.count : 0;
}

static void put(char *text, size_t size, const char *figure)
{
	snprintf(text, size, "%s", figure);
}

static void put_size(char *text, size_t size, double bytes, bool sign)
{
	char figure[FORMAT_MAX];

	format_size(bytes, sign, figure);
	put(text, size, figure);
}

static void put_count(char *text, size_t size, uint64_t count)
{
	char figure[FORMAT_MAX];

	format_count(count, figure);
	put(text, size, figure);
}

#define SIZE_TEXT(name, value, sign)                                                      \
	static void text_##name(const struct table *table, const struct row *row, char *text, \
				size_t size)                                               \
	{                                                                                  \
		(void)table;                                                               \
		put_size(text, size, (double)(value), sign);                               \
	}
#define COUNT_TEXT(name, value)                                                           \
	static void text_##name(const struct table *table, const struct row *row, char *text, \
				size_t size)                                               \
	{                                                                                  \
		(void)table;                                                               \
		put_count(text, size, value);                                              \
	}
/* "percent" is ordered as size is. */
#define compare_percent compare_size
#define DESCENDING(name, value_a, value_b)                                                \
	static int compare_##name(const struct row *a, const struct row *b)               \
	{                                                                                  \
		return ((value_a) < (value_b)) - ((value_a) > (value_b));                  \
	}

SIZE_TEXT(size, row->now.size, false)
SIZE_TEXT(average, average(row), false)
SIZE_TEXT(total, row->now.total, false)
SIZE_TEXT(peak, row->peak, false)
SIZE_TEXT(size_diff, row->size_diff, true)
SIZE_TEXT(old_size, row->old_size, false)
COUNT_TEXT(count, row->now.count)
COUNT_TEXT(allocations, row->now.allocations)
COUNT_TEXT(temporary, row->now.temporary)

DESCENDING(size, a->now.size, b->now.size)
DESCENDING(count, a->now.count, b->now.count)
DESCENDING(average, average(a), average(b))
DESCENDING(total, a->now.total, b->now.total)
DESCENDING(allocations, a->now.allocations, b->now.allocations)
DESCENDING(temporary, a->now.temporary, b->now.temporary)
DESCENDING(peak, a->peak, b->peak)
DESCENDING(size_diff, a->size_diff, b->size_diff)
DESCENDING(count_diff, a->count_diff, b->count_diff)
DESCENDING(old_size, a->old_size, b->old_size)

static void text_percent(const struct table *table, const struct row *row, char *text,
			 size_t size)
{
	char figure[FORMAT_MAX];

	format_percent((double)row->now.size, (double)table->sum.size, figure);
	put(text, size, figure);
}

static void text_count_diff(const struct table *table, const struct row *row, char *text,
			    size_t size)
{
	char figure[FORMAT_MAX];
	int64_t diff = row->count_diff;

	(void)table;
	format_count(diff < 0 ? 0 - (uint64_t)diff : (uint64_t)diff, figure);
	snprintf(text, size, "%c%s", diff < 0 ? '-' : '+', figure);
}

static void text_location(const struct table *table, const struct row *row, char *text,
			  size_t size)
{
	(void)table;
	format_safe(row->key, text, size);
}

static int compare_location(const struct row *a, const struct row *b)
{
	return strcmp(a->key, b->key);
}

#define COLUMN(ID, field) .id = COLUMN_##ID, .text = text_##field, .compare = compare_##field

static const struct column columns[COLUMNS] = {
	[COLUMN_SIZE] = {COLUMN(SIZE, size), .name = "size", .title = "size", .width = 9,
			 .help = "bytes of live blocks"},
	[COLUMN_PERCENT] = {COLUMN(PERCENT, percent), .name = "percent", .title = "%",
			    .width = 5, .help = "share of the bytes that the filters keep"},
	[COLUMN_COUNT] = {COLUMN(COUNT, count), .name = "count", .title = "count", .width = 11,
			  .help = "live blocks"},
	[COLUMN_AVERAGE] = {COLUMN(AVERAGE, average), .name = "average", .title = "average",
			    .width = 9, .help = "bytes of a live block on average"},
	[COLUMN_TOTAL] = {COLUMN(TOTAL, total), .name = "total", .title = "total", .width = 9,
			  .help = "bytes ever allocated"},
	[COLUMN_ALLOCATIONS] = {COLUMN(ALLOCATIONS, allocations), .name = "allocations",
				.title = "allocs", .width = 13,
				.help = "blocks ever allocated"},
	[COLUMN_TEMPORARY] = {COLUMN(TEMPORARY, temporary), .name = "temporary",
			      .title = "temporary", .width = 13,
			      .help = "blocks freed by their thread's next event"},
	[COLUMN_PEAK] = {COLUMN(PEAK, peak), .name = "peak", .title = "at peak", .width = 9,
			 .help = "bytes when the total was at its peak"},
	[COLUMN_SIZE_DIFF] = {COLUMN(SIZE_DIFF, size_diff), .name = "size_diff",
			      .title = "size diff", .width = 10, .diff_only = true,
			      .help = "new bytes minus old bytes"},
	[COLUMN_COUNT_DIFF] = {COLUMN(COUNT_DIFF, count_diff), .name = "count_diff",
			       .title = "count diff", .width = 12, .diff_only = true,
			       .help = "new blocks minus old blocks"},
	[COLUMN_OLD_SIZE] = {COLUMN(OLD_SIZE, old_size), .name = "old_size",
			     .title = "old size", .width = 9, .diff_only = true,
			     .help = "bytes in the old snapshot"},
	[COLUMN_LOCATION] = {COLUMN(LOCATION, location), .name = "location",
			     .title = "location", .width = 20, .left = true,
			     .help = "what the row is: a line, file, function, ...; A to Z"},
};

const struct column *column_get(enum column_id id)
{
	return id > COLUMN_DEFAULT && id < COLUMNS ? &columns[id] : NULL;
}

const struct column *column_find(const char *word)
{
	const struct column *found = NULL;
	size_t length = strlen(word);

	for (unsigned i = COLUMN_DEFAULT + 1; i < COLUMNS; i++) {
		if (!strcasecmp(columns[i].name, word))
			return &columns[i];
	}
	for (unsigned i = COLUMN_DEFAULT + 1; i < COLUMNS && length; i++) {
		if (strncasecmp(columns[i].title, word, length))
			continue;
		if (found)
			return NULL;
		found = &columns[i];
	}
	return found;
}
