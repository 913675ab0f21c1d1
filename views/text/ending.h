/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_ENDING_H
#define VIEWS_TEXT_ENDING_H
/* How a run ended, in words: the first question about a recording of a program that
 * died. */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "views/table/table.h"

#define ENDING_MAX 256                  /* bytes that any of these texts needs */

/* How the program ended, if it did. */
enum ending_how { ENDED_EXIT, ENDED_SIGNAL, ENDED_OOM_KILL, ENDED_UNKNOWN, ENDED_NOT, ENDED_CUT_OFF };
enum ending_how ending_how(const struct program *program);
/* The word for programs: "exit", "signal", "oom_kill", "unknown", "running" (tracing was
 * stopped), or "cut_off" (memtop was killed or its disk full, or it is still writing). */
const char *ending_word(enum ending_how how);
/* The ceiling that the program was near, of which at least 90 % were in use at some time;
 * NULL: none. */
const struct ceiling *ending_ceiling(const struct program *program);

/* "was ended by signal 9 (Killed): the OOM killer, at 99.9 % of memory.max (512 MiB)". */
void ending_text(const struct program *program, char text[ENDING_MAX]);
/* Whether there is something to explain: it did not simply exit with status 0 and far
 * from any ceiling. */
bool ending_is_unusual(const struct program *program);
/* "worker was ended by ... after 00:12:31; most memory: 148 MiB at worker.c:6; grew the
 * most: +2.0 MiB a minute since 00:01:10 at worker.c:6 (leaking)".  The tables are by
 * line, at the last moment, sorted by size and by growth; each may be NULL. */
void ending_story(const struct program *program, const struct table *held,
		  const struct table *grown, char *text, size_t size);

#endif
