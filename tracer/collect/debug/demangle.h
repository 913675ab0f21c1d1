/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_DEMANGLE_H
#define TRACER_COLLECT_DEBUG_DEMANGLE_H
/* Turns linker names into names as people write them. */
#include <stddef.h>
#include "tracer/heap/catalog/catalog.h"

/* Writes the readable name of `symbol` to text (at most size - 1 bytes and a NUL): C++
 * with parameters and without return type, Rust without its hash.  *lang (may be NULL) is
 * the language that the mangling tells, or LANG_NONE.  Returns the length; a name that is
 * not mangled, is damaged or is longer than `size` is copied as it is, cut to fit. */
size_t demangle(const char *symbol, char *text, size_t size, enum lang *lang);

#endif
