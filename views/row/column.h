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
	COLUMN_DEFAULT,                 /* no column: tracemalloc's own order */
#define FIGURE(ID, ...) COLUMN_##ID,
#include "views/row/figures.def"
#undef FIGURE
	COLUMN_LOCATION,
	COLUMNS
};

/* What a table must have for the figure to mean anything. */
enum column_needs {
	NEEDS_NOTHING, NEEDS_DIFF, NEEDS_RATE, NEEDS_TREE, NEEDS_SAMPLES, NEEDS_GROWTH,
	NEEDS_LOOK,
	NEEDS_TYPES,                    /* one that knows what blocks are, and the same */
	NEEDS_RETAINED                  /* a look that was asked for it, and rows of their own */
};

/* Of what a figure can be counted. */
enum column_known_of {
	KNOWN_ALWAYS,                   /* of any blocks, at any moment */
	KNOWN_STACKS,                   /* not of the blocks of one type */
	KNOWN_SNAPSHOTS,                /* the same, and not at moments of the history */
	KNOWN_AGES                      /* the same, and nobody may know it of a row */
};

/* Tables of each kind have their columns in an order of their own. */
enum column_layout { LAYOUT_PLAIN, LAYOUT_DIFF, LAYOUT_TREE, LAYOUT_GROWTH, LAYOUTS };

struct column_place {
	uint8_t text, screen;           /* from 1; 0: not there */
	uint8_t rank;                   /* on screens: the last to give way is 0 */
};

struct column {
	enum column_id id;
	const char *name;               /* JSON key, --sort word, CSV header */
	const char *title;              /* on the screen */
	unsigned width;                 /* cells a figure needs at most */
	bool left;                      /* left aligned (text) */
	enum column_needs needs;
	enum column_known_of known;
	struct column_place place[LAYOUTS];
	const char *weight;             /* what an export calls it that weighs stacks by
					 * it; NULL: no figure of single stacks */
	bool bytes;                     /* of a weight: it counts bytes, not blocks */
	const char *help;               /* one sentence */
	/* The figure as people read it: at most size - 1 bytes, NUL-terminated. */
	void (*text)(const struct table *table, const struct row *row, char *text, size_t size);
	/* The figure as programs read it, JSON and CSV: with a point if it is not whole;
	 * empty where it is not known.  NULL: not for programs. */
	void (*data)(const struct row *row, char *text, size_t size);
	bool type;                      /* for programs it is a text: row_type_name */
	/* What rows are ordered by, the largest first; of weights it is the figure
	 * itself. NULL: by their `key`, A to Z. */
	uint64_t (*key)(const struct row *row);
	/* The exact figure; NaN: nobody knows it.  NULL for the location. */
	long double (*number)(const struct row *row);
};

/* NULL for COLUMN_DEFAULT and out of range. */
const struct column *column_get(enum column_id id);
/* True if a table has the figure. */
bool column_shown(const struct column *column, const struct table *table);
/* True if moments of the history have the figure. */
bool column_ticks(const struct column *column);
/* Whether the figure tells how old blocks are: a row of which nobody knows it has
 * none. */
bool column_ages(const struct column *column);
/* True if the figure is known of blocks by their types. */
bool column_of_types(const struct column *column);
/* Whether anybody knows the figure: a moment of the history has neither temporary
 * blocks nor what was held at the peak nor ages, one of an older memtop's recording
 * has no ages, and only one at which the heap was looked at knows what nobody holds. */
bool column_known(const struct column *column, const struct table *table);
/* As column->text; "-" where it is not known. */
void column_put(const struct column *column, const struct table *table, const struct row *row,
		char *text, size_t size);
/* By name or unambiguous title, ignoring case; NULL if there is none. */
const struct column *column_find(const char *word);

/* NULL is allowed: the layout of plain tables. */
enum column_layout column_layout(const struct table *table);
/* The column at a place, from 1 on; NULL behind the last. */
const struct column *column_of_text(enum column_layout layout, unsigned place);
const struct column *column_of_screen(enum column_layout layout, unsigned place);

#endif
