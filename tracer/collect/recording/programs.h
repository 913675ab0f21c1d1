/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_PROGRAMS_H
#define TRACER_COLLECT_RECORDING_PROGRAMS_H
/* Deep copies of a struct program, and freeing them. */
#include "tracer/collect/error.h"
#include "tracer/heap/catalog/program.h"

/* A deep copy; 0 or -ENOMEM with *to cleared. */
int program_copy(struct program *to, const struct program *from);
/* Finds a process by "main", "all", or a pid (the newest traced process with it):
 * *process is its place in the list + 1, 0 for all.  -1 with *error, which names the
 * processes there are. */
int program_choose(const struct program *program, const char *text, uint32_t *process,
		   struct error *error);
/* Copies all members but the lists, which stay the copy's own. */
void program_follow(struct program *copy, const struct program *program);
/* Frees what it points to and zeroes it. */
void program_clear(struct program *program);
/* A NULL-terminated copy of argv, or NULL. */
char **argv_copy(int argc, char *const *argv);
/* Adds a process (argv may be NULL; copied).  0 or -ENOMEM. */
int program_add(struct program *program, int32_t pid, int32_t ppid, bool traced, int argc,
		char *const *argv);
/* Puts a process into a place of the list, which owns nothing (any more). */
void program_put(struct program *program, size_t at, int32_t pid, int32_t ppid, bool traced,
		 int argc, char *const *argv);
/* Notes why a process was not followed (copied; "": it was).  If there is no memory, no
 * reason is noted. */
void program_reason(struct process *process, const char *reason);
/* argv of a running process from /proc: NULL-terminated, *argc set; NULL: the process has
 * ended. */
char **argv_of(int32_t pid, int *argc);
void argv_free(char **argv);

#endif
