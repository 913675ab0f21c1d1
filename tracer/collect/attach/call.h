/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_CALL_H
#define TRACER_COLLECT_ATTACH_CALL_H
/*
 * Calling a tracer that sleeps in a running process (wire/standby.h).  The page is found
 * in the list of what that process has mapped, which the kernel shows only to who may
 * trace it; one memtop at a time holds it, by a lock on the file.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/error.h"
#include "tracer/wire/standby.h"

struct call {
	int fd;                         /* the page's file, locked; -1: none */
	struct wire_standby *page;
	int32_t pid;
	int32_t inside;                 /* the process's pid as it sees itself */
	uint32_t number;                /* of the call; 0: not made yet */
};

/* Finds the page of a process and takes it; if there is none, a tracer is loaded into the
 * process first (inject.h).  0, or -1 with *error (126: that process can't
 * be attached to; 125: something else is in the way), and nothing is changed. */
int call_find(struct call *call, int32_t pid, struct error *error);

/* Its next event says hello at this socket. */
void call_make(struct call *call, const char *meeting);
/* What became of the call: 1 it said hello, 0 nothing yet, or -errno with which that
 * failed. */
int call_answer(const struct call *call);
/* The call is over: nobody who hears of it later says hello. */
void call_over(struct call *call);
/* A tracer that was loaded into a running program is let out again, and sleeps: nothing
 * leads to it.  If that can't be done it only sleeps.  Does nothing with any other. */
void call_leave(struct call *call);
/* The same as call_over, and the page is another's. */
void call_close(struct call *call);

/* Removes the pages in this user's folders that no process has mapped any more. */
void call_sweep(void);

#endif
