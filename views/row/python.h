/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_PYTHON_H
#define VIEWS_ROW_PYTHON_H
/*
 * The modules of Python frames, which know their file alone, and the interpreter's own
 * code. A module's name is its path below what sys.path has, with dots: "json.decoder".
 * Of the standard library and of installed packages that is known by their folders;
 * elsewhere a folder is a package if its __init__.py allocated something, as it does when
 * it is imported.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/catalog/catalog.h"

struct python_packages;

/* Looks through the names that the catalog has so far: borrows them.  NULL: no memory. */
struct python_packages *python_packages_new(const struct catalog *catalog);
void python_packages_free(struct python_packages *packages);

/* The module of a file, "<string>" and the like as they are, "<frozen os>" as "os":
 * cut at size - 1 bytes. */
void python_module(const struct python_packages *packages, const char *file, char *text,
		   size_t size);

/* Whether a native module is the interpreter, or one of its standard library's own. */
bool python_is_interpreter(const char *name, const char *path);

#endif
