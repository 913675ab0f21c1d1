/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks that can be told apart on a monochrome terminal too. */
#include "tui/detail/mark.h"

#include "tui/base/style.h"

static const struct mark {
	const char *text, *ascii;
	uint32_t style;
} marks[GROWTH_WORDS] = {
	[GROWTH_TOO_SHORT] = {" ", " ", STYLE_DIM},
	[GROWTH_SHRINKING] = {"▽", "v", STYLE_SHRUNK},
	[GROWTH_SETTLED] = {"=", "=", STYLE_DIM},
	[GROWTH_SAWTOOTH] = {"~", "~", STYLE_DIM},
	[GROWTH_CONTAINER] = {"□", "c", STYLE_WARNING},
	[GROWTH_STEPS] = {"▟", "s", STYLE_WARNING},
	[GROWTH_TURNOVER] = {"o", "o", STYLE_DIM},
	[GROWTH_UNDECIDED] = {"?", "?", STYLE_WARNING},
	[GROWTH_WARMING_UP] = {"△", "^", STYLE_WARNING},
	[GROWTH_LEAKING] = {"▲", "!", STYLE_GROWN},
};

static const struct mark *detail_mark(enum growth_word word)
{
	return &marks[word < GROWTH_WORDS ? word : GROWTH_TOO_SHORT];
}

const char *mark_text(enum growth_word word, bool ascii)
{
	const struct mark *mark = detail_mark(word);
	return ascii ? mark->ascii : mark->text;
}

uint32_t mark_style(enum growth_word word)
{
	return detail_mark(word)->style;
}
