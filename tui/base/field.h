/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_FIELD_H
#define TUI_BASE_FIELD_H
/*
 * A prompt as data to be drawn: the editor (readline in tui/term) fills it, and those who
 * draw it (tui/screens) need nothing else.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tui/base/canvas.h"

#define FIELD_MAX 4096u                 /* bytes of a text, with its NUL */
#define FIELD_CANDIDATES 200u

struct field {
	char label[128];
	char text[FIELD_MAX];
	size_t cursor;                  /* byte in text */
	char error[256];                /* "" unless the text is known to be wrong */
	size_t caret;                   /* the byte of text where it is wrong */
	size_t candidates_length;       /* number of completions, for the list above */
	char candidates[FIELD_CANDIDATES][96];
};

/* Draws the field at the bottom of the canvas: the list, the caret's line if there is an
 * error, and the line itself with the cursor. */
void field_draw(const struct field *field, struct canvas *canvas);

#endif
