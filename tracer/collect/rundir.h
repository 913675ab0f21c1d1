/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUNDIR_H
#define TRACER_COLLECT_RUNDIR_H
/*
 * The run's folder (mode 0700): $XDG_RUNTIME_DIR/memtop.KEEPER.XXXXXX, or the
 * same under /tmp.  It holds the sockets `meet` and `ctl`, and the symbolic
 * link `target`, whose text is the target's pid.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/error.h"

/* A socket's address is at most 108 bytes, so a folder's is this. */
#define RUNDIR_MAX 96

/* Makes the folder for this process as keeper.  -1 with *error (125). */
int rundir_make(char folder[RUNDIR_MAX], struct error *error);
/* Binds and listens on folder/name (SOCK_SEQPACKET, close-on-exec,
 * non-blocking).  The fd, or -1 with *error. */
int rundir_listen(const char *folder, const char *name, struct error *error);
void rundir_set_target(const char *folder, int32_t pid);
/* Removes what it holds and the folder itself; safe to call twice. */
void rundir_remove(const char *folder);
/* The folder of the memtop whose keeper or target is `pid`.  False: none. */
bool rundir_find(int32_t pid, char folder[RUNDIR_MAX]);

#endif
