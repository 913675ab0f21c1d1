/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_SEATS_H
#define TRACER_PRELOAD_LIFE_SEATS_H
/*
 * Which threads have an area, in programs whose tracer may sleep: before it lets go of a
 * segment, no thread may be inside a hook, and none may keep its ring.  guard.frame shows
 * that a thread is inside, and the thread checks tracer.life after setting it
 * (hook_enter).
 */
#include <stdbool.h>

struct thread;

/* The calling thread is about to get an area, or has none any more.  Taking a seat is a
 * full barrier.  Leaving waits, usually some microseconds, for a thread that is looking
 * at the seat.  False: out of memory. */
bool seats_take(void);
void seats_leave(void);

/* For the thread that has taken tracer.life out of ON: if no other thread is inside a
 * hook, all lose their areas, which are passed to `drop`.  False: some thread stayed
 * inside for some milliseconds, and nothing has changed.  The caller blocks signals. */
bool seats_vacate(void (*drop)(struct thread *thread));

/* For a forked child, in which there is no other thread. */
void seats_forget(void);

#endif
