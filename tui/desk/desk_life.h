/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_LIFE_H
#define TUI_DESK_DESK_LIFE_H
/* The desk from open to close, and what draws it, feeds it, and drives it. */
#include "tui/desk/desk.h"

/* Opens a zeroed desk over a session that stays the caller's: 0, or -1 with a sentence in
 * `problem` unless there was no memory; desk_close is due either way. */
int desk_open(struct desk *desk, struct session *session,
	      const struct app_options *options, char problem[256]);
void desk_close(struct desk *desk);
/* Cells; the target's terminal follows. */
void desk_resize(struct desk *desk, unsigned width, unsigned height);
void desk_theme(struct desk *desk, enum theme theme);
void desk_draw(struct desk *desk);      /* on the canvas */
void desk_show(struct desk *desk);      /* on the terminal too, if something changed */

/* desk_act.c: a key or the mouse. */
void desk_key(struct desk *desk, const struct key_event *event);
/* An action, with its text ("": none). */
void desk_act(struct desk *desk, enum action action, const char *text);
/* A line of `:`, with or without the colon: why it failed, or "". */
const char *desk_command(struct desk *desk, const char *line);
/* desk_do.c: an action that no screen took. */
void desk_do(struct desk *desk, enum action action, const char *text);

/* desk_file.c: writes a picture of the screen, by the ending of its name. */
void desk_save_screen(struct desk *desk, const char *path);
/* Text to the clipboard of the terminal (NULL: a script's), as the foot then says; of a
 * stack: how many frames, else 0. */
void desk_copy(struct terminal *term, struct foot *foot, const char *text, unsigned frames);
/* Opens a file at a line in the user's editor, which has the terminal meanwhile. */
void desk_edit(struct desk *desk, const char *path, unsigned line);

/* loop.c, play.c: until the desk quits; the status. */
int loop_run(struct desk *desk);
int play_run(struct desk *desk, const char *path);

#endif
