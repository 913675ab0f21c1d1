/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_TERM_OPS_H
#define TUI_TERM_TERM_OPS_H
/*
 * The implementation of term.h: one table of operations, which curses (term_curses.c)
 * provides, and so does a test without a terminal.  Each operation does what the function
 * of term.h with its name promises.
 */
#include "tui/term/term.h"

struct term_ops;

/* What each kind of terminal begins with. */
struct terminal {
	const struct term_ops *ops;
};

struct term_ops {
	void (*close)(struct terminal *term);
	int (*fd)(const struct terminal *term);
	void (*size)(struct terminal *term, unsigned *width, unsigned *height);
	bool (*key)(struct terminal *term, struct key_event *event, bool *gone);
	void (*show)(struct terminal *term, const struct canvas *canvas, bool whole);
	bool (*send)(struct terminal *term, const char *sequence);
	void (*leave)(struct terminal *term);
	void (*enter)(struct terminal *term);
	bool (*color)(const struct terminal *term);
};

#endif
