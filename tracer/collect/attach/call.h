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
	int32_t inside;                 /* the process's pid in its own namespace */
	uint32_t number;                /* the call's number; 0: no call yet */
};

/* Finds the page of a process and locks it; if there is none, a tracer is loaded into the
 * process first (inject.h).  0, or -1 with *error (126: that process can't be attached
 * to; 125: something else prevents it), and nothing is changed. */
int call_find(struct call *call, int32_t pid, struct error *error);

/* Makes the call: at the process's next event, its tracer says hello at this socket. */
void call_make(struct call *call, const char *meeting);
/* Has the tracer answer the call now, if it can be done by ptrace: for a program that may
 * have no event for a long time.  Takes as long as inject does (inject.h), and returns once
 * it was tried. */
void call_rouse(struct call *call);
/* What became of the call: 1: the tracer said hello; 0: nothing yet; or the -errno with
 * which it failed. */
int call_answer(const struct call *call);
/* Ends the call: a tracer that notices it only afterwards does not say hello. */
void call_over(struct call *call);
/* Takes the hooks of a tracer that was loaded into a running program out again, so that
 * it sleeps and no call leads to it.  If that can't be done it only sleeps.  Does nothing
 * to any other tracer. */
void call_leave(struct call *call);
/* Does what call_over does, and unlocks the page for others. */
void call_close(struct call *call);

/* Removes the pages in this user's folders that no process has mapped any more. */
void call_sweep(void);

#endif
