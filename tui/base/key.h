/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_KEY_H
#define TUI_BASE_KEY_H
/*
 * Our own key codes: a Unicode code point, or one of the names below.  C-x is the control
 * byte itself, as terminals send it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key {
	KEY_NONE = 0,
	KEY_TAB_ = 9, KEY_ENTER_ = 13, KEY_ESC = 27, KEY_SPACE = 32, KEY_BACK = 127,
	KEY_NAMED = 0x200000,           /* beyond Unicode */
	KEY_GO_UP, KEY_GO_DOWN, KEY_GO_LEFT, KEY_GO_RIGHT,
	KEY_PGUP, KEY_PGDN, KEY_HOME_, KEY_END_, KEY_INSERT, KEY_DELETE, KEY_SHIFT_TAB,
	KEY_FN,                         /* KEY_FN + 1 is F1 ... + 12 */
	KEY_FN_LAST = KEY_FN + 12,
	/* Mouse events, which have a place.  DRAG: moved with the button held down. */
	KEY_CLICK, KEY_CLICK_AGAIN, KEY_DRAG, KEY_RELEASE, KEY_WHEEL_UP, KEY_WHEEL_DOWN,
	KEY_RESIZED,
	KEY_PASTE, KEY_PASTED,          /* what comes between them was pasted */
	/* Added to another key: META to any, as M-x; the others only to named keys:
	 * C-Left, S-F4. */
	KEY_META = 0x400000, KEY_SHIFTED = 0x800000, KEY_CONTROLLED = 0x1000000,
	KEY_MODIFIERS = KEY_META | KEY_SHIFTED | KEY_CONTROLLED
};

struct key_event {
	uint32_t key;
	unsigned x, y;                  /* of the mouse, in cells */
};

#define KEY_CTRL(letter) ((uint32_t)((letter) & 31))

/* "s", "Enter", "C-c", "F4", "C-Left", "space"...: KEY_NONE for an unknown name. */
uint32_t key_parse(const char *name);
/* Writes the key's name; "" for KEY_NONE. */
void key_text(uint32_t key, char name[16]);
/* The bytes that a terminal (xterm) sends for a key: at most 16, not terminated.  Returns
 * how many. */
size_t key_bytes(uint32_t key, char *bytes);
/* The key of an xterm's control sequence, which is given without its ESC ("[1;5D", "OP");
 * KEY_NONE if it is not a known one. */
uint32_t key_of_sequence(const char *sequence, size_t length);

#endif
