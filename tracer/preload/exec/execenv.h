/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_EXEC_EXECENV_H
#define TRACER_PRELOAD_EXEC_EXECENV_H
#include "tracer/wire/roll.h"

/* The environment a program is started with, so that it meets memtop, or not. */

/* What is to be executed: a path under a directory fd, or a name to be looked
 * for in PATH. */
struct execenv_file {
	int at;
	const char *path;
	int search;                     /* 1: as execvp does */
	enum roll_reason objection;     /* execenv_for: why it will not meet this memtop */
	int number;                     /* errno, of ROLL_UNREACHABLE */
};

/* `given` itself where it is right already; else a copy in this thread's
 * scratch, with LD_PRELOAD and memtop's variables put back, or taken out for a
 * program that can't be traced.  Valid until this thread's next call. */
char *const *execenv_for(struct execenv_file *file, char *const *given);

/* The same look at what is started with the environment as it is: nothing is changed. */
void execenv_judge(struct execenv_file *file, char *const *given);

/* Scratch for `count` argument pointers, or NULL; same life as above, and
 * execenv_for leaves it alone. */
char **execenv_arguments(unsigned long count);

#endif
