/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_LAUNCH_H
#define TRACER_COLLECT_TARGET_LAUNCH_H
/* Before a target starts: finding it, refusing it in one sentence, and what
 * its environment must hold. */
#include <limits.h>
#include "tracer/collect/error.h"

/* Finds `program` as execvp would and judges whether it can be traced (memtop(1),
 * CAVEATS: static, set-user-ID, capabilities, other architecture, musl, defines
 * malloc, not executable, a script with such an interpreter).  0 and the path,
 * or -1 with *error: status 127 not found, 126 refused. */
int launch_check(const char *program, char path[PATH_MAX], struct error *error);

/* Why a file of this verdict (elfcheck.h) can't be traced: what "it" is or does, without
 * a full stop; NULL: it can be. */
const char *launch_why(int verdict);

/* Where libmemtop.so is: beside the running executable, or in the Makefile's
 * LIBDIR/memtop, relative to it.  0, or -1 with *error (125). */
int launch_library(char path[PATH_MAX], struct error *error);

/* A copy of environ with LD_PRELOAD extended by the library and memtop's
 * variables set, and TERM if there is a terminal type for it; NULL: out of
 * memory.  Free with launch_environment_free. */
char **launch_environment(const char *library, const char *meeting, const char *terminal);
/* The same for a program whose tracer is to sleep until memtop attaches. */
char **launch_environment_standby(const char *library);
void launch_environment_free(char **environment);

#endif
