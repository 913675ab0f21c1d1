/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_EXEC_EXECENV_H
#define TRACER_PRELOAD_EXEC_EXECENV_H
#include "tracer/wire/roll.h"

/* The environment with which a program is started, so that it is traced, or is not. */

/* What is to be executed: a path relative to a directory fd, or a name to be searched in
 * PATH. */
struct execenv_file {
	int at;
	const char *path;
	int search;                     /* 1: as execvp does */
	enum roll_reason objection;     /* set by execenv_for: why it can't be traced by
					 * this memtop */
	int number;                     /* errno, of ROLL_UNREACHABLE */
};

/* `given` itself where it is right already; else a copy in this thread's
 * scratch, with LD_PRELOAD and memtop's variables put back, or taken out for a
 * program that can't be traced.  Valid until this thread's next call. */
char *const *execenv_for(struct execenv_file *file, char *const *given);

/* The same check for a program that is started with the environment as it is. */
void execenv_judge(struct execenv_file *file, char *const *given);

/* Scratch for `count` argument pointers, or NULL; same life as above, and
 * execenv_for leaves it alone. */
char **execenv_arguments(unsigned long count);

#endif
