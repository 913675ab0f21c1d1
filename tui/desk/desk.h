/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_H
#define TUI_DESK_DESK_H
/*
 * The desk: the screens, the session behind them, and what stands between.
 * Everything of a running app hangs from one struct desk; its parts:
 * desk.c (life, screens, drawing), desk_state.h (where it stands), desk_data.c (session to
 * context), desk_ask.c (what is asked of the session and not waited for), desk_table.c and
 * desk_export.c (what is asked of its snapshots), desk_source.c, desk_act.c (keys), desk_do.c
 * (what actions do), desk_moments.c, desk_filter.c and desk_filter_file.c, desk_prompt.c, pane.c
 * (the target's terminal), desk_file.c; loop.c or play.c drive it.
 */
#include "tui/desk/app.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_state.h"
#include "tui/desk/desk_table.h"
#include "tui/desk/pane.h"
#include "tui/screens/question.h"
#include "tui/screens/screens.h"
#include "tui/term/term.h"

#define DESK_DEPTH 8u

/* What the open prompt is for (desk_prompt.c). */
struct asking;
struct open_prompt {
	const struct asking *asking;
	unsigned which;                 /* the filter that is edited */
};

struct desk {
	struct session *session;
	const struct app_options *options;
	struct context context;
	struct session_status status;
	struct terminal *term;          /* NULL: played */
	struct canvas *canvas;
	struct screen tabs[TABS];
	unsigned tab;
	struct screen stack[DESK_DEPTH];        /* opened on top of the tab */
	unsigned depth;

	struct pane pane;
	double pasted_until;            /* what comes before was pasted, not typed; 0: nothing was */

	struct heaps heaps;
	struct sides sides;
	struct asked asked;
	struct tables tables;
	struct sources sources;
	uint64_t signature;             /* of the heap that was asked for last */
	unsigned long second;           /* shown last in the header */
	struct open_prompt prompt;

	struct desk_state state;
	enum theme theme;               /* asked for; the canvas has what the terminal can */
	bool no_color;
	char kept[512];                 /* what of the view the state folder knows */
	char failure[256];              /* why a command failed (play) */
};

/* desk.c: 0, or -1 with a sentence in `problem`. */
int desk_open(struct desk *desk, struct session *session,
	      const struct app_options *options, char problem[256]);
void desk_close(struct desk *desk);
/* What is drawn changed; the view did, and another table is due; the foot says this. */
void desk_touch(struct desk *desk);
void desk_view_changed(struct desk *desk);
void desk_say(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Who answers the next key. */
enum desk_keys desk_keys(const struct desk *desk);
struct screen *desk_top(struct desk *desk);
void desk_push(struct desk *desk, const struct screen *screen);
void desk_pop(struct desk *desk);
void desk_tab(struct desk *desk, unsigned tab);
void desk_tab_beside(struct desk *desk, bool next);
void desk_resize(struct desk *desk, unsigned width, unsigned height);
void desk_theme(struct desk *desk, enum theme theme);
void desk_draw(struct desk *desk);      /* the canvas */
void desk_show(struct desk *desk);      /* on the terminal too, if something changed */

/* desk_data.c: reads what changed and asks for what that makes new; `now`: for the
 * tables in any case. */
void desk_refresh(struct desk *desk, bool now);
/* Reads what the target printed; true if the screen on top shows that. */
bool desk_read_output(struct desk *desk);
/* Whether the heap has changed since it was asked for. */
bool desk_stale(const struct desk *desk);
/* Filters changed: gives them to the context. */
void desk_filters(struct desk *desk);

void desk_key(struct desk *desk, const struct key_event *event);       /* desk_act.c */
void desk_act(struct desk *desk, enum action action, const char *text);
/* desk_do.c: an action that no screen took; " +NAME -NAME", the columns asked for
 * and hidden, "" if none; a command's own sentence about what went wrong. */
void desk_do(struct desk *desk, enum action action, const char *text);
void desk_columns(const struct context *context, char *text, size_t size);
void desk_fail(struct desk *desk, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* desk_prompt.c: opens the prompt of an action; false if it has none. */
bool desk_prompt(struct desk *desk, enum action action);
/* The same for one filter of the list, or a new one: ASK_FILTER_*. */
void desk_prompt_filter(struct desk *desk, enum ask ask, unsigned which);
/* What the typed filter would leave, "" if unknown; asks for it. */
const char *desk_prompt_preview(const struct desk *desk);
void desk_prompt_count(struct desk *desk);
void desk_prompt_key(struct desk *desk, uint32_t key);
/* A line of `:`, without the colon: why it failed, or "". */
const char *desk_command(struct desk *desk, const char *line);

/* desk_file.c: files and programs. */
void desk_save_screen(struct desk *desk, const char *path);
void desk_edit(struct desk *desk, const char *path, unsigned line);

/* loop.c, play.c: until the desk quits; the status. */
int loop_run(struct desk *desk);
int play_run(struct desk *desk, const char *path);

#endif
