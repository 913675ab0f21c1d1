/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_CONTEXT_H
#define TUI_SCREENS_CONTEXT_H
/* Everything that screens may see, in parts that the desk owns and lends: what is known
 * of the run, times, and heaps to read; filters, wishes and the target's terminal to
 * change; and what a screen orders from the desk.  A function of a screen that needs only
 * one of these parts gets only that one. */
#include "tui/base/screen.h"
#include "tui/shown/facts.h"
#include "tui/shown/shown.h"

enum ask {
	ASK_NONE,
	ASK_DIFF,                       /* against the moment `text` */
	ASK_COPY,                       /* `text` to the clipboard; line: its frames,
					 * or 0 */
	ASK_EDIT,                       /* $EDITOR at the file `text`, line */
	ASK_FILTER_ADD,
	ASK_FILTER_EDIT,                /* the filter `line` */
	ASK_FILTER_NAME,
	ASK_FILTERS_CHANGED,
	ASK_PROCESS,                    /* shows the process `text` (see
					 * session_choose) */
	ASK_KILL, ASK_LEAVE             /* quit, and end the target or leave it (or
					 * detach) */
};
#define ASK_TEXT 4096u

/* Something that a screen wants done but cannot do itself. */
struct desk_order {
	enum ask ask;                   /* with REACT_DESK */
	char text[ASK_TEXT];
	unsigned line;
	struct screen next;             /* with REACT_OPEN: ops, and a state it owns */
};

struct source_lines;
struct context {
	const struct run_facts *run;
	const struct travel *travel;
	const struct shown_heaps *shown;
	struct saved_filters *filters;
	struct wishes *wishes;
	struct output *output;
	struct foot *foot;
	struct source_lines *source;    /* screens take lines, or say which are missing;
					 * or NULL */
	struct curves *curves;          /* of rows; used in the same way */
	struct desk_order order;
	bool click_again;               /* the click is the second one of a double
					 * click */
};
/* Says something at the foot of the screen. */
void context_say(struct context *context, bool error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Orders something from the desk.  Returns the reaction that says so. */
unsigned context_ask(struct context *context, enum ask ask, unsigned line, const char *text);
/* Orders that a stack, newest frame first, is copied as far as there is room.  Returns
 * the reaction. */
unsigned context_copy(struct context *context, const struct row_frame *frames, size_t length);
/* Orders a screen of these ops on top.  The caller fills in the state that is returned,
 * and then calls context_opened, telling whether memory sufficed, for the reaction.
 * NULL: out of memory, which the foot of the screen says. */
void *context_open(struct context *context, const struct screen_ops *ops);
unsigned context_opened(struct context *context, bool known);

#endif
