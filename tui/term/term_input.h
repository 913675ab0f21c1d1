/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_TERM_INPUT_H
#define TUI_TERM_TERM_INPUT_H
/* Keys, pasted text and the mouse, out of what curses reads.  For term.c. */
#include <stdbool.h>
#include "tui/base/key.h"

/* Zeroed, with `keys`, at the start. */
struct term_input {
	void *keys;                     /* a WINDOW: a pad, so that reading it draws nothing */
	double clicked;                 /* when and where the last click was */
	unsigned x, y;
};

/* The next key that is there: false if there is none. */
bool term_input_key(struct term_input *input, struct key_event *event);

#endif
