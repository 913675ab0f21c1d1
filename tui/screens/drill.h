/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_DRILL_H
#define TUI_SCREENS_DRILL_H
/* From a row to its stacks, and from a stack to its source. */
#include "tui/detail/source_lines.h"
#include "tui/screens/context.h"
#include "tui/screens/origin.h"

/* These order a screen on top: reactions; without memory for it the foot says so. */
/* The stacks behind a row. */
unsigned stacks_open(struct context *context, const struct table *table,
		     const struct row *row);
/* The stacks that pass a frame's line. */
unsigned paths_open(struct context *context, const struct row_frame *frame);
/* One stack of those behind `origin` (NULL: of all). */
unsigned stack_open(struct context *context, const struct table *table,
		    const struct row *row, const struct origin *origin);
/* "24.0 MiB in 30 720 blocks (+1.2 MiB)": the last for diffs. */
void figures_text(const struct figures *figures, bool diff, int64_t size_diff, char *text,
		  size_t size);
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
/* A copy of frames (newest first) that outlives its table; NULL: no memory.  What was
 * open of the same stack `before` (or NULL) is open again. */
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

#endif
