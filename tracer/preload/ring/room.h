/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_ROOM_H
#define TRACER_PRELOAD_RING_ROOM_H
/* Waiting for the reader to make room in this thread's ring. */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/preload/ring/thread.h"

/* The number of pause instructions for which to wait for memtop when nothing else may be
 * done: some ten milliseconds. */
#define ROOM_SPINS (1u << 20)

/* Nanoseconds without progress after which memtop is not waited for any more. */
#define ROOM_PATIENCE UINT64_C(2000000000)

/* A clock that measures patience.  It advances by at most 100 ms between two looks: if
 * more time has passed, this thread could not run either (the machine stood still, or
 * both processes did), which says nothing about the reader. */
struct room_clock {
	uint64_t looked, time;          /* begins as zeroes */
};
uint64_t room_time(struct room_clock *clock);

/* Waits until `slots` are free.  False: they will not be.  Progress is a new beat of the
 * reader's, or a tail that moves; after ROOM_PATIENCE without any, events are dropped and
 * counted until the beat moves again. */
bool room_wait(struct thread *thread, uint64_t slots);

/* One nap for the reader to make room; the caller has set room_wanted and looked
 * again. */
void room_nap(struct ring_writer *writer);

/* True if memtop will never make room again. */
bool room_deserted(void);

/* Wakes the reader if it sleeps. */
void room_wake(void);

/* True while the reader stands still since the last wait gave up. */
bool room_stalled(void);

#endif
