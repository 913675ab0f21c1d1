/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_DRILL_H
#define TUI_SCREENS_DRILL_H
/* From a row to its stacks, and from a stack to its source. */
#include "tui/screens/context.h"
#include "tui/screens/origin.h"

/* The stacks behind a row: 0, or -1 and the context says why not. */
int stacks_open(struct screen *screen, struct context *context, const struct table *table,
		const struct row *row);
/* The stacks that pass a frame's line: 0, or -1 and the context says why not. */
int paths_open(struct screen *screen, struct context *context,
	       const struct row_frame *frame);
/* One stack of those behind `origin` (NULL: of all): 0, or -1 and the context
 * says why not. */
int stack_open(struct screen *screen, struct context *context, const struct table *table,
	       const struct row *row, const struct origin *origin);
/* "24.0 MiB in 30 720 blocks (+1.2 MiB)": the last for diffs. */
void figures_text(const struct figures *figures, bool diff, int64_t size_diff, char *text,
		  size_t size);
/* Asks the desk for the editor at a frame: reactions. */
unsigned drill_edit(struct context *context, const struct row_frame *frame);

/* Lines of a stack as text, wrapped in nothing: where they stand. */
struct stack_lines;
/* A copy of frames (newest first) that outlives its table; NULL: no memory. */
struct stack_lines *stack_lines_new(const struct row_frame *frames, size_t length,
				    enum cut cut);
void stack_lines_free(struct stack_lines *lines);
size_t stack_lines_length(const struct stack_lines *lines);
/* Frame i, newest first. */
const struct row_frame *stack_lines_frame(const struct stack_lines *lines, size_t i);
enum cut stack_lines_cut(const struct stack_lines *lines);

/*
 * Lines of source.  A screen that is drawn takes those that are there, and goes without the
 * others: the desk has them read elsewhere, and draws again when they have come.
 */
#define SOURCE_MOST 5u
struct source_range {
	enum { SOURCE_WANTED, SOURCE_ASKED, SOURCE_KNOWN } state;
	char *file;
	unsigned first, length;         /* SOURCE_MOST lines at most */
	char *text[SOURCE_MOST];        /* NULL: there is no such line */
};

/* NULL: no memory. */
struct source_lines *source_lines_new(void);
void source_lines_free(struct source_lines *lines);
/* For screens: `length` lines from `first` on, until the next call; NULL: they are not
 * there yet, and wanted from now on.  No lines: NULL. */
const struct source_range *source_lines_get(struct source_lines *lines, const char *file,
					    unsigned first, unsigned length);
/* For the desk: fills in the wanted ranges, each of which is the caller's; how many.  They
 * count as asked for until they are put. */
size_t source_lines_wanted(struct source_lines *lines, struct source_range *wanted, size_t most);
/* What was read: it is taken over. */
void source_lines_put(struct source_lines *lines, struct source_range *came);
void source_range_clear(struct source_range *range);

#endif
