/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_COW_H
#define TRACER_COLLECT_LOOK_COW_H
/*
 * A copy-on-write clone of a process, which is read while the process runs again: one
 * stopped thread is made to call clone(2) (machine/process.h), which copies page tables
 * and no memory.
 *
 * The clone never executes an instruction of the program, has no open file, and is killed
 * when the process that traces it ends (PTRACE_O_EXITKILL).  It is a child of the process
 * that sends no signal, and that wait(2) does not see without __WALL or __WCLONE; cow_end
 * has the process reap it.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/look/stop.h"

struct cow {
	int32_t pid;                    /* in memtop's pid namespace; 0: there is no
					 * clone */
	int32_t theirs;                 /* in the process's own pid namespace */
	uint64_t call;                  /* address of machine/process.h's code in the process */
};

/* Whether a process may be cloned; false: it has a seccomp filter or a userfaultfd, or is
 * near a limit on processes. */
bool cow_allowed(int32_t pid);

/* Clones a process all of whose threads are stopped (stop_all), in the caller's thread,
 * which traces the clone from then on.  0; -EAGAIN: no thread can do it just now;
 * -EOPNOTSUPP: it can't be cloned, and the memory has to be copied; or -errno of
 * ptrace(2).  Call cow_end when the threads run again, after a failure too. */
int cow_make(struct cow *cow, struct stop *stop, int32_t pid, uint64_t call);

/* Ends the clone; the process reaps it, for which one of its threads stops for a moment.
 * If the process has become another program meanwhile, call_now says where that has the
 * code: 0: not known yet, and it is asked again for a second; NULL: it can't be known.
 * The clone stays a zombie if no thread stops within half a minute, or if the new program
 * is not traced. */
void cow_end(struct cow *cow, int32_t pid, uint64_t (*call_now)(void *user), void *user);

#endif
