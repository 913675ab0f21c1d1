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
	struct worker *reader;          /* waits for no table; NULL: all is read when asked */
	struct source_job *asked;       /* or NULL */
};

/* Opens zeroed sources, with a worker or without; false without memory. */
bool sources_open(struct sources *sources, struct session *session, bool worker);
/* Ends them, whatever is on its way. */
void sources_close(struct sources *sources);
/* Takes the lines that were read.  True: there are some, and the screen is to be drawn
 * again. */
bool sources_take(struct sources *sources);
/* Asks for the lines that were not there when the screen was drawn, and waits a moment
 * for them; returns as sources_take does. */
bool sources_await(struct sources *sources);

#endif
