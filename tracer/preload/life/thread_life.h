/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_THREAD_LIFE_H
#define TRACER_PRELOAD_LIFE_THREAD_LIFE_H
/*
 * A thread's area (thread.h) is made at the thread's first event, and ended in the last
 * round of pthread key destructors; events after that borrow a ring for one event each.
 */
#include <stdbool.h>

struct thread;

/* Claims a ring for this thread and sets guard.thread; announces the thread.
 * False if memtop has no ring or no room: the event is lost, for the caller to count. */
bool thread_begin(void);

/* Adds thread->nested to the control page. */
void thread_count_nested(struct thread *thread);

/* Announces the end, gives the ring to the reader and unmaps the area. */
void thread_end(struct thread *thread);

/* Keeps the area of a thread that was removed from its ring (seats.h) for another
 * thread. */
void thread_drop(struct thread *thread);

/* The key's destructor. */
void thread_key_end(void *area);

#endif
