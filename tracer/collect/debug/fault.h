/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_FAULT_H
#define TRACER_COLLECT_DEBUG_FAULT_H
/*
 * Protects memtop from libraries that read untrusted files. libdw, libiberty and
 * libunwind are not made for hostile input, and a mapped file can shrink while it is
 * read: a crash in them ends the call, not memtop.
 */

/* Runs body(argument) in this thread.  0; or -EFAULT if a SIGSEGV, SIGBUS, SIGFPE or
 * abort() ended it: then whatever it worked on must not be used again, nor freed.  Calls
 * may nest.  While body calls foreign code it must not hold locks that others need. */
int fault_run(void (*body)(void *argument), void *argument);

/* Installs the handlers and gives the calling thread a signal stack, so that fault_run
 * survives an endless recursion.  Returns what fault_leave frees; NULL: there is none. */
void *fault_enter(void);
void fault_leave(void *stack);

#endif
