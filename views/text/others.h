/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_OTHERS_H
#define VIEWS_TEXT_OTHERS_H
/* Sentences for people about processes that a view does not show. */
#include "tracer/heap/catalog/program.h"
#include "views/format/out.h"

#define UNFOLLOWED_SHOWN 5u             /* how many of them a text lists */

/* Writes a line for each process that was not followed, or not completely, and has a
 * reason; at most `most` of them, and then how many more there are: "PREFIXnot followed:
 * pid 12, ./tool: statically linked ..." */
void unfollowed_text(struct out *out, const struct program *program, size_t most,
		     const char *prefix);

/* Writes one line on the process that holds, or grew, more than the one shown (struct
 * heavier); nothing if there is none.  `verb`: "holds". */
void heavier_text(struct out *out, const struct program *program, const struct heavier *heavier,
		  const char *prefix, const char *verb);

#endif
