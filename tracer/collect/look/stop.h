/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_STOP_H
#define TRACER_COLLECT_LOOK_STOP_H
/* All threads of a process stand, and go on as if nothing had been (ptrace(2),
 * PTRACE_SEIZE and PTRACE_INTERRUPT: no signal is sent, none is lost). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STOP_REGISTERS 16384u           /* bytes of one thread: general ones and XSAVE area */

struct stop_thread {
	int32_t tid;
	bool stands;
	int signal;                     /* was about to be delivered; given back at the end */
	uint64_t stack;                 /* its stack pointer */
	size_t length;                  /* bytes of: */
	unsigned char *registers;
};

struct stop {
	struct stop_thread *threads;
	size_t length, room;
};

/* All calls of one stop, on a zeroed struct, come from one thread.  Stops all threads and
 * reads their registers; 0, or -errno as look_at says, and all of them run. */
int stop_all(struct stop *stop, int32_t pid, uint64_t patience_ns);
/* Stops some thread, no matter which, and reads its registers.  On -ETIMEDOUT it may be
 * called again with the same struct; other failures as above.  stop_end is to be called
 * then, too. */
int stop_one(struct stop *stop, int32_t pid, uint64_t patience_ns,
	     struct stop_thread **thread);
/* Each thread stands for a moment by itself, and its registers are read: adds them to
 * `stop`, in which a thread may stand several times.  One that another process traces, or
 * that does not stop in what all have together, has none; its stack pointer is known if
 * it waits in the kernel, else 0.  0, -ESRCH or -ENOMEM. */
int stop_each(struct stop *stop, int32_t pid, uint64_t patience_ns);
/* Lets those go that stand, and forgets them.  Returns how many are still to stop: nobody
 * else can stop these, and they would stand until the caller's thread ends. */
size_t stop_release(struct stop *stop);
/* All go on.  Frees nothing, so that registers stay. */
void stop_end(struct stop *stop);
void stop_free(struct stop *stop);

/* CLOCK_MONOTONIC in ns. */
uint64_t stop_clock(void);

#endif
