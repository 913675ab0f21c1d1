/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_H
#define TUI_DESK_DESK_H
/*
 * The desk: the screens, the session behind them, and what stands between.
 * Everything of a running app hangs from one struct desk.  Parts of it that know nothing
 * of the rest have a folder, parts/.  Files of this one, each may call those before it:
 * desk.c (what is on top, what is said), desk_ask.c (what is asked of the session and not
 * waited for), desk_moments.c, desk_export.c and desk_table.c (what is asked of its
 * snapshots), desk_time.c (cursor and anchor), desk_data.c (session to what screens see),
 * desk_filter.c, desk_prompt.c, desk_life.c (opens, draws, closes),
 * desk_file.c, desk_do.c (what actions do), desk_act.c (keys), rc.c; loop.c or play.c
 * drive it, and app.c those.
 */
#include "tui/desk/parts/app_options.h"
#include "tui/desk/parts/asked.h"
#include "tui/desk/parts/curve_jobs.h"
#include "tui/desk/parts/desk_state.h"
#include "tui/desk/parts/open_prompt.h"
#include "tui/desk/parts/pane.h"
#include "tui/desk/parts/places.h"
#include "tui/desk/parts/sources.h"
#include "tui/desk/parts/tables.h"
#include "tui/screens/question.h"
#include "tui/screens/screens.h"
#include "tui/term/term.h"

#define DESK_DEPTH 8u

struct desk {
	struct session *session;
	const struct app_options *options;
	struct run_facts run;
	struct travel travel;
	struct shown_heaps shown;
	struct saved_filters filters;
	struct wishes wishes;
	struct output output;
	struct foot foot;
	struct context context;         /* all of these, lent to screens */
	struct session_status status;
	struct terminal *term;          /* NULL: played */
	struct canvas *canvas;
	struct screen tabs[TABS];
	unsigned tab;
	struct screen stack[DESK_DEPTH];        /* opened on top of the tab */
	unsigned depth;

	struct pane pane;
	bool touched;                   /* a key or the mouse was used */
	double pasted_until;            /* what comes before was pasted, not typed; 0: nothing was */

	struct heaps heaps;
	struct sides sides;
	struct times times;
	struct asked asked;
	struct tables tables;
	struct sources sources;
	struct curve_jobs curves;
	uint64_t signature;             /* of the heap that was asked for last */
	unsigned long second;           /* shown last in the header */
	struct open_prompt prompt;

	struct desk_state state;
	enum theme theme;               /* asked for; the canvas has what the terminal can */
	bool no_color;
	bool proposed, proposed_growth; /* a snapshot, once; and tab 8 */
	char kept[512];                 /* what of the view the state folder knows */
};

/* What is drawn changed. */
void desk_touch(struct desk *desk);
/* The view changed, and another table is due. */
void desk_view_changed(struct desk *desk);
/* The foot says this; the same as a command's sentence about what went wrong, at the
 * beginning of its text or, when it was said, at another byte of it. */
void desk_say(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
void desk_fail(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
void desk_fail_at(struct desk *desk, size_t at);
/* Who answers the next key. */
enum desk_keys desk_keys(const struct desk *desk);
/* The screen on top, never NULL; putting one there, which is copied, or a new one of
 * these ops, unless it is there; and taking it away (a tab stays). */
struct screen *desk_top(struct desk *desk);
void desk_push(struct desk *desk, const struct screen *screen);
void desk_open_screen(struct desk *desk, const struct screen_ops *ops);
void desk_pop(struct desk *desk);
/* Shows a tab, without what was opened on top; the one after or before this one. */
void desk_tab(struct desk *desk, unsigned tab);
void desk_tab_beside(struct desk *desk, bool next);

#endif
