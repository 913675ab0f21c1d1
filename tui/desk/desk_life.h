/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_LIFE_H
#define TUI_DESK_DESK_LIFE_H
/* Opening and closing the desk, drawing it, and what gives it keys and commands. */
#include "tui/desk/desk.h"

/* Opens a zeroed desk.  The session stays the caller's.  Returns 0; or -1, with a sentence in
 * `problem`, which is left as it was if out of memory.  The caller calls desk_close either
 * way. */
int desk_open(struct desk *desk, struct session *session,
	      const struct app_options *options, char problem[256]);
/* Frees what the desk holds, but not the desk. */
void desk_close(struct desk *desk);
/* Sets the size of the canvas, in cells; the target's terminal gets the size of its tab.  If
 * out of memory, nothing changes. */
void desk_resize(struct desk *desk, unsigned width, unsigned height);
/* Sets the theme, as far as colours are allowed. */
void desk_theme(struct desk *desk, enum theme theme);
/* Draws the screen on top, and an open prompt, on the canvas. */
void desk_draw(struct desk *desk);
/* If something has changed, draws it and sends it to the terminal. */
void desk_show(struct desk *desk);

/* desk_act.c: handles a key or the mouse. */
void desk_key(struct desk *desk, const struct key_event *event);
/* Does an action with its text, "" if it has none: first the screen on top is asked, then
 * desk_do. */
void desk_act(struct desk *desk, enum action action, const char *text);
/* Runs a line of `:` commands, with or without the colon.  Returns why it failed, or ""; the
 * text is the desk's, and valid until the next command. */
const char *desk_command(struct desk *desk, const char *line);
/* Searches the next rows for the text that was asked for, until a key gives it up.  True: the
 * search has ended, and the screen must be drawn. */
bool desk_search_on(struct desk *desk);
/* desk_do.c: does an action that the screen on top has not handled. */
void desk_do(struct desk *desk, enum action action, const char *text);

/* desk_file.c: writes a picture of the screen to a file, as SVG, as text with colours or as
 * plain text, by the ending of its name (.svg, .ans, other).  The foot says if it failed. */
void desk_save_screen(struct desk *desk, const char *path);
/* Copies a text to the clipboard of the terminal (NULL: a script is played, and there is
 * none), and says so at the foot.  `frames` is the number of frames if the text is a stack,
 * else 0. */
void desk_copy(struct terminal *term, struct foot *foot, const char *text, unsigned frames);
/* Opens a file at a line in the user's editor, which has the terminal until it ends. */
void desk_edit(struct desk *desk, const char *path, unsigned line);

/* loop.c: runs on the terminal until the desk ends.  0, or -1 if signals can't be watched. */
int loop_run(struct desk *desk);
/* play.c: plays a script, "-" for standard input.  0, or 1 after a message. */
int play_run(struct desk *desk, const char *path);

#endif
