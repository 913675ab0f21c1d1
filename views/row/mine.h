/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_MINE_H
#define VIEWS_ROW_MINE_H
/*
 * Which code is the user's own: `--mine`, `:mine`, `M`. Rows are then named by the newest
 * frame of that code, so that what a library allocates counts for the line that called
 * it.
 *
 * Unless folders are given, own code is:
 * 	- Python files, except the standard library and installed packages;
 * 	- native source files of the program's executables, and all native ones in the
 * 	  folder that all their sources are in. An executable is a module with a function
 * 	  `main`, other than Python's interpreter. In one without line information, every
 * 	  function that has a name is own code.
 * The folders of the system and of package managers are never own code, wherever they
 * are.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/catalog/catalog.h"

#define MINE_BYTES 4096u

/* The request.  Folders are absolute, without `.`, `..` and a slash at the end. */
struct mine {
	bool on;
	unsigned length;                /* of the folders; 0: the program's own source
					 * folder */
	size_t used;
	char folders[MINE_BYTES];       /* one after the other, each with its NUL */
};

/* Adds a folder; a relative one is taken from `here`, an absolute path.  False: no
 * room. */
bool mine_add(struct mine *mine, const char *here, const char *folder);
/* The folder after this one, or the first one for NULL. NULL after the last one. */
const char *mine_next(const struct mine *mine, const char *folder);

/* What is own code among the frames of one catalog. */
struct own;

/* Looks through the names that the catalog has so far: borrows it.  NULL: out of
 * memory. */
struct own *own_new(const struct mine *mine, const struct catalog *catalog);
void own_free(struct own *own);
/* Whether a frame is own code.  Wrappers can be own code too. */
bool own_has(const struct own *own, const struct frame *frame);
/* The folders of own code, as far as they are known. */
const struct mine *own_folders(const struct own *own);

#endif
