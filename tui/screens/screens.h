/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_SCREENS_H
#define TUI_SCREENS_SCREENS_H
/* All screens, the tabs that show them, and how they are opened. */
#include "tui/base/screen.h"
#include "tui/screens/context.h"

extern const struct screen_ops rows_screen;      /* which: enum view_key */
extern const struct screen_ops tree_screen;
extern const struct screen_ops stacks_screen;    /* the stacks behind a row */
extern const struct screen_ops stack_screen;     /* one stack with its source */
extern const struct screen_ops snapshots_screen;
extern const struct screen_ops output_screen;
extern const struct screen_ops filters_screen;
extern const struct screen_ops processes_screen;
extern const struct screen_ops help_screen;
extern const struct screen_ops growth_screen;    /* which: enum view_key */
extern const struct screen_ops quit_screen;
extern const struct screen_ops held_screen;      /* tui/held */

#define TABS 10u
struct tab {
	const char *title, *brief;      /* on the screen, and in a narrow window */
	const char *word;               /* in `:tab WORD` */
	char digit;
	const struct screen_ops *ops;
	int which;
};
const struct tab *tab_get(unsigned index);
/* Finds a tab by word, title or digit; TABS if there is none. */
unsigned tab_find(const char *word);

/* Opens a screen with a zeroed state.  0, or -ENOMEM. */
int screen_open(struct screen *screen, const struct screen_ops *ops, int which);
void screen_close(struct screen *screen);
/* Opens the help of one command or column (or of everything for "", beginning with what
 * applies in `place`); `plain`: with ASCII marks.  0, or -1. */
int help_open(struct screen *screen, bool plain, const char *name, unsigned place);

/* The rows of the parts of the screen.  The tab with the target's terminal gets every row
 * that can be spared, whatever the clock and the run are. */
struct layout {
	struct area header, gauges, timeline, tabs, body, foot;
};
struct layout layout_of(const struct run_facts *run, const struct timeline *timeline,
			const struct screen_ops *top, unsigned width, unsigned height);
/* The tab at a cell of the tab line, or TABS. */
unsigned tabs_at(unsigned width, unsigned active, unsigned x);

/* The desk's whole picture: chrome, the screen on top, the message line. */
void frame_draw(struct screen *top, const struct context *context, unsigned tab,
		struct canvas *canvas);
void header_draw(const struct context *context, struct canvas *canvas, struct area area);
void gauges_draw(const struct run_facts *run, const struct travel *travel,
		 struct canvas *canvas, struct area area);

#endif
