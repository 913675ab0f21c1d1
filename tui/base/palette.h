/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_PALETTE_H
#define TUI_BASE_PALETTE_H
/*
 * How each style looks in each theme: colours out of 256, and attributes that carry the
 * meaning alone where there is no colour.  One table serves the terminal, the ANSI dump
 * and the pictures.
 */
#include <stdbool.h>
#include "tui/base/style.h"

enum theme {
	THEME_DARK, THEME_LIGHT,        /* for the terminal's background */
	THEME_MONO,                     /* only bold, reverse and underline */
	THEMES
};

struct look {
	short foreground, background;   /* index of 256; -1: the terminal's own */
	short foreground8, background8; /* of 8 colours; -1: the terminal's own */
	bool bold, reverse, underline;
};

/* The look of any style, including raw ones. */
struct look palette_look(enum theme theme, uint32_t style);
/* The name of a theme: "dark"... */
const char *palette_theme_name(enum theme theme);
/* The theme of that name; THEMES if there is none. */
enum theme palette_theme_find(const char *name);
/* The theme for the background that the terminal claims to have (the value of COLORFGBG,
 * may be NULL); dark if it claims none. */
enum theme palette_theme_of(const char *colorfgbg);
/* 0xRRGGBB of text and background where a look leaves them to the terminal. */
unsigned palette_ink(enum theme theme);
unsigned palette_paper(enum theme theme);
/* 0xRRGGBB of an index into the 256 colours. */
unsigned palette_rgb(unsigned index);

#endif
