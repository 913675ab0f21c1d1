/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_UNNAMED_H
#define VIEWS_FORMAT_UNNAMED_H
/* Functions that have no name: why, and what helps. */
#include "tracer/heap/catalog/catalog.h"

/* "no debug info: install its -dbgsym package or set DEBUGINFOD_URLS", of the first module
 * of that name; where nothing was found out, that it has no symbols.  Never NULL. */
const char *unnamed_why(const struct catalog *catalog, const char *module);

#endif
