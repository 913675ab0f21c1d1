/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_SEATS_H
#define TRACER_PRELOAD_LIFE_SEATS_H
/*
 * Which threads have an area, where the tracer may sleep: before it lets go of a segment,
 * no thread may be inside a hook, and none may keep its ring.  A thread shows that it is
 * inside by guard.frame, and looks at tracer.life behind that (hook_enter).
 */
#include <stdbool.h>

struct thread;

/* This thread is to have an area, or has none any more.  Taking a seat is a full barrier.
 * Leaving waits, some microseconds as a rule, for one who is looking at it.  False: no
 * memory. */
bool seats_take(void);
void seats_leave(void);

/* For the one thread that has taken tracer.life out of ON: if no other thread is inside a
 * hook, all lose their areas, which `drop` gets.  False: some thread was inside for some
 * milliseconds, and nothing has changed.  Signals are blocked by the caller. */
bool seats_vacate(void (*drop)(struct thread *thread));

/* In a forked child, where there is no other thread. */
void seats_forget(void);

#endif
