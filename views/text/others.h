/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_OTHERS_H
#define VIEWS_TEXT_OTHERS_H
/* What is to be said of the processes that a view does not show, for people. */
#include "tracer/heap/catalog/program.h"
#include "views/format/out.h"

#define UNFOLLOWED_SHOWN 5u             /* of many, in text */

/* A line for each process that was not followed, or not all the way (those with a
 * reason), at most so many and how many more there are: "PREFIXnot followed: pid 12,
 * ./tool: statically linked ..." */
void unfollowed_text(struct out *out, const struct program *program, size_t most,
		     const char *prefix);

/* One line on the process that holds or grew more, as in struct heavier; nothing if
 * there is none.  `verb`: "holds". */
void heavier_text(struct out *out, const struct program *program, const struct heavier *heavier,
		  const char *prefix, const char *verb);

#endif
