/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_H
#define TUI_DESK_DESK_H
/*
 * The desk connects the screens with the session whose data they show.  All state of the
 * running program with a screen is in one struct desk.  Its parts that know nothing of the
 * rest are in the folder parts/.  The files of this folder, each of which may call those
 * before it: desk.c (the screen on top, the messages), desk_ask.c (questions to the session
 * whose answers come later), desk_moments.c, desk_export.c and desk_table.c (questions about
 * its snapshots), desk_time.c (cursor and anchor), desk_data.c (reads the session for the
 * screens), desk_filter.c, desk_prompt.c, desk_life.c (opens, draws and closes the desk),
 * desk_file.c, desk_do.c (what each action does), desk_act.c (keys), rc.c.  loop.c or play.c
 * drives the desk, and app.c calls these.
 */
#include "tui/desk/parts/app_options.h"
#include "tui/desk/parts/asked.h"
#include "tui/desk/parts/console.h"
#include "tui/desk/parts/curve_jobs.h"
#include "tui/desk/parts/desk_state.h"
#include "tui/desk/parts/open_prompt.h"
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
	struct context context;         /* pointers to the members above, for screens */
	struct session_status status;
	struct terminal *term;          /* NULL while a script is played */
	struct canvas *canvas;
	struct screen tabs[TABS];
	unsigned tab;
	struct screen stack[DESK_DEPTH];        /* screens opened on top of the tab */
	unsigned depth;

	struct console console;
	bool touched;                   /* the user has pressed a key or used the mouse */
	double pasted_until;            /* keys up to this time were pasted, not typed; 0: nothing
					 * was pasted */

	struct heaps heaps;
	struct sides sides;
	struct times times;
	struct asked asked;
	struct tables tables;
	struct sources sources;
	struct curve_jobs curves;
	uint64_t signature;             /* of the heap that was asked for last (desk_data.c) */
	unsigned long second;           /* the time that the header shows */
	unsigned said;                  /* of the run's messages, how many were shown (desk_data.c) */
	struct open_prompt prompt;

	struct desk_state state;
	enum theme theme;               /* the user's choice; the canvas has what the terminal can
					 * show of it */
	bool no_color;
	bool proposed, proposed_growth; /* a snapshot, and tab 8, were proposed: once each */
	char kept[512];                 /* the view as it is saved in the state folder (rc.c) */
};

/* Something that is drawn has changed: the screen is drawn again. */
void desk_touch(struct desk *desk);
/* The view has changed: another table is asked for at the next refresh. */
void desk_view_changed(struct desk *desk);
/* Shows a message at the foot of the screen. */
void desk_say(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, as the failure of the last command.  If that was typed in the prompt, the prompt
 * opens again with the message, and with the cursor at the beginning of its text. */
void desk_fail(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* After desk_fail: the cursor goes to this byte of the command's text instead. */
void desk_fail_at(struct desk *desk, size_t at);
/* Who gets the next key. */
enum desk_keys desk_keys(const struct desk *desk);
/* The screen on top, never NULL. */
struct screen *desk_top(struct desk *desk);
/* Puts a screen on top.  The struct is copied, and what it holds is the desk's from now on.
 * Of more than DESK_DEPTH screens the lowest is closed. */
void desk_push(struct desk *desk, const struct screen *screen);
/* Opens a screen of these ops, unless one is on top already or out of memory. */
void desk_open_screen(struct desk *desk, const struct screen_ops *ops);
/* Closes the screen on top; a tab stays. */
void desk_pop(struct desk *desk);
/* Shows a tab, and closes the screens on top of the last one. */
void desk_tab(struct desk *desk, unsigned tab);
/* Shows the next tab, or the one before; the first one follows the last. */
void desk_tab_beside(struct desk *desk, bool next);

#endif
