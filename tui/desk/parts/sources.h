/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_SOURCES_H
#define TUI_DESK_PARTS_SOURCES_H
/* Source lines for the screens, read by a worker. */
#include <stdbool.h>

struct session;
struct source_job;
struct source_lines;
struct worker;

struct sources {
	struct session *session;        /* knows the files */
	struct source_lines *lines;     /* what is known and what is wanted, for screens */
	struct worker *reader;          /* separate from tables; NULL: lines are read at
					 * once */
	struct source_job *asked;       /* or NULL */
};

/* Opens a zeroed struct, with a worker or without.  False: out of memory. */
bool sources_open(struct sources *sources, struct session *session, bool worker);
/* Ends it with whatever is on its way. */
void sources_close(struct sources *sources);
/* Takes the lines that have been read.  True: there are some, and the screen must be
 * drawn. */
bool sources_take(struct sources *sources);
/* Asks for the lines that were missing when the screen was drawn, and waits a moment for
 * them.  Returns as sources_take does. */
bool sources_await(struct sources *sources);

#endif
