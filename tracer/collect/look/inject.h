/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_INJECT_H
#define TRACER_COLLECT_LOOK_INJECT_H
/* A system call in a thread that stands (ptrace(2)), by the code of machine/process.h. */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/look/stop.h"

struct inject_call {
	int64_t number;                 /* of the system call */
	uint64_t first, second, third;  /* arguments; the fourth and fifth are 0 */
	int64_t result;                 /* as the kernel gave it: -errno for a failure */
	bool interrupted;               /* ...by a signal, and has not happened */
	int32_t born;                   /* the process that it made, as memtop sees it; 0: none */
};

/* Whether that code is at `call` in the process of this thread. */
bool inject_knows(int32_t tid, uint64_t call);

/* Whether a thread that stands can make a call now: no signal is about to come to it, no
 * seccomp filter is on it, and it is not within a restartable sequence (rseq(2)), which
 * would go on as if it had not been interrupted. */
bool inject_can(const struct stop_thread *thread, int32_t pid);

/* Has a thread that stands make a system call, after which it stands as before.  0: see
 * call->result; -EAGAIN: a signal came before the call, which is given back as others
 * are, and nothing has happened; -ESRCH: the thread has ended; or -errno of ptrace(2). */
int inject_make(struct stop_thread *thread, uint64_t code, struct inject_call *call);

/* The same in a clone that never runs again: nothing is put back. */
int inject_last(int32_t tid, uint64_t code, struct inject_call *call);

#endif
