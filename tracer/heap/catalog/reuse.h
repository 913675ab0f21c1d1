/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_REUSE_H
#define TRACER_HEAP_CATALOG_REUSE_H
/*
 * Who hands freed objects on: CPython keeps freed lists, dicts, tuples and floats for the
 * next line that makes one, and before 3.13 tells nobody.  The block stays with the line
 * that made it first, so what stays there may be kept by another one (share/doc/PYTHON.md).
 */
#include <stdbool.h>

struct catalog;

/* A process of the run that this catalog belongs to is a CPython of this version, 3.minor.
 * Any thread. */
void reuse_met(struct catalog *catalog, unsigned minor);
/* Whether one of them is such an interpreter. */
bool reuse_is(const struct catalog *catalog);

#endif
