/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_UNNAMED_H
#define VIEWS_FORMAT_UNNAMED_H
/* Why functions have no name, and what helps. */
#include "tracer/heap/catalog/catalog.h"

/* "no debug info: install its -dbgsym package or set DEBUGINFOD_URLS", for the first
 * module of that name.  If no reason is known, the text says that it has no symbols.
 * Never NULL. */
const char *unnamed_why(const struct catalog *catalog, const char *module);

#endif
