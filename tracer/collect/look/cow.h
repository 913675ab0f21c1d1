/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_COW_H
#define TRACER_COLLECT_LOOK_COW_H
/*
 * A copy-on-write clone of a process, which is read while the process runs again: one
 * thread that stands is made to call clone(2) (machine/process.h), which copies page tables and
 * no memory.
 *
 * The clone never executes an instruction of the program's, has no open file, and dies
 * with who traces it (PTRACE_O_EXITKILL).  It is a child of the process that sends no
 * signal, and which wait(2) does not see without __WALL or __WCLONE; cow_end reaps it.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/look/stop.h"

struct cow {
	int32_t pid;                    /* as memtop sees it; 0: there is no clone */
	int32_t theirs;                 /* as the process itself sees it */
	uint64_t call;                  /* address of machine/process.h's code in the process */
};

/* Whether a process may be cloned; false: it has a seccomp filter, a userfaultfd, or a
 * limit of processes that is near. */
bool cow_allowed(int32_t pid);

/* Clones a process all of whose threads stand (stop_all), in the caller's thread, which
 * traces the clone from then on.  0; -EAGAIN: just now no thread can; -EOPNOTSUPP: it
 * can't be, and the memory has to be copied; or -errno of ptrace(2).  cow_end is to be
 * called after a failure, too, when the threads run again. */
int cow_make(struct cow *cow, struct stop *stop, int32_t pid, uint64_t call);

/* Ends the clone; the process reaps it, for which one of its threads stops for a moment.  If
 * the process has become another program meanwhile, call_now says where that has the code: 0:
 * not known yet, which is asked for a second; NULL: nobody knows.
 * It stays there as a zombie if none of its threads stops within half a minute, or if the new
 * program is not traced. */
void cow_end(struct cow *cow, int32_t pid, uint64_t (*call_now)(void *user), void *user);

#endif
