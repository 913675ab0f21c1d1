/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_BORROW_H
#define TRACER_COLLECT_ATTACH_BORROW_H
/*
 * One thread of a running process, borrowed (ptrace(2)): it makes a few system calls and
 * one function call for us, and then goes on as if nothing had happened; the others run
 * meanwhile.
 *
 * If we are killed, the thread finds its way back by itself at any moment: below its own
 * stack lies a frame as the kernel writes it for a signal handler (rt_sigreturn(2)), and
 * whatever it does for us ends by returning into that.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>
#include "tracer/collect/attach/afar.h"
#include "tracer/ground/hurry.h"

#define BORROW_XSTATE 16384u

struct borrow {
	const struct afar *afar;
	int32_t tid;
	uint64_t system_call;           /* "syscall; ret" in its libc ... */
	uint64_t go_back;               /* ... and the code that calls rt_sigreturn, */
	uint64_t go_back_too;           /* which its libpthread may have as well; or 0 */
	struct user_regs_struct was;    /* its registers when it was stopped */
	size_t xstate_bytes;
	_Alignas(64) unsigned char xstate[BORROW_XSTATE];
	uint64_t mask;                  /* its blocked signals */
	uint64_t frame;                 /* address of the signal's frame on its own
					 * stack */
	struct hurry hurry;             /* of the thread that has borrowed it */
	bool parked;                    /* the frame is written, and the thread is about
					 * to return to it */
	bool gone;                      /* it has returned by itself */
	uint64_t held;                  /* signals that others sent it meanwhile; bit 0: 1 */
};

/* Finds the two pieces of code; false: this libc does not have them. */
bool borrow_prepare(struct borrow *borrow, const struct afar *afar);

/* Whether a signal's frame begins at this address, which holds this word: the address of
 * the code that ends a handler.  The word alone proves nothing: sigaction(2) also leaves it
 * there when it passes it on. */
bool borrow_is_frame(const struct borrow *borrow, uint64_t at, uint64_t word);

/* Stops a thread and reads its registers.  0; -EAGAIN: a signal is just being delivered
 * to it, or it did not stop in time; else -errno of ptrace.  After a failure it runs
 * on. */
int borrow_stop(struct borrow *borrow, int32_t tid);

/* The number of the system call that the thread is in; -1: it is in none. */
long borrow_number(const struct borrow *borrow);

/* Writes the frame and blocks signals.  0, or -errno with the thread as it was before. */
int borrow_park(struct borrow *borrow);

/* The parked thread makes a system call.  Returns its result or -errno; -ESRCH also if
 * the thread has ended. */
long borrow_call(struct borrow *borrow, long number, const uint64_t argument[6]);

/* What borrow_run makes the thread do. */
struct borrow_errand {
	uint64_t code, end;             /* where the thread starts, and the end of our
					 * code */
	uint64_t top;                   /* top of the stack that it runs on */
	uint64_t data;                  /* passed to the code in a register */
	uint64_t done;                  /* address of a word that becomes 1 when all that
					 * is left for the thread is to wait */
	/* After a fault at an address: the function that the thread calls there instead,
	 * with 0, `with` and 0, and which does not return; 0: it is put back. */
	uint64_t (*rescue)(void *user, uint64_t at);
	void *user;
	uint64_t with;
};
/* The parked thread runs our code until it waits to be taken out of it.  It is not
 * stopped on the way, because each stop takes a turn of both schedulers.  Signals that
 * others send wait for borrow_end.  0; -ETIMEDOUT after that many nanoseconds: it goes on
 * and returns by itself; -EFAULT: it would have been killed there, and is put back, with
 * what locks it had; -ESRCH: it has ended, or returned. */
int borrow_run(struct borrow *borrow, const struct borrow_errand *errand, uint64_t patience_ns);

/* Stops the thread in the middle of what borrow_run started, so that borrow_end lets it
 * go on where it was before.  Only for code that may be abandoned halfway.  False: the
 * thread is gone. */
bool borrow_halt(struct borrow *borrow);

/* What the halted thread does: the number of the system call that it waits in (-1: none),
 * with its first argument.  False: it is gone. */
bool borrow_stands(const struct borrow *borrow, long *number, uint64_t *first);
/* Goes on with what borrow_run started, after borrow_halt; as borrow_run. */
int borrow_resume(struct borrow *borrow, const struct borrow_errand *errand, uint64_t patience_ns);

/* Lets the thread go on where it was, whether it is parked or only stopped. */
void borrow_end(struct borrow *borrow);

#endif
