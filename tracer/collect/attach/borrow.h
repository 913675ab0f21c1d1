/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_BORROW_H
#define TRACER_COLLECT_ATTACH_BORROW_H
/*
 * One thread of a running process, borrowed (ptrace(2)): it makes a few system calls
 * and a call for us, and goes on as if nothing had been; the others run meanwhile.
 *
 * At each moment the thread stands so that it would find back by itself if we were
 * killed: below its own stack lies a frame as the kernel writes it for a signal handler
 * (rt_sigreturn(2)), and whatever it does for us ends by returning into that.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>
#include "tracer/collect/attach/afar.h"

#define BORROW_XSTATE 16384u

struct borrow {
	const struct afar *afar;
	int32_t tid;
	uint64_t system_call;           /* "syscall; ret" in its libc ... */
	uint64_t go_back;               /* ... and what makes the call rt_sigreturn */
	struct user_regs_struct was;    /* as it stood */
	size_t xstate_bytes;
	_Alignas(64) unsigned char xstate[BORROW_XSTATE];
	uint64_t mask;                  /* its blocked signals */
	uint64_t frame;                 /* on its own stack */
	bool parked;                    /* the frame is there, and it stands before it */
	bool gone;                      /* it has found back by itself */
};

/* Finds the two pieces of code; false: this libc has them not. */
bool borrow_prepare(struct borrow *borrow, const struct afar *afar);

/* Whether a signal's frame begins at this address, where a word is `go_back`: the same
 * word may be there because sigaction(2) passed it on. */
bool borrow_is_frame(const struct borrow *borrow, uint64_t at);

/* Stops a thread and reads how it stands.  0; -EAGAIN: a signal is just coming to it,
 * or it did not stop in time; else -errno of ptrace.  On failure it runs. */
int borrow_stop(struct borrow *borrow, int32_t tid);

/* It stands in a system call: its number, or -1. */
long borrow_number(const struct borrow *borrow);

/* Puts the frame down and blocks signals.  0, or -errno and it stands as before. */
int borrow_park(struct borrow *borrow);

/* The parked thread makes a system call: its result, or -errno; -ESRCH also if it
 * ended. */
long borrow_call(struct borrow *borrow, long number, const uint64_t argument[6]);

/* What borrow_run has it do. */
struct borrow_errand {
	uint64_t code, end;             /* from where it runs; where our code ends */
	uint64_t top;                   /* of the stack that it runs on */
	uint64_t data;                  /* what the code finds in a register */
	uint64_t done;                  /* a word that gets 1 when it only waits any more */
};
/* The parked thread runs our code until it waits to be taken out of it.  It is not
 * stopped on the way, as each stop takes a turn of both schedulers.  0; -ETIMEDOUT after
 * that many nanoseconds: it goes on by itself and finds back; -EFAULT: it would have died
 * of a signal there; -ESRCH: it has ended, or gone back. */
int borrow_run(struct borrow *borrow, const struct borrow_errand *errand, uint64_t patience_ns);

/* Stops the thread in the middle of what borrow_run had it do, so that borrow_end has
 * it go on where it stood before; only for what it can be taken out of.  False: it is
 * gone. */
bool borrow_halt(struct borrow *borrow);

/* It goes on where it stood, parked or only stopped. */
void borrow_end(struct borrow *borrow);

#endif
