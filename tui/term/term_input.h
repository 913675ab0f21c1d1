/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_TERM_INPUT_H
#define TUI_TERM_TERM_INPUT_H
/* Keys, pasted text and the mouse, out of what curses reads.  For term.c. */
#include <stdbool.h>
#include "tui/base/key.h"

enum { MOUSE_EVENTS = 16 };             /* curses keeps 8 */

struct mouse_event {
	uint32_t key;                   /* KEY_CLICK, KEY_WHEEL_UP, KEY_WHEEL_DOWN or none */
	unsigned x, y;
};

/* Zeroed, with `keys`, at the start. */
struct term_input {
	void *keys;                     /* a WINDOW: a pad, so that reading it draws nothing */
	struct mouse_event event[MOUSE_EVENTS]; /* that came together, the newest first */
	size_t events;
	double again_until;             /* a click before this time, at the place of the last, */
	unsigned x, y;                  /* makes it a double one; infinite while keys are read */
};

/* The next key that is there: false if there is none. */
bool term_input_key(struct term_input *input, struct key_event *event);

#endif
