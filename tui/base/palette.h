/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_PALETTE_H
#define TUI_BASE_PALETTE_H
/*
 * How each style looks: colours of the 256, and attributes that carry the
 * meaning alone where there is no colour.  One table for the terminal, the
 * ANSI dump and the pictures.
 */
#include <stdbool.h>
#include "tui/base/style.h"

struct look {
	short foreground, background;   /* index of 256; -1: the terminal's own */
	short foreground8, background8; /* of 8 colours; -1: the terminal's own */
	bool bold, reverse, underline;  /* with colours */
	bool mono_bold, mono_reverse, mono_underline;   /* without */
};

/* Any style, a raw one too. */
struct look palette_look(uint32_t style);
/* The same without colours: its attributes are those that stand in for them. */
struct look palette_mono(uint32_t style);
/* 0xRRGGBB of an index of the 256. */
unsigned palette_rgb(unsigned index);

#endif
