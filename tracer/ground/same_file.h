/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_SAME_FILE_H
#define TRACER_GROUND_SAME_FILE_H
#include <stdbool.h>
#include <sys/stat.h>

/* Whether two paths lead to one file that exists, also by links.  Neither is opened: closing a
 * database that this process also writes would drop SQLite's locks, which are the process's. */
static inline bool same_file(const char *a, const char *b)
{
	struct stat first, second;

	return !stat(a, &first) && !stat(b, &second) && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

#endif
