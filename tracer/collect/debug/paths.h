/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_PATHS_H
#define TRACER_COLLECT_DEBUG_PATHS_H
/* Source paths: made absolute, and mapped by --source-map. */
#include <stddef.h>

/* Writes `folder`/`file` (folder is left out if file is absolute; may be NULL)
 * without `.`, `..` and doubled slashes; no link is followed.  Cut to size - 1
 * bytes; returns the length. */
size_t paths_clean(const char *folder, const char *file, char *path, size_t size);

/* Maps `path`: the first of the "OLD=NEW" maps (NULL-terminated, may be NULL) whose OLD
 * is the path or a number of its leading folders replaces that part by NEW.  Writes the
 * result to moved and returns it; or returns `path` itself, if no map fits or the result
 * would have to be cut. */
const char *paths_map(const char *const *maps, const char *path, char *moved,
		      size_t size);

#endif
