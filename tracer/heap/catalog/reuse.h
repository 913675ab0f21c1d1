/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_REUSE_H
#define TRACER_HEAP_CATALOG_REUSE_H
/*
 * Interpreters that reuse objects without telling.  CPython keeps freed lists, dicts,
 * tuples and floats for the next line that makes one, and before 3.13 nobody can see
 * that.  The block still counts for the line that made it first, although another line
 * may be keeping it (share/doc/PYTHON.md).
 */
#include <stdbool.h>

struct catalog;

/* Says that a process of this catalog's run is a CPython of version 3.minor.  May be
 * called in any thread. */
void reuse_met(struct catalog *catalog, unsigned minor);
/* Whether one of the run's processes is such an interpreter. */
bool reuse_is(const struct catalog *catalog);

#endif
