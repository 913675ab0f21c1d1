/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_COLUMN_H
#define VIEWS_ROW_COLUMN_H
/* The one table of columns that screens, text, CSV and JSON use: the figures of
 * figures.def, and the location. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row;
struct table;

enum column_id {
	COLUMN_DEFAULT,                 /* no column: tracemalloc's order */
#define FIGURE(ID, ...) COLUMN_##ID,
#include "views/row/figures.def"
#undef FIGURE
	COLUMN_LOCATION,
	COLUMNS
};

/* What a table must have for the figure to make sense. */
enum column_needs {
	NEEDS_NOTHING, NEEDS_DIFF, NEEDS_RATE, NEEDS_TREE, NEEDS_SAMPLES, NEEDS_GROWTH,
	NEEDS_LOOK,
	NEEDS_TYPES,                    /* the look knows types, and rows share no
					 * block */
	NEEDS_RETAINED                  /* a look for holders, and the same of rows */
};

/* For which blocks and moments a figure can be known. */
enum column_known_of {
	KNOWN_ALWAYS,                   /* of any blocks, at any moment */
	KNOWN_STACKS,                   /* not for blocks of a single type */
	KNOWN_SNAPSHOTS,                /* nor at moments of the history */
	KNOWN_AGES                      /* nor, perhaps, for single rows */
};

/* Each kind of table has its own order of columns. */
enum column_layout { LAYOUT_PLAIN, LAYOUT_DIFF, LAYOUT_TREE, LAYOUT_GROWTH, LAYOUTS };

struct column_place {
	uint8_t text, screen;           /* place, from 1; 0: not shown */
	uint8_t rank;                   /* on screens: 0 is the last to be left out */
};

struct column {
	enum column_id id;
	const char *name;               /* JSON key, --sort word, CSV header */
	const char *title;              /* on the screen */
	unsigned width;                 /* cells that a figure needs at most */
	bool left;                      /* left aligned (text) */
	enum column_needs needs;
	enum column_known_of known;
	struct column_place place[LAYOUTS];
	const char *weight;             /* what exports call the weight of stacks by this
					 * figure; NULL: single stacks don't have it */
	bool bytes;                     /* the weight counts bytes, not blocks */
	const char *help;               /* one sentence */
	/* The figure as people read it: at most size - 1 bytes, NUL-terminated. */
	void (*text)(const struct table *table, const struct row *row, char *text, size_t size);
	/* The figure as programs read it in JSON and CSV: with a decimal point if it is
	 * not whole, and empty where it is not known.  NULL: not for programs. */
	void (*data)(const struct row *row, char *text, size_t size);
	bool type;                      /* programs get a text: row_type_name */
	/* The number by which rows are sorted, the largest first; for weights it is the
	 * figure itself.  NULL: sorted by the rows' `key`, A to Z. */
	uint64_t (*key)(const struct row *row);
	/* The exact figure; NaN: it is not known.  NULL for the location. */
	long double (*number)(const struct row *row);
};

/* NULL for COLUMN_DEFAULT and out of range. */
const struct column *column_get(enum column_id id);
/* True if a table has the figure. */
bool column_shown(const struct column *column, const struct table *table);
/* True if the figure is known at moments of the history. */
bool column_ticks(const struct column *column);
/* Whether the figure tells how old blocks are; it may then be unknown for single rows. */
bool column_ages(const struct column *column);
/* True if the figure is known for blocks of a single type. */
bool column_of_types(const struct column *column);
/* Whether the figure is known in a table: moments of the history have no temporary
 * blocks, no bytes held at the peak and no ages; recordings of older versions of memtop
 * have no ages; and only a look at the heap tells what nobody holds. */
bool column_known(const struct column *column, const struct table *table);
/* As column->text; "-" where it is not known. */
void column_put(const struct column *column, const struct table *table, const struct row *row,
		char *text, size_t size);
/* Finds a column by its name or an unambiguous title, ignoring case; NULL if there is
 * none. */
const struct column *column_find(const char *word);

/* The layout of a table; NULL stands for a plain table. */
enum column_layout column_layout(const struct table *table);
/* The column at a place, from 1 on; NULL after the last. */
const struct column *column_of_text(enum column_layout layout, unsigned place);
const struct column *column_of_screen(enum column_layout layout, unsigned place);

#endif
