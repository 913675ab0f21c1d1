/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_STOP_H
#define TRACER_COLLECT_LOOK_STOP_H
/* Stops all threads of a process, and lets them go on as if nothing had happened
 * (ptrace(2), PTRACE_SEIZE and PTRACE_INTERRUPT: no signal is sent and none is lost). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STOP_REGISTERS 16384u           /* bytes of one thread: general ones and XSAVE area */

struct stop_thread {
	int32_t tid;
	bool stands;
	int signal;                     /* was about to be delivered; it is delivered in
					 * the end */
	uint64_t stack;                 /* its stack pointer */
	size_t length;                  /* how many bytes of: */
	unsigned char *registers;
};

struct stop {
	struct stop_thread *threads;
	size_t length, room;
};

/* Stops all threads and reads their registers.  All calls for one stop come from one
 * thread, on a zeroed struct.  0, or -errno as look_at says, and all threads run. */
int stop_all(struct stop *stop, int32_t pid, uint64_t patience_ns);
/* Stops one thread, no matter which, and reads its registers.  After -ETIMEDOUT it may be
 * called again with the same struct; other failures are as above.  Call stop_end after a
 * failure, too. */
int stop_one(struct stop *stop, int32_t pid, uint64_t patience_ns,
	     struct stop_thread **thread);
/* Stops each thread alone for a moment, reads its registers, and adds it to `stop`, where
 * a thread may then be several times.  A thread that another process traces, or that does
 * not stop in the time that all share, has no registers; its stack pointer is known if it
 * waits in the kernel, else 0.  0, -ESRCH or -ENOMEM. */
int stop_each(struct stop *stop, int32_t pid, uint64_t patience_ns);
/* Lets go the threads that have stopped, and forgets them.  Returns how many are still to
 * stop: nobody else can stop these, and they would stay stopped until the caller's thread
 * ends. */
size_t stop_release(struct stop *stop);
/* Lets all threads go on.  Frees nothing, so the registers can still be read. */
void stop_end(struct stop *stop);
void stop_free(struct stop *stop);
/* After pthread_join of a thread that stopped others: the kernel tells that it has ended a
 * little before it lets go those that it still holds, which nobody else can stop until then
 * (-EPERM).  Waits until it has.  `tid`: gettid() of that thread. */
void stop_wait_for_end(int32_t tid);

/* pthread_self() of a thread; 0: its registers were not read. */
uint64_t stop_pointer(const struct stop_thread *thread);

/* The address of the instruction that a thread is to execute next; 0: likewise. */
uint64_t stop_at(const struct stop_thread *thread);

/* CLOCK_MONOTONIC in ns. */
uint64_t stop_clock(void);

#endif
