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

/* A socket's address is at most 108 bytes, so a folder's is this. */
#define RUNDIR_MAX 96

/* Makes the folder for this process as keeper, where nobody else can replace it,
 * and clears away what killed memtops of this user left.  -1 with *error (125). */
int rundir_make(char folder[RUNDIR_MAX], struct error *error);
/* Binds and listens on folder/name (SOCK_SEQPACKET, close-on-exec,
 * non-blocking).  The fd, or -1 with *error. */
int rundir_listen(const char *folder, const char *name, struct error *error);
/* Says whom ctl may call it by, beside the keeper. */
void rundir_set_target(const char *folder, int32_t pid);
/* Removes what it holds and the folder itself, if it is ours; safe to call twice. */
void rundir_remove(const char *folder);
/* The folder of the memtop whose keeper or target is `pid`, and whose it is: ours,
 * or, for root, the user's of that process.  Whoever answers there has to be that
 * user too.  -1 with *error (125). */
int rundir_find(int32_t pid, char folder[RUNDIR_MAX], uid_t *owner, struct error *error);
/* Calls each(user, folder) for the folders of all memtops of this user, as they come. */
void rundir_each(void (*each)(void *user, const char *folder), void *user);

#endif
