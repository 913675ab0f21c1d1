/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Muted themes: text keeps the terminal's own colour, everything around it is grey and
 * blue, and only what deserves attention has a warm colour.
 * tests/unit/base/test_palette.c checks that every text is readable on its background.
 */
#include "tui/base/palette.h"

#include <stdlib.h>
#include <string.h>

/* Colours of 256, then of 8; -1 is the terminal's own. */
#define COLORS(ink, paper, ink8, paper8) \
	.foreground = ink, .background = paper, .foreground8 = ink8, .background8 = paper8
#define PLAIN COLORS(-1, -1, -1, -1)

static const struct look looks[THEMES][STYLES] = {
[THEME_DARK] = {
	[STYLE_TEXT] = {COLORS(-1, -1, -1, -1)},
	[STYLE_DIM] = {COLORS(245, -1, -1, -1)},
	[STYLE_TITLE] = {COLORS(153, 236, 7, 4), .bold = true},
	[STYLE_LABEL] = {COLORS(110, -1, 6, -1)},
	[STYLE_FIGURE] = {COLORS(255, -1, 7, -1), .bold = true},
	[STYLE_BAR] = {COLORS(79, -1, 2, -1)},
	[STYLE_MARK] = {COLORS(221, -1, 3, -1), .bold = true},
	[STYLE_TAB] = {COLORS(246, 234, 7, -1)},
	[STYLE_TAB_ACTIVE] = {COLORS(16, 110, 0, 6), .bold = true},
	[STYLE_COLUMN] = {COLORS(146, 236, 0, 7)},
	[STYLE_COLUMN_SORTED] = {COLORS(221, 236, 0, 7), .bold = true},
	[STYLE_SELECTED] = {COLORS(255, 24, 7, 4), .bold = true},
	[STYLE_HOT] = {COLORS(215, -1, 3, -1), .bold = true},
	[STYLE_GROWN] = {COLORS(210, -1, 1, -1), .bold = true},
	[STYLE_SHRUNK] = {COLORS(114, -1, 2, -1)},
	[STYLE_FUNCTION] = {COLORS(180, -1, 3, -1)},
	[STYLE_LINE] = {COLORS(110, -1, 6, -1)},
	[STYLE_SOURCE] = {COLORS(246, -1, -1, -1)},
	[STYLE_SOURCE_AT] = {COLORS(255, 237, 7, -1), .bold = true},
	[STYLE_MATCH] = {COLORS(16, 221, 0, 3)},
	[STYLE_BADGE] = {COLORS(16, 215, 0, 3), .bold = true},
	[STYLE_WARNING] = {COLORS(221, -1, 3, -1)},
	[STYLE_ERROR] = {COLORS(210, -1, 1, -1), .bold = true},
	[STYLE_PROMPT] = {COLORS(117, -1, 6, -1), .bold = true},
	[STYLE_KEY] = {COLORS(221, -1, 3, -1), .bold = true},
},
[THEME_LIGHT] = {
	[STYLE_TEXT] = {COLORS(-1, -1, -1, -1)},
	[STYLE_DIM] = {COLORS(242, -1, -1, -1)},
	[STYLE_TITLE] = {COLORS(17, 253, 0, 7), .bold = true},
	[STYLE_LABEL] = {COLORS(25, -1, 4, -1)},
	[STYLE_FIGURE] = {COLORS(16, -1, 0, -1), .bold = true},
	[STYLE_BAR] = {COLORS(29, -1, 2, -1)},
	[STYLE_MARK] = {COLORS(130, -1, 5, -1), .bold = true},
	[STYLE_TAB] = {COLORS(239, 254, 0, 7)},
	[STYLE_TAB_ACTIVE] = {COLORS(231, 25, 7, 4), .bold = true},
	[STYLE_COLUMN] = {COLORS(238, 252, 0, 7)},
	[STYLE_COLUMN_SORTED] = {COLORS(88, 252, 1, 7), .bold = true},
	[STYLE_SELECTED] = {COLORS(16, 153, 7, 4), .bold = true},
	[STYLE_HOT] = {COLORS(130, -1, 5, -1), .bold = true},
	[STYLE_GROWN] = {COLORS(160, -1, 1, -1), .bold = true},
	[STYLE_SHRUNK] = {COLORS(28, -1, 2, -1)},
	[STYLE_FUNCTION] = {COLORS(90, -1, 5, -1)},
	[STYLE_LINE] = {COLORS(25, -1, 4, -1)},
	[STYLE_SOURCE] = {COLORS(240, -1, -1, -1)},
	[STYLE_SOURCE_AT] = {COLORS(16, 254, 0, 7), .bold = true},
	[STYLE_MATCH] = {COLORS(16, 221, 0, 3)},
	[STYLE_BADGE] = {COLORS(231, 130, 7, 1), .bold = true},
	[STYLE_WARNING] = {COLORS(130, -1, 5, -1)},
	[STYLE_ERROR] = {COLORS(160, -1, 1, -1), .bold = true},
	[STYLE_PROMPT] = {COLORS(25, -1, 4, -1), .bold = true},
	[STYLE_KEY] = {COLORS(130, -1, 5, -1), .bold = true},
},
[THEME_MONO] = {
	[STYLE_TEXT] = {PLAIN},
	[STYLE_DIM] = {PLAIN},
	[STYLE_TITLE] = {PLAIN, .reverse = true},
	[STYLE_LABEL] = {PLAIN},
	[STYLE_FIGURE] = {PLAIN, .bold = true},
	[STYLE_BAR] = {PLAIN},
	[STYLE_MARK] = {PLAIN, .bold = true},
	[STYLE_TAB] = {PLAIN},
	[STYLE_TAB_ACTIVE] = {PLAIN, .reverse = true},
	[STYLE_COLUMN] = {PLAIN, .underline = true},
	[STYLE_COLUMN_SORTED] = {PLAIN, .bold = true, .underline = true},
	[STYLE_SELECTED] = {PLAIN, .reverse = true},
	[STYLE_HOT] = {PLAIN, .bold = true},
	[STYLE_GROWN] = {PLAIN, .bold = true},
	[STYLE_SHRUNK] = {PLAIN},
	[STYLE_FUNCTION] = {PLAIN},
	[STYLE_LINE] = {PLAIN},
	[STYLE_SOURCE] = {PLAIN},
	[STYLE_SOURCE_AT] = {PLAIN, .bold = true},
	[STYLE_MATCH] = {PLAIN, .underline = true},
	[STYLE_BADGE] = {PLAIN, .reverse = true},
	[STYLE_WARNING] = {PLAIN, .bold = true},
	[STYLE_ERROR] = {PLAIN, .bold = true},
	[STYLE_PROMPT] = {PLAIN, .bold = true},
	[STYLE_KEY] = {PLAIN, .bold = true},
},
};

static short index8(unsigned color)
{
	return color > 16 ? 7 : (short)((color - 1) % 8);
}

struct look palette_look(enum theme theme, uint32_t style)
{
	if (!(style & STYLE_RAW_BIT))
		return looks[theme][style < STYLES ? style : STYLE_TEXT];
	unsigned foreground = style_foreground(style),
		 background = style_background(style);
	struct look look = {
		PLAIN,
		.bold = style & STYLE_RAW_BOLD,
		.underline = style & STYLE_RAW_UNDERLINE,
		.reverse = style & STYLE_RAW_REVERSE,
	};
	if (foreground && theme != THEME_MONO) {
		look.foreground = (short)(foreground - 1);
		look.foreground8 = index8(foreground);
	}
	if (background && theme != THEME_MONO) {
		look.background = (short)(background - 1);
		look.background8 = index8(background);
	}
	return look;
}

static const char *const names[THEMES] = {
	[THEME_DARK] = "dark", [THEME_LIGHT] = "light", [THEME_MONO] = "mono",
};

const char *palette_theme_name(enum theme theme)
{
	return names[theme];
}

enum theme palette_theme_find(const char *name)
{
	unsigned theme = 0;
	while (theme < THEMES && strcmp(name, names[theme]))
		theme++;
	return (enum theme)theme;
}

enum theme palette_theme_of(const char *colorfgbg)
{
	/* COLORFGBG is "0;15" or "0;default;15"; 7 and all from 9 on are light. */
	const char *last = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
	int background = last && last[1] ? atoi(last + 1) : 0;
	return background == 7 || background > 8 ? THEME_LIGHT : THEME_DARK;
}

unsigned palette_ink(enum theme theme)
{
	return theme == THEME_LIGHT ? 0x202124 : 0xd0d0d0;
}

unsigned palette_paper(enum theme theme)
{
	return theme == THEME_LIGHT ? 0xffffff : 0x16181d;
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
