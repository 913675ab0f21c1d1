/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_DRILL_H
#define TUI_SCREENS_DRILL_H
/* From a row to its stacks, and from a stack to its source. */
#include "tui/detail/source_lines.h"
#include "tui/screens/context.h"
#include "tui/screens/origin.h"

/* The following open a screen on top and return the reaction; if out of memory, the foot
 * of the screen says so. */
/* The stacks behind a row. */
unsigned stacks_open(struct context *context, const struct table *table,
		     const struct row *row);
/* Opens the stacks that pass through a frame's line. */
unsigned paths_open(struct context *context, const struct row_frame *frame);
/* Opens one stack of those behind `origin` (NULL: of all). */
unsigned stack_open(struct context *context, const struct table *table,
		    const struct row *row, const struct origin *origin);
/* "24.0 MiB in 30 720 blocks (+1.2 MiB)"; the part in parentheses is for diffs. */
void figures_text(const struct figures *figures, bool diff, int64_t size_diff, char *text,
		  size_t size);
/* Orders the editor at a frame's line from the desk.  Returns the reaction. */
unsigned drill_edit(struct context *context, const struct row_frame *frame);

/* A stack as items, each of which is one line of the screen. */
struct stack_lines;
/* What one line of a stack shows: a frame, or a fold, which stands for a run of frames of
 * one family and is followed by them if it is open. */
struct stack_item {
	size_t first, count;
	enum frame_family family;             /* FAMILY_NONE: a frame */
	bool open;
};
/* Copies frames (newest first), so that they outlive their table.  Folds that are open in
 * `before`, which is the same stack or NULL, are open again.  NULL: out of memory. */
struct stack_lines *stack_lines_new(const struct row_frame *frames, size_t length,
				    enum cut cut, const struct stack_lines *before);
void stack_lines_free(struct stack_lines *lines);
size_t stack_lines_length(const struct stack_lines *lines);
/* Frame i, newest first. */
const struct row_frame *stack_lines_frame(const struct stack_lines *lines, size_t i);
size_t stack_lines_items(const struct stack_lines *lines);
struct stack_item stack_lines_item(const struct stack_lines *lines, size_t i);
/* The number of the fold that an item is, or is in; SIZE_MAX: none. */
size_t stack_lines_fold(const struct stack_lines *lines, size_t item);
/* Opens or closes one fold.  stack_lines_open_all opens every fold if any is closed, and
 * returns whether it did. */
void stack_lines_open(struct stack_lines *lines, size_t fold, bool open);
bool stack_lines_open_all(struct stack_lines *lines);
enum cut stack_lines_cut(const struct stack_lines *lines);

#endif
