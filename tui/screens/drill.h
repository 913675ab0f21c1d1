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
/* "▸ 17 frames of libstdc++". */
struct stack_item;
void drill_draw_fold(const struct stack_item *item, bool ascii, struct canvas *canvas,
		     struct area line);
/* Asks the desk for the editor at a frame: reactions. */
unsigned drill_edit(struct context *context, const struct row_frame *frame);

/* Lines of a stack as text, wrapped in nothing: where they stand. */
struct stack_lines;
/* What stands on one line of a stack: a frame, or a run of frames of one family, which is
 * followed by them where it is open. */
struct stack_item {
	size_t first, count;
	enum frame_family family;             /* FAMILY_NONE: a frame */
	bool open;
};
/* How many of the frames (newest first) fold to one line; 1 and FAMILY_NONE: the first does
 * not. */
size_t stack_run(const struct row_frame *frames, size_t length, enum frame_family *family);
/* A copy of frames (newest first) that outlives its table; NULL: no memory.  What was open
 * of the same stack `before` (or NULL) is open again. */
struct stack_lines *stack_lines_new(const struct row_frame *frames, size_t length,
				    enum cut cut, const struct stack_lines *before);
void stack_lines_free(struct stack_lines *lines);
size_t stack_lines_length(const struct stack_lines *lines);
/* Frame i, newest first. */
const struct row_frame *stack_lines_frame(const struct stack_lines *lines, size_t i);
size_t stack_lines_items(const struct stack_lines *lines);
struct stack_item stack_lines_item(const struct stack_lines *lines, size_t i);
/* The fold that an item is or is in: its number; SIZE_MAX: none. */
size_t stack_lines_fold(const struct stack_lines *lines, size_t item);
/* Opens or closes a fold; all: opens them if one is closed, and says whether it did. */
void stack_lines_open(struct stack_lines *lines, size_t fold, bool open);
bool stack_lines_open_all(struct stack_lines *lines);
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
