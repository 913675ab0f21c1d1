/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_STYLE_H
#define TUI_BASE_STYLE_H
/*
 * What a cell means, but not which colour it has: palette.c tells that.  The exception
 * are cells of the target's own terminal, which carry the colours that the target chose
 * (STYLE_RAW).
 */
#include <stdint.h>

enum style {
	STYLE_TEXT,
	STYLE_DIM,                      /* less important: parents of a path, hints */
	STYLE_TITLE,                    /* the header line */
	STYLE_LABEL,                    /* names of gauges */
	STYLE_FIGURE,                   /* values of gauges */
	STYLE_BAR,                      /* the filled part of a bar, the curve */
	STYLE_MARK,                     /* marks on the timeline */
	STYLE_TAB, STYLE_TAB_ACTIVE,
	STYLE_COLUMN, STYLE_COLUMN_SORTED,
	STYLE_SELECTED,
	STYLE_HOT,                      /* rows that hold the most */
	STYLE_GROWN, STYLE_SHRUNK,      /* always beside a + or - sign */
	STYLE_FUNCTION, STYLE_LINE,     /* names and line numbers in stacks */
	STYLE_SOURCE, STYLE_SOURCE_AT,  /* source text, the line itself */
	STYLE_MATCH,                    /* text that matches the search */
	STYLE_BADGE,                    /* [PAUSED] [FILTER] */
	STYLE_WARNING, STYLE_ERROR,
	STYLE_PROMPT, STYLE_KEY,        /* keys named in hints and help */
	STYLES
};

/* A cell of the target's terminal: colours are 0 (default) or 1 + an index into the
 * 256. */
#define STYLE_RAW_BIT UINT32_C(0x80000000)
#define STYLE_RAW_BOLD UINT32_C(0x01000000)
#define STYLE_RAW_UNDERLINE UINT32_C(0x02000000)
#define STYLE_RAW_REVERSE UINT32_C(0x04000000)

static inline uint32_t style_raw(unsigned foreground, unsigned background,
				 uint32_t attributes)
{
	return STYLE_RAW_BIT | attributes | (uint32_t)(background & 511u) << 9 |
	       (uint32_t)(foreground & 511u);
}
static inline unsigned style_foreground(uint32_t style) { return style & 511u; }
static inline unsigned style_background(uint32_t style) { return style >> 9 & 511u; }

#endif
