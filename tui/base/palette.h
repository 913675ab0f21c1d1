/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_PALETTE_H
#define TUI_BASE_PALETTE_H
/*
 * How each style looks in each theme: colours of the 256, and attributes that
 * carry the meaning alone where there is no colour.  One table for the
 * terminal, the ANSI dump and the pictures.
 */
#include <stdbool.h>
#include "tui/base/style.h"

enum theme {
	THEME_DARK, THEME_LIGHT,        /* for what the terminal's background is */
	THEME_MONO,                     /* bold, reverse and underline only */
	THEMES
};

struct look {
	short foreground, background;   /* index of 256; -1: the terminal's own */
	short foreground8, background8; /* of 8 colours; -1: the terminal's own */
	bool bold, reverse, underline;
};

/* Any style, a raw one too. */
struct look palette_look(enum theme theme, uint32_t style);
/* "dark"... */
const char *palette_theme_name(enum theme theme);
/* THEMES if there is none of that name. */
enum theme palette_theme_find(const char *name);
/* The theme for the background that the terminal says it has (the value of
 * COLORFGBG, may be NULL): dark if it says nothing. */
enum theme palette_theme_of(const char *colorfgbg);
/* 0xRRGGBB of text and background where a look leaves them to the terminal. */
unsigned palette_ink(enum theme theme);
unsigned palette_paper(enum theme theme);
/* 0xRRGGBB of an index of the 256. */
unsigned palette_rgb(unsigned index);

#endif
