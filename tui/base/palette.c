/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dark theme, muted: text keeps the terminal's own colour, chrome is grey
 * and blue, and only what deserves a look is warm.
 */
#include "tui/base/palette.h"

/* Of 256 colours, then of 8: -1 is the terminal's own. */
#define COLORS(ink, paper, ink8, paper8) \
	.foreground = ink, .background = paper, .foreground8 = ink8, .background8 = paper8

static const struct look looks[STYLES] = {
	[STYLE_TEXT] = {COLORS(-1, -1, -1, -1)},
	[STYLE_DIM] = {COLORS(244, -1, -1, -1)},
	[STYLE_TITLE] = {COLORS(153, 236, 7, 4), .bold = true, .mono_reverse = true},
	[STYLE_LABEL] = {COLORS(110, -1, 6, -1)},
	[STYLE_FIGURE] = {COLORS(255, -1, 7, -1), .bold = true, .mono_bold = true},
	[STYLE_BAR] = {COLORS(79, -1, 2, -1)},
	[STYLE_MARK] = {COLORS(221, -1, 3, -1), .bold = true, .mono_bold = true},
	[STYLE_TAB] = {COLORS(246, 234, 7, -1)},
	[STYLE_TAB_ACTIVE] = {COLORS(16, 110, 0, 6), .bold = true, .mono_reverse = true},
	[STYLE_COLUMN] = {COLORS(146, 236, 0, 7), .mono_underline = true},
	[STYLE_COLUMN_SORTED] = {COLORS(221, 236, 0, 7), .bold = true,
				 .mono_underline = true, .mono_bold = true},
	[STYLE_SELECTED] = {COLORS(255, 24, 7, 4), .bold = true, .mono_reverse = true},
	[STYLE_HOT] = {COLORS(215, -1, 3, -1), .bold = true, .mono_bold = true},
	[STYLE_GROWN] = {COLORS(210, -1, 1, -1), .bold = true, .mono_bold = true},
	[STYLE_SHRUNK] = {COLORS(114, -1, 2, -1)},
	[STYLE_FUNCTION] = {COLORS(180, -1, 3, -1)},
	[STYLE_LINE] = {COLORS(110, -1, 6, -1)},
	[STYLE_SOURCE] = {COLORS(246, -1, -1, -1)},
	[STYLE_SOURCE_AT] = {COLORS(255, 237, 7, -1), .bold = true, .mono_bold = true},
	[STYLE_MATCH] = {COLORS(16, 221, 0, 3), .mono_underline = true},
	[STYLE_BADGE] = {COLORS(16, 215, 0, 3), .bold = true, .mono_reverse = true},
	[STYLE_WARNING] = {COLORS(221, -1, 3, -1), .mono_bold = true},
	[STYLE_ERROR] = {COLORS(210, -1, 1, -1), .bold = true, .mono_bold = true},
	[STYLE_PROMPT] = {COLORS(117, -1, 6, -1), .bold = true, .mono_bold = true},
	[STYLE_KEY] = {COLORS(221, -1, 3, -1), .bold = true, .mono_bold = true},
};

static short index8(unsigned color)
{
	return color > 16 ? 7 : (short)((color - 1) % 8);
}

struct look palette_look(uint32_t style)
{
	if (!(style & STYLE_RAW_BIT))
		return looks[style < STYLES ? style : STYLE_TEXT];
	unsigned foreground = style_foreground(style),
		 background = style_background(style);
	struct look look = {COLORS(-1, -1, -1, -1)};
	if (foreground) {
		look.foreground = (short)(foreground - 1);
		look.foreground8 = index8(foreground);
	}
	if (background) {
		look.background = (short)(background - 1);
		look.background8 = index8(background);
	}
	look.bold = look.mono_bold = style & STYLE_RAW_BOLD;
	look.underline = look.mono_underline = style & STYLE_RAW_UNDERLINE;
	look.reverse = look.mono_reverse = style & STYLE_RAW_REVERSE;
	return look;
}

struct look palette_mono(uint32_t style)
{
	struct look look = palette_look(style);
	look.foreground = look.background = look.foreground8 = look.background8 = -1;
	look.bold = look.mono_bold;
	look.reverse = look.mono_reverse;
	look.underline = look.mono_underline;
	return look;
}

unsigned palette_rgb(unsigned index)
{
	static const unsigned base[16] = {
		0x1c1c1c, 0xd75f5f, 0x87af5f, 0xd7af5f, 0x5f87af, 0xaf87af,
		0x5fafaf, 0xc6c6c6, 0x6c6c6c, 0xff8787, 0xafd787, 0xffd787,
		0x87afd7, 0xd7afd7, 0x87d7d7, 0xffffff,
	};
	static const unsigned steps[6] = {0, 95, 135, 175, 215, 255};
	if (index < 16)
		return base[index];
	if (index >= 232) {
		unsigned grey = 8 + 10 * (index - 232);
		return grey << 16 | grey << 8 | grey;
	}
	index -= 16;
	return steps[index / 36 % 6] << 16 | steps[index / 6 % 6] << 8 | steps[index % 6];
}
