/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_COLUMN_H
#define VIEWS_COLUMN_H
/* The one table of columns that screens, text, CSV and JSON use. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row;
struct table;

enum column_id {
	COLUMN_DEFAULT,                 /* no column: the order of tracemalloc */
	COLUMN_SIZE, COLUMN_PERCENT, COLUMN_COUNT, COLUMN_AVERAGE, COLUMN_TOTAL,
	COLUMN_ALLOCATIONS, COLUMN_TEMPORARY, COLUMN_PEAK, COLUMN_SIZE_DIFF, COLUMN_COUNT_DIFF,
	COLUMN_OLD_SIZE, COLUMN_RATE, COLUMN_SHARE, COLUMN_ERROR, COLUMN_LOCATION,
	COLUMNS
};

struct column {
	enum column_id id;
	const char *name;               /* JSON key, --sort word, CSV header */
	const char *title;              /* on the screen */
	unsigned width;                 /* cells a figure needs at most */
	bool left;                      /* left aligned (text) */
	bool diff_only, rate_only, tree_only, sample_only;   /* where there is such a figure */
	const char *help;               /* one sentence */
	/* The figure as people read it: at most size - 1 bytes, NUL-terminated. */
	void (*text)(const struct table *table, const struct row *row, char *text, size_t size);
	/* The figure as programs read it, JSON and CSV: with a point if it is not whole;
	 * NULL: not for programs. */
	void (*data)(const struct row *row, char *text, size_t size);
	/* What rows are ordered by, the largest first; NULL: by their `key`, A to Z. */
	uint64_t (*key)(const struct row *row);
};

/* NULL for COLUMN_DEFAULT and out of range. */
const struct column *column_get(enum column_id id);
/* Whether a table has the figure. */
bool column_shown(const struct column *column, const struct table *table);
/* By name or unambiguous title, ignoring case; NULL if there is none. */
const struct column *column_find(const char *word);

#endif
