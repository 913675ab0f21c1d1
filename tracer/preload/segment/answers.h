/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_ANSWERS_H
#define TRACER_PRELOAD_SEGMENT_ANSWERS_H
/*
 * What was found out about code addresses: one word for each key, shared by all threads
 * without a lock.  An answer may get lost (if two threads add one at the same time, or there
 * are 65,536 younger ones), and then it is asked for again; but it is never another key's.
 *
 * Answers stand in the order in which they were found, since many are asked for in that order
 * again: after a code address its caller's.
 */
#include <stdbool.h>
#include <stdint.h>

/* To be called once.  0 or -ENOMEM. */
int answers_start(void);

/* Finds the answer to `key`, which is not 0.  *last: where the last one stood that this
 * thread found, or anything; then where this one stands. */
bool answers_find(uint64_t key, uint32_t *last, uint64_t *answer);

/* Adds an answer that answers_find did not find. */
void answers_add(uint64_t key, uint64_t answer);

/* Drops all answers, while other threads may find and add some. */
void answers_drop(void);

/* The same where no other thread does: gives all memory back. */
void answers_wipe(void);

#endif
