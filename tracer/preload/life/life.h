/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_LIFE_H
#define TRACER_PRELOAD_LIFE_LIFE_H
/* How the tracer of an image begins; its later states are described in tracer.h. */

/* Brings an UNBORN tracer to ON or ASLEEP: at the constructor, at the first hook
 * if that comes earlier, and in a forked child at its first event.  errno is
 * kept.  Does nothing in any other state. */
void life_begin(void);

/* For a tracer that sleeps, or is about to, in a thread that is inside no hook: cleans up
 * what is left of the last segment, and wakes the tracer if it was called.  errno is
 * kept. */
void life_turn(void);

/* Answers the call of a tracer that sleeps, in a thread that has no event and stands
 * anywhere, but inside no hook and with no lock of libc's but the loader's: it says hello,
 * and the next call of Python's allocators comes to these functions (py_await.h).  Does
 * nothing if this process was not called. */
struct py_allocator;
void life_rouse(const struct py_allocator *functions);

/* Prepares a tracer that was loaded while the program ran, and leaves it asleep: it has a
 * standby page, and knows the definitions behind it, but nothing leads to it yet.  To be
 * called under the loader's lock, in a thread that holds no allocator's.  0, also if it
 * has a page already, or -errno. */
int life_come_late(void);

/* A library was opened whose blocks can't be seen: reports the name of the first such
 * one to memtop, also in children that are forked from now on.  Only while the tracer
 * is ON. */
void life_unseen(const char *name);

#endif
