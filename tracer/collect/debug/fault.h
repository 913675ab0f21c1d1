/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_FAULT_H
#define TRACER_COLLECT_DEBUG_FAULT_H
/*
 * A fence around libraries that read files of others.  libdw, libiberty and
 * libunwind are not built for hostile input, and a mapped file can shrink
 * while it is read: what they do to themselves ends the call, not memtop.
 */

/* Runs body(argument) in this thread.  0; or -EFAULT if it died of SIGSEGV,
 * SIGBUS, SIGFPE or abort(): whatever it worked on must then be left alone, unfreed.
 * Nests.  Body takes locks that others need only around code of our own. */
int fault_run(void (*body)(void *argument), void *argument);

/* Makes sure of the handlers and gives the calling thread a signal stack, so
 * that fault_run survives a recursion without end; returns what fault_leave
 * frees.  NULL: none. */
void *fault_enter(void);
void fault_leave(void *stack);

#endif
