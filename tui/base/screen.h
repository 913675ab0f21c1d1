/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_SCREEN_H
#define TUI_BASE_SCREEN_H
/*
 * What every screen is: a table of operations and a state of its own.  A screen draws on
 * a canvas, and answers an action by saying what must happen, which the desk then does.
 */
#include <stddef.h>
#include "tui/base/action.h"
#include "tui/base/canvas.h"
#include "tui/base/key.h"

struct context;                         /* tui/screens/context.h */
struct question;                        /* tui/screens/question.h */
struct table;                           /* views/table/table.h */
struct screen;

enum reaction {
	REACT_IGNORED = 0,              /* not for this screen, so the desk handles it */
	REACT_HANDLED = 1,              /* redraw */
	REACT_REBUILD = 2,              /* and build the tables again */
	REACT_OPEN = 4,                 /* and open the screen in the order */
	REACT_BACK = 8,                 /* and leave this screen */
	REACT_DESK = 16                 /* and do what was ordered (context_ask) */
};

struct screen_ops {
	const char *title;
	unsigned place;                 /* enum place: which keys apply */
	size_t size;                    /* of its state, in bytes */
	/* Prepares a zeroed state.  Optional, as are close, ask and take. */
	void (*open)(struct screen *screen);
	void (*close)(struct screen *screen);
	/* Called after the heap or the view has changed.  Returns what the screen wants
	 * to know, which is answered in another thread (tui/screens/question.h).  NULL:
	 * nothing, or out of memory. */
	struct question *(*ask)(struct screen *screen, struct context *context);
	/* Gets the answer, and may take parts of it out of the question. */
	void (*take)(struct screen *screen, struct context *context,
		     struct question *question);
	/* Draws into the area, which is blank. */
	void (*draw)(struct screen *screen, const struct context *context,
		     struct canvas *canvas, struct area area);
	/* Handles an action with its text (never NULL).  Returns enum reaction bits. */
	unsigned (*act)(struct screen *screen, struct context *context,
			enum action action, const char *text);
	/* The table that the screen shows, to be exported; optional. */
	const struct table *(*table)(const struct screen *screen);
	/* Handles the mouse, in cells of the area that was drawn; optional. */
	unsigned (*click)(struct screen *screen, struct context *context, unsigned x,
			  unsigned y);
};

struct screen {
	const struct screen_ops *ops;
	void *state;
	int which;                      /* meaning depends on the ops: enum view_key... */
};

#endif
