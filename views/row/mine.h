/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_MINE_H
#define VIEWS_ROW_MINE_H
/*
 * Which code is the user's own: `--mine`, `:mine`, `M`.  Rows are then named by the
 * newest frame of that code, so that what a library allocates counts for the line that
 * called it.
 *
 * Own are, unless folders are given:
 *   - Python files, but for the standard library and installed packages;
 *   - native source files of the program's executables, and all native ones under the folder
 *     that their sources have in common.  An executable is a module with a function `main`;
 *     Python's interpreter is none.  Of an executable without line information every function
 *     is own that has a name.
 * Never own are the system's folders, and those of package managers, wherever they stand.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/catalog/catalog.h"

#define MINE_BYTES 4096u

/* What was asked for.  Folders are absolute, without `.`, `..` and the last slash. */
struct mine {
	bool on;
	unsigned length;                /* folders; 0: the program's own source folder */
	size_t used;
	char folders[MINE_BYTES];       /* one behind the other, each with its NUL */
};

/* Adds a folder; a relative one is under `here`, an absolute path.  False: no room. */
bool mine_add(struct mine *mine, const char *here, const char *folder);
/* The folder after this one; NULL: the first one.  NULL behind the last. */
const char *mine_next(const struct mine *mine, const char *folder);

/* The same for the frames of one catalog. */
struct own;

/* Looks through the names that the catalog has so far: borrows it.  NULL: out of
 * memory. */
struct own *own_new(const struct mine *mine, const struct catalog *catalog);
void own_free(struct own *own);
/* Whether a frame is own code.  Wrappers may be, too. */
bool own_has(const struct own *own, const struct frame *frame);
/* Folders that hold own code, as far as there are any that are known. */
const struct mine *own_folders(const struct own *own);

#endif
