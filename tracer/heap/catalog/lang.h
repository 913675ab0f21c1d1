/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_LANG_H
#define TRACER_HEAP_CATALOG_LANG_H
/*
 * What a frame is written in.
 */
#include <stdbool.h>

enum lang { LANG_NONE, LANG_C, LANG_CXX, LANG_RUST, LANG_PYTHON };

/* False where the frame's function stands in place of its line.  Python's line 0 is a
 * line: of code that stands nowhere, as tracemalloc names it. */
static inline bool lang_has_line(enum lang lang, unsigned line)
{
	return line || lang == LANG_PYTHON;
}

#endif
