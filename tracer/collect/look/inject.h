/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_INJECT_H
#define TRACER_COLLECT_LOOK_INJECT_H
/* A system call made by a stopped thread (ptrace(2)), with the code of
 * machine/process.h. */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/look/stop.h"

struct inject_call {
	int64_t number;                 /* of the system call */
	uint64_t first, second, third;  /* arguments; the fourth and fifth are 0 */
	int64_t result;                 /* as the kernel gave it: -errno for a failure */
	bool interrupted;               /* a signal came first, and the call was not
					 * made */
	int32_t born;                   /* pid of the process that it made, in memtop's
					 * namespace; 0: none */
};

/* Whether that code is at `call` in the process of this thread. */
bool inject_knows(int32_t tid, uint64_t call);

/* Whether a stopped thread can make a call now: no signal is about to be delivered, it
 * has no seccomp filter, and it is not within a restartable sequence (rseq(2)), which
 * would go on as if it had not been interrupted. */
bool inject_can(const struct stop_thread *thread, int32_t pid);

/* Has a stopped thread make a system call, after which it is stopped as before.  0: see
 * call->result; -EAGAIN: a signal came before the call, which is delivered later like
 * others, and nothing has happened; -ESRCH: the thread has ended; or -errno of
 * ptrace(2). */
int inject_make(struct stop_thread *thread, uint64_t code, struct inject_call *call);

/* The same in a clone, which never runs again, so nothing is restored. */
int inject_last(int32_t tid, uint64_t code, struct inject_call *call);

#endif
