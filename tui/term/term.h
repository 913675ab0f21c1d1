/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_TERM_H
#define TUI_TERM_TERM_H
/* The terminal: a canvas is shown on it, key events come from it (term_ops.h). */
#include <stdbool.h>
#include "tui/base/canvas.h"
#include "tui/base/key.h"

struct terminal;

struct term_options {
	bool color;                     /* false: bold, reverse and underline only */
	bool mouse;
};

/* Whether the terminal of TERM can show a screen; if not, `problem` says why. */
bool term_usable(char problem[256]);
/* Opens /dev/tty in full-screen mode, by curses: one at a time.  NULL with a sentence in
 * `problem`. */
struct terminal *term_open(const struct term_options *options, char problem[256]);
/* Restores the terminal and frees the struct; NULL is allowed. */
void term_close(struct terminal *term);
/* The terminal's descriptor, to poll; readable: term_key. */
int term_fd(const struct terminal *term);
/* The size that the terminal has now; tells curses of a change. */
void term_size(struct terminal *term, unsigned *width, unsigned *height);
/* The next key, without waiting, except for the rest of an escape sequence (25 ms).
 * False: there is none now.  *gone is set when the terminal has gone away. */
bool term_key(struct terminal *term, struct key_event *event, bool *gone);
/* Shows the canvas: writes only cells that changed or, with `whole`, all of them. */
void term_show(struct terminal *term, const struct canvas *canvas, bool whole);
/* Writes an escape sequence that does not change the screen.  False: terminals of this
 * type may not know such sequences. */
bool term_send(struct terminal *term, const char *sequence);
/* Gives the terminal to another program or the shell, and takes it again. */
void term_leave(struct terminal *term);
void term_enter(struct terminal *term);
/* Whether it shows colours: asked for, and there are some. */
bool term_color(const struct terminal *term);
/* Whether the system knows terminals of this type, which programs running in one need. */
bool term_known(const char *type);
/* Whether the locale can show UTF-8. */
bool term_utf8(void);

#endif
