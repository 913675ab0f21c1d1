/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns (column.h): one line each, with how a figure is written for
 * people and for programs, and which row goes first. */
#include "views/column.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "views/format.h"
#include "views/number.h"
#include "views/table.h"

static double average(const struct row *row)
{
	return row->now.count ? (double)row->now.size / (double)row->now.count : 0;
}

static double share(const struct row *row)
{
	return row->parent_size ? (double)row->now.size / (double)row->parent_size : 0;
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
SIZE_TEXT(size, row->now.size, false)
SIZE_TEXT(total, row->now.total, false)
SIZE_TEXT(peak, row->peak, false)
SIZE_TEXT(size_diff, row->size_diff, true)
SIZE_TEXT(old_size, row->old_size, false)
SIZE_TEXT(error, row->error, false)
COUNT_TEXT(count, row->now.count)
COUNT_TEXT(allocations, row->now.allocations)
COUNT_TEXT(temporary, row->now.temporary)

#define DATA(name, format, value)                                                         \
	static void data_##name(const struct row *row, char *text, size_t size)            \
	{                                                                                  \
		snprintf(text, size, "%" format, value);                                   \
	}
DATA(size, PRIu64, row->now.size)
DATA(count, PRIu64, row->now.count)
DATA(total, PRIu64, row->now.total)
DATA(allocations, PRIu64, row->now.allocations)
DATA(temporary, PRIu64, row->now.temporary)
DATA(peak, PRIu64, row->peak)
DATA(size_diff, PRId64, row->size_diff)
DATA(count_diff, PRId64, row->count_diff)
DATA(old_size, PRIu64, row->old_size)

static void data_average(const struct row *row, char *text, size_t size)
{
	number_text(average(row), text, size);
}

static void data_error(const struct row *row, char *text, size_t size)
{
	number_text(row->error, text, size);
}

static void data_rate(const struct row *row, char *text, size_t size)
{
	number_text(row->rate, text, size);
}

static uint64_t key_of_signed(int64_t value)
{
	return (uint64_t)value ^ UINT64_C(1) << 63;
}

/* As the bits of two numbers, so the numbers: negative ones the other way round. */
static uint64_t key_of_real(double value)
{
	uint64_t bits;

	value += 0.0;                   /* there is but one 0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

#define KEY(name, value)                                                                  \
	static uint64_t key_##name(const struct row *row)                                  \
	{                                                                                  \
		return value;                                                              \
	}
KEY(size, row->now.size)
KEY(percent, row->now.size)
KEY(count, row->now.count)
KEY(average, key_of_real(average(row)))
KEY(total, row->now.total)
KEY(allocations, row->now.allocations)
KEY(temporary, row->now.temporary)
KEY(peak, row->peak)
KEY(size_diff, key_of_signed(row->size_diff))
KEY(count_diff, key_of_signed(row->count_diff))
KEY(old_size, row->old_size)
KEY(rate, key_of_real(row->rate))
KEY(error, key_of_real(row->error))
KEY(share, key_of_real(share(row)))

/* No block has no average: nothing is better than "0 B". */
static void text_average(const struct table *table, const struct row *row, char *text,
			 size_t size)
{
	(void)table;
	if (row->now.count)
		put_size(text, size, average(row), false);
	else
		put(text, size, "-");
}

/* Less than a byte a second is none, and none has no sign. */
static void text_rate(const struct table *table, const struct row *row, char *text,
		      size_t size)
{
	if (!(table->seconds > 0))
		put(text, size, "-");
	else if (row->rate > -0.5 && row->rate < 0.5)
		put(text, size, "0 B");
	else
		put_size(text, size, row->rate, true);
}

static void text_share(const struct table *table, const struct row *row, char *text,
		       size_t size)
{
	char figure[FORMAT_MAX];

	(void)table;
	format_percent((double)row->now.size, (double)row->parent_size, figure);
	put(text, size, figure);
}

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

#define COLUMN(ID, field) .id = COLUMN_##ID, .text = text_##field, .key = key_##field
#define FIGURE(ID, field) COLUMN(ID, field), .data = data_##field

static const struct column columns[COLUMNS] = {
	[COLUMN_SIZE] = {FIGURE(SIZE, size), .name = "size", .title = "size", .width = 9,
			 .help = "bytes of live blocks"},
	[COLUMN_PERCENT] = {COLUMN(PERCENT, percent), .name = "percent", .title = "%",
			    .width = 4, .help = "share of the bytes that the filters keep"},
	[COLUMN_COUNT] = {FIGURE(COUNT, count), .name = "count", .title = "count", .width = 10,
			  .help = "live blocks"},
	[COLUMN_AVERAGE] = {FIGURE(AVERAGE, average), .name = "average", .title = "average",
			    .width = 9, .help = "bytes of a live block on average"},
	[COLUMN_TOTAL] = {FIGURE(TOTAL, total), .name = "total", .title = "total", .width = 9,
			  .help = "bytes ever allocated"},
	[COLUMN_ALLOCATIONS] = {FIGURE(ALLOCATIONS, allocations), .name = "allocations",
				.title = "allocs", .width = 12,
				.help = "blocks ever allocated"},
	[COLUMN_TEMPORARY] = {FIGURE(TEMPORARY, temporary), .name = "temporary",
			      .title = "temporary", .width = 12,
			      .help = "blocks freed by their thread's next event"},
	[COLUMN_PEAK] = {FIGURE(PEAK, peak), .name = "peak", .title = "at peak", .width = 9,
			 .help = "bytes when the total was at its peak"},
	[COLUMN_SIZE_DIFF] = {FIGURE(SIZE_DIFF, size_diff), .name = "size_diff",
			      .title = "size diff", .width = 10, .diff_only = true,
			      .help = "new bytes minus old bytes"},
	[COLUMN_COUNT_DIFF] = {FIGURE(COUNT_DIFF, count_diff), .name = "count_diff",
			       .title = "count diff", .width = 11, .diff_only = true,
			       .help = "new blocks minus old blocks"},
	[COLUMN_OLD_SIZE] = {FIGURE(OLD_SIZE, old_size), .name = "old_size",
			     .title = "old size", .width = 9, .diff_only = true,
			     .help = "bytes in the old snapshot"},
	[COLUMN_RATE] = {FIGURE(RATE, rate), .name = "rate", .title = "size/s", .width = 10,
			 .rate_only = true, .help = "bytes that it grows by in a second"},
	[COLUMN_SHARE] = {COLUMN(SHARE, share), .name = "share", .title = "% above",
			  .width = 7, .tree_only = true,
			  .help = "in a tree: share of the bytes of the row above it"},
	[COLUMN_ERROR] = {FIGURE(ERROR, error), .name = "error", .title = "+/- size",
			  .width = 9, .sample_only = true,
			  .help = "of samples: the standard error of the size"},
	[COLUMN_LOCATION] = {.id = COLUMN_LOCATION, .text = text_location, .name = "location",
			     .title = "location", .width = 20, .left = true,
			     .help = "what the row is: a line, file, function, ...; A to Z"},
};

const struct column *column_get(enum column_id id)
{
	return id > COLUMN_DEFAULT && id < COLUMNS ? &columns[id] : NULL;
}

bool column_shown(const struct column *column, const struct table *table)
{
	return (!column->diff_only || table->diff) &&
	       (!column->rate_only || table->seconds > 0) &&
	       (!column->sample_only || table->now->sample) &&
	       (!column->tree_only || table->view.by == BY_TREE);
}

const struct column *column_find(const char *word)
{
	const struct column *found = NULL;
	bool many = false;
	size_t length = strlen(word);

	for (unsigned i = COLUMN_DEFAULT + 1; i < COLUMNS; i++) {
		if (!strcasecmp(columns[i].name, word))
			return &columns[i];
	}
	for (unsigned i = COLUMN_DEFAULT + 1; i < COLUMNS && length; i++) {
		if (!strcasecmp(columns[i].title, word))
			return &columns[i];
		if (strncasecmp(columns[i].title, word, length))
			continue;
		many = many || found;
		found = &columns[i];
	}
	return many ? NULL : found;
}
