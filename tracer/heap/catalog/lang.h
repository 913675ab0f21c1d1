/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_LANG_H
#define TRACER_HEAP_CATALOG_LANG_H
/*
 * The language that a frame is written in.
 */
#include <stdbool.h>

enum lang { LANG_NONE, LANG_C, LANG_CXX, LANG_RUST, LANG_PYTHON };

/* Whether a frame has a line; if not, its function stands in place of it.  In Python line
 * 0 counts as a line, that of code which stands in no file, as tracemalloc names it. */
static inline bool lang_has_line(enum lang lang, unsigned line)
{
	return line || lang == LANG_PYTHON;
}

#endif
