/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_RUNDIR_H
#define TRACER_COLLECT_TARGET_RUNDIR_H
/*
 * The run's folder (mode 0700): $XDG_RUNTIME_DIR/memtop.KEEPER.XXXXXX, or the
 * same under /tmp.  It holds the sockets `meet` and `ctl`, and the symbolic
 * link `target`, whose text is the target's pid.
 */
#include <stdint.h>
#include <sys/types.h>
#include "tracer/collect/error.h"

/* A socket's address has at most 108 bytes, which leaves this much to the folder. */
#define RUNDIR_MAX 96

/* Makes the folder, in a place where nobody else can replace it, with this process as
 * keeper, and clears away what killed memtops of this user left.  -1 with *error
 * (125). */
int rundir_make(char folder[RUNDIR_MAX], struct error *error);
/* Binds and listens on folder/name (SOCK_SEQPACKET, close-on-exec,
 * non-blocking).  The fd, or -1 with *error. */
int rundir_listen(const char *folder, const char *name, struct error *error);
/* Notes the target's pid, by which ctl can find this run as well as by the keeper's. */
void rundir_set_target(const char *folder, int32_t pid);
/* Removes the files in the folder and the folder itself, if it is ours; safe to call
 * twice. */
void rundir_remove(const char *folder);
/* Finds the folder of the memtop whose keeper or target is `pid`, and its owner: us or,
 * for root, the user of that process.  Whoever answers there must be that user too.  -1
 * with *error (125). */
int rundir_find(int32_t pid, char folder[RUNDIR_MAX], uid_t *owner, struct error *error);
/* Calls each(user, folder) for the folders of all memtops of this user, in no order. */
void rundir_each(void (*each)(void *user, const char *folder), void *user);

#endif
