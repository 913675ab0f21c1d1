/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_PYTHON_H
#define VIEWS_ROW_PYTHON_H
/*
 * The modules of Python frames, which know only their file, and the interpreter's own
 * code.  The name of a module is its path below an entry of sys.path, with dots:
 * "json.decoder". For the standard library and installed packages, the entry is
 * recognised by its folder's name.  Elsewhere a folder is taken for a package if its
 * __init__.py allocated something, which it does when it is imported.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/catalog/catalog.h"

struct python_packages;

/* Reads the names that the catalog has so far, and borrows them.  NULL: out of memory. */
struct python_packages *python_packages_new(const struct catalog *catalog);
void python_packages_free(struct python_packages *packages);

/* Writes the module of a file, cut at size - 1 bytes: "<string>" and the like as they
 * are, "<frozen os>" as "os". */
void python_module(const struct python_packages *packages, const char *file, char *text,
		   size_t size);

/* Whether a native module is the interpreter, or belongs to its standard library. */
bool python_is_interpreter(const char *name, const char *path);

#endif
