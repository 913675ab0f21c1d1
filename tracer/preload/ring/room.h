/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_ROOM_H
#define TRACER_PRELOAD_RING_ROOM_H
/* Waiting for the reader to make room in this thread's ring. */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/preload/ring/thread.h"

/* Pause instructions, when nothing else may be done, that wait for memtop: some ten
 * milliseconds of them. */
#define ROOM_SPINS (1u << 20)

/* Nanoseconds without progress after which memtop is not waited for any more. */
#define ROOM_PATIENCE UINT64_C(2000000000)

/* A clock for patience.  Between two looks pass 100 ms at most: if it was longer this
 * thread could not run either (the machine stood still, or both processes did), which
 * says nothing of the reader, who gets its turn at the same time. */
struct room_clock {
	uint64_t looked, time;          /* begins as zeroes */
};
uint64_t room_time(struct room_clock *clock);

/* Waits until `slots` are free; false: they will not be.  Progress is a beat of the
 * reader's or a tail that moves; after ROOM_PATIENCE without, events are dropped and
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
