/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns (column.h): how a figure of each kind is written for people and for
 * programs, and which row goes first. */
#include "views/row/column.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "views/format/format.h"
#include "views/format/meter.h"
#include "views/format/name.h"
#include "views/format/number.h"
#include "views/row/row.h"
#include "views/row/sum.h"

static double column_average(const struct row *row)
{
	return row->now.count ? (double)row->now.size / (double)row->now.count : 0;
}

void row_verdict(const struct row *row, struct growth_verdict *verdict)
{
	static const struct growth_verdict none = {
		.since = -1, .last_grew = -1, .reason = "it held nothing at any census",
	};

	*verdict = row->growth ? *row->growth : none;
}

double row_freed(const struct row *row)
{
	return row->now.allocations > row->now.count ?
		       1 - (double)row->now.count / (double)row->now.allocations : 0;
}

static double column_share(const struct row *row)
{
	return row->parent_size ? (double)row->now.size / (double)row->parent_size : 0;
}

static double column_growth(const struct row *row)
{
	return row->growth ? row->growth->bytes : 0;
}

static unsigned column_verdict(const struct row *row)
{
	return row->growth ? row->growth->word : GROWTH_TOO_SHORT;
}

static void put_figure(char *text, size_t size, const char *figure)
{
	snprintf(text, size, "%s", figure);
}

static void put_size(char *text, size_t size, double bytes, bool sign)
{
	char figure[FORMAT_MAX];

	format_size(bytes, sign, figure);
	put_figure(text, size, figure);
}

static void put_count(char *text, size_t size, uint64_t count)
{
	char figure[FORMAT_MAX];

	format_count(count, figure);
	put_figure(text, size, figure);
}

static void put_count_diff(char *text, size_t size, int64_t diff)
{
	char figure[FORMAT_MAX];

	format_count(diff < 0 ? 0 - (uint64_t)diff : (uint64_t)diff, figure);
	snprintf(text, size, "%c%s", diff < 0 ? '-' : '+', figure);
}

static void put_percent(char *text, size_t size, uint64_t part, uint64_t whole)
{
	char figure[FORMAT_MAX];

	format_percent((double)part, (double)whole, figure);
	put_figure(text, size, figure);
}

/* A rate below a byte a second counts as 0, which has no sign. */
static void put_rate(const struct table *table, double rate, char *text, size_t size)
{
	if (!(table->seconds > 0))
		put_figure(text, size, "-");
	else if (rate > -0.5 && rate < 0.5)
		put_figure(text, size, "0 B");
	else
		put_size(text, size, rate, true);
}

#define CURVE_CELLS 12u

/* A row without a curve never held anything.  Recordings of older versions of memtop have
 * no curves at all. */
static void put_curve(const struct table *table, const struct row *row, char *text, size_t size)
{
	char curve[METER_BYTES(CURVE_CELLS)] = "";
	const float *run = row->growth ? row->growth->run : NULL;

	for (unsigned i = 0; run && i < GROWTH_RUN && !*curve; i++)
		if (run[i] > 0)
			meter_spark(run, GROWTH_RUN, CURVE_CELLS, table->view.ascii, curve,
				    sizeof(curve));
	put_figure(text, size, *curve ? curve : "-");
}

/* NaN: the age is not known, or no block has one. */
static void put_age(char *text, size_t size, double seconds)
{
	char figure[FORMAT_MAX] = "-";

	if (!isnan(seconds))
		format_span(seconds, figure);
	put_figure(text, size, figure);
}

static void put_age_data(char *text, size_t size, double seconds)
{
	if (isnan(seconds))
		*text = '\0';
	else
		number_text(seconds, text, size);
}

#define TYPE_CELLS 24u

/* The name comes from the program and is made safe; further types that the row has are
 * counted: "app.Session +2". */
static void put_type(const struct table *table, const struct row_type *type, char *text,
		     size_t size)
{
	char safe[1024], brief[1024], name[8 * TYPE_CELLS];

	format_shared(type->name ? type->name : "-", brief, sizeof(brief));
	format_safe(brief, safe, sizeof(safe));
	format_name(safe, TYPE_CELLS, table->view.ascii, name, sizeof(name));
	if (type->others)
		snprintf(text, size, "%s +%u", name, type->others);
	else
		put_figure(text, size, name);
}

/* Without blocks there is no average, and an empty cell is better than "0 B". */
static void put_mean(const struct row *row, double mean, char *text, size_t size)
{
	if (row->now.count)
		put_size(text, size, mean, false);
	else
		put_figure(text, size, "-");
}

static uint64_t key_of_signed(int64_t value)
{
	return (uint64_t)value ^ UINT64_C(1) << 63;
}

/* Turns a number into bits that compare as unsigned numbers do in the order of the
 * numbers: those of negative numbers are inverted. */
static uint64_t key_of_real(double value)
{
	uint64_t bits;

	value += 0.0;                   /* -0 becomes 0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* Whether no period of observation is long enough yet to say how fast the row grows. */
static bool growth_unknown(const struct row *row)
{
	return column_verdict(row) == GROWTH_TOO_SHORT && !(fabs(column_growth(row)) > 0);
}

/* Orders by the verdict first, with leaks at the top, then by the rate of growth or,
 * where that is not known yet, by growth since half-way through the run.  A row that
 * rises, but by too little for a verdict so far, is placed with the undecided ones. */
static uint64_t key_of_growth(const struct row *row)
{
	double growth = column_growth(row);
	unsigned word = column_verdict(row);

	if (word == GROWTH_TOO_SHORT && growth > 0)
		word = GROWTH_UNDECIDED;
	if (row->growth && growth_unknown(row))
		growth = (double)row->growth->run[GROWTH_RUN - 1] -
			 (double)row->growth->run[GROWTH_RUN / 2];
	return (uint64_t)word << 60 | key_of_real(growth) >> 4;
}

static void put_growth_rate(const struct row *row, double growth, char *text, size_t size)
{
	char figure[FORMAT_MAX];

	format_size(growth, true, figure);
	if (growth_unknown(row))
		put_figure(text, size, "-");
	else if (growth > 0 && growth_fades(column_verdict(row)))
		snprintf(text, size, "(%s)", figure);
	else
		put_figure(text, size, figure);
}

/*
 * The functions of a figure, by its kind: TEXT writes it for people, DATA for programs,
 * and KEY gives the number to sort by.
 */
#define KIND_BYTES(ID, value)                                                              \
	TEXT(ID, put_size(text, size, (double)(value), false))                             \
	DATA(ID, snprintf(text, size, "%" PRIu64, value)) KEY(ID, value)
#define KIND_COUNT(ID, value)                                                              \
	TEXT(ID, put_count(text, size, value))                                             \
	DATA(ID, snprintf(text, size, "%" PRIu64, value)) KEY(ID, value)
#define KIND_BYTES_DIFF(ID, value)                                                         \
	TEXT(ID, put_size(text, size, (double)(value), true))                              \
	DATA(ID, snprintf(text, size, "%" PRId64, value)) KEY(ID, key_of_signed(value))
#define KIND_COUNT_DIFF(ID, value)                                                         \
	TEXT(ID, put_count_diff(text, size, value))                                        \
	DATA(ID, snprintf(text, size, "%" PRId64, value)) KEY(ID, key_of_signed(value))
#define KIND_MEAN(ID, value)                                                               \
	TEXT(ID, put_mean(row, value, text, size))                                         \
	DATA(ID, number_text(value, text, size)) KEY(ID, key_of_real(value))
#define KIND_ERROR(ID, value)                                                              \
	TEXT(ID, put_size(text, size, value, false))                                       \
	DATA(ID, number_text(value, text, size)) KEY(ID, key_of_real(value))
#define KIND_RATE(ID, value)                                                               \
	TEXT(ID, put_rate(table, value, text, size))                                       \
	DATA(ID, number_text(value, text, size)) KEY(ID, key_of_real(value))
#define KIND_AGE(ID, value)                                                                \
	TEXT(ID, put_age(text, size, value)) DATA(ID, put_age_data(text, size, value))     \
	KEY(ID, isnan(value) ? 0 : key_of_real(value))
#define KIND_GROWTH(ID, value)                                                             \
	TEXT(ID, put_growth_rate(row, value, text, size))                                       \
	DATA(ID, number_text(value, text, size)) KEY(ID, key_of_growth(row))
#define KIND_VERDICT(ID, value)                                                            \
	TEXT(ID, put_figure(text, size, growth_word((enum growth_word)(value)))) KEY(ID, value)
#define KIND_TYPE(ID, value)                                                               \
	TEXT(ID, put_type(table, &row->type, text, size)) KEY(ID, value)
#define KIND_CURVE(ID, value)                                                              \
	TEXT(ID, put_curve(table, row, text, size)) KEY(ID, key_of_real(value))
/* A percentage of the whole table or of the parent's row.  Programs get none, since they
 * can divide. */
#define KIND_PERCENT(ID, value)                                                            \
	TEXT(ID, put_percent(text, size, value, table->sum.size)) KEY(ID, value)
#define KIND_SHARE(ID, value)                                                              \
	TEXT(ID, put_percent(text, size, row->now.size, row->parent_size)) \
	KEY(ID, key_of_real(value))

#define TEXT(ID, put)                                                                      \
	static void text_##ID(const struct table *table, const struct row *row, char *text, \
			      size_t size)                                                 \
	{                                                                                  \
		(void)table;                                                               \
		put;                                                                       \
	}
#define DATA(ID, put)                                                                      \
	static void data_##ID(const struct row *row, char *text, size_t size)              \
	{                                                                                  \
		put;                                                                       \
	}
#define KEY(ID, value)                                                                     \
	static uint64_t key_##ID(const struct row *row)                                    \
	{                                                                                  \
		return value;                                                              \
	}
#define FIGURE(ID, name, title, width, KIND, value, ...)                                   \
	KIND_##KIND(ID, value)                                                             \
	static long double number_##ID(const struct row *row)                              \
	{                                                                                  \
		return (long double)(value);                                               \
	}
#include "views/row/figures.def"
#undef FIGURE

static void text_location(const struct table *table, const struct row *row, char *text,
			  size_t size)
{
	(void)table;
	format_safe(row->key, text, size);
}

#define WEIGHT(title) title
#define NO_WEIGHT NULL
#define AT(text, screen, rank) {text, screen, rank}
#define NOWHERE {0, 0, 0}
#define PLACES(plain, diff, tree, growth) {plain, diff, tree, growth}
#define IS_TYPE(KIND) (sizeof(#KIND) == sizeof("TYPE") && #KIND[0] == 'T')
#define IS_BYTES(KIND) (sizeof(#KIND) == sizeof("BYTES") && #KIND[0] == 'B')

#define DATA_OF_BYTES(ID) data_##ID
#define DATA_OF_COUNT(ID) data_##ID
#define DATA_OF_BYTES_DIFF(ID) data_##ID
#define DATA_OF_COUNT_DIFF(ID) data_##ID
#define DATA_OF_MEAN(ID) data_##ID
#define DATA_OF_ERROR(ID) data_##ID
#define DATA_OF_RATE(ID) data_##ID
#define DATA_OF_GROWTH(ID) data_##ID
#define DATA_OF_AGE(ID) data_##ID
#define DATA_OF_PERCENT(ID) NULL
#define DATA_OF_SHARE(ID) NULL
#define DATA_OF_VERDICT(ID) NULL
#define DATA_OF_CURVE(ID) NULL
#define DATA_OF_TYPE(ID) NULL

static const struct column columns[COLUMNS] = {
#define FIGURE(ID, figure, heading, cells, KIND, value, NEEDS, KNOWN, FIELD, WEIGHT, PLACES, \
	       sentence)                                                                           \
	[COLUMN_##ID] = {.id = COLUMN_##ID, .name = figure, .title = heading,              \
			 .width = cells, .needs = NEEDS_##NEEDS, .known = KNOWN_##KNOWN,   \
			 .place = PLACES, .weight = WEIGHT, .bytes = IS_BYTES(KIND),       \
			 .help = sentence,                                                 \
			 .text = text_##ID, .data = DATA_OF_##KIND(ID), .key = key_##ID,   \
			 .number = number_##ID, .type = IS_TYPE(KIND)},
#include "views/row/figures.def"
#undef FIGURE
	[COLUMN_LOCATION] = {.id = COLUMN_LOCATION, .text = text_location, .name = "location",
			     .title = "location", .width = 20, .left = true,
			     .help = "what the row is: a line, file, function, ...; A to Z"},
};

const struct column *column_get(enum column_id id)
{
	return id > COLUMN_DEFAULT && id < COLUMNS ? &columns[id] : NULL;
}

bool column_of_types(const struct column *column)
{
	return column->known == KNOWN_ALWAYS;
}

/* Whether each row of the table has a single type. */
static bool is_typed(const struct table *table)
{
	return table->now->look && table->now->look->type_of_row;
}

bool column_shown(const struct column *column, const struct table *table)
{
	if (is_typed(table) && !column_of_types(column))
		return false;
	if (table->now->look && table->now->look->sizes_alone && column->needs >= NEEDS_LOOK)
		return false;
	switch (column->needs) {
	case NEEDS_DIFF:
		return table->diff;
	case NEEDS_RATE:
		return table->seconds > 0;
	case NEEDS_TREE:
		return table->view.by == BY_TREE;
	case NEEDS_SAMPLES:
		return table->now->sample;
	case NEEDS_GROWTH:
		return table->now->growth && !table->diff && !table->view.cumulative &&
		       table->view.by != BY_TREE;
	case NEEDS_RETAINED:
		return look_retains(table->now->look) && !table->view.cumulative &&
		       table->view.by != BY_TREE;
	case NEEDS_TYPES:
		return table->now->look && table->now->look->types && !table->view.cumulative &&
		       table->view.by != BY_TREE && table->view.by != BY_TYPE;
	case NEEDS_LOOK:
		return table->now->look || (table->old && table->old->look);
	default:
		return true;
	}
}

bool column_ticks(const struct column *column)
{
	return column->known < KNOWN_SNAPSHOTS;
}

bool column_ages(const struct column *column)
{
	return column->known == KNOWN_AGES;
}

bool column_known(const struct column *column, const struct table *table)
{
	return (table->now->kind != MOMENT_TICK || column_ticks(column)) &&
	       (!is_typed(table) || column_of_types(column)) &&
	       !(table->now->ageless && column_ages(column)) &&
	       (table->now->look || column->needs < NEEDS_LOOK);
}

void column_put(const struct column *column, const struct table *table, const struct row *row,
		char *text, size_t size)
{
	if (column_known(column, table))
		column->text(table, row, text, size);
	else
		put_figure(text, size, "-");
}

enum column_layout column_layout(const struct table *table)
{
	if (table && table->diff)
		return LAYOUT_DIFF;
	if (table && table->view.sort == COLUMN_GROWTH)
		return LAYOUT_GROWTH;
	return table && table->view.by == BY_TREE ? LAYOUT_TREE : LAYOUT_PLAIN;
}

const struct column *column_of_text(enum column_layout layout, unsigned place)
{
	for (unsigned i = COLUMN_DEFAULT + 1; i < COLUMNS; i++) {
		if (columns[i].place[layout].text == place)
			return &columns[i];
	}
	return NULL;
}

const struct column *column_of_screen(enum column_layout layout, unsigned place)
{
	for (unsigned i = COLUMN_DEFAULT + 1; i < COLUMNS; i++) {
		if (columns[i].place[layout].screen == place)
			return &columns[i];
	}
	return NULL;
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
