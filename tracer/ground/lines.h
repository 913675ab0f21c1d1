/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_LINES_H
#define TRACER_GROUND_LINES_H
/*
 * The lines of a small file that somebody wrote: scripts, settings, filters,
 * suppressions.  A line that is too long is refused and not cut, since half of a filter
 * is another filter.
 */
#include <stdio.h>

#define LINES_MOST 65535                /* bytes of one line */

struct lines {
	FILE *file;                     /* borrowed */
	unsigned number;                /* number of the last line returned, from 1 */
	char *text;
	const char *problem;            /* why reading stopped; NULL: at the file's end */
};

/* Begins with the first line of an open file.  The caller must call lines_end in the
 * end. */
void lines_begin(struct lines *lines, FILE *file);
/* The next line, without its end ("\n" or "\r\n"), which the caller may write into:
 * valid until the next call.  NULL: there is none, or lines->problem says what is
 * wrong with line lines->number. */
char *lines_next(struct lines *lines);
void lines_end(struct lines *lines);

#endif
