/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_LIFE_H
#define TRACER_PRELOAD_LIFE_LIFE_H
/* How the tracer of an image begins; what it is from then on stands in tracer.h. */

/* Brings an UNBORN tracer to ON or ASLEEP: at the constructor, at the first hook
 * if that comes earlier, and in a forked child at its first event.  errno is
 * kept.  Does nothing in any other state. */
void life_begin(void);

/* A tracer that sleeps, or is about to, in a thread that is inside no hook: clears up
 * what is left of the last segment, and wakes if it was called.  errno is kept. */
void life_turn(void);

/* A tracer that was loaded while the program ran lies down: it has a standby page, and
 * the definitions behind it are found, but nothing leads to it yet.  Under the loader's
 * lock, in a thread that holds no allocator's.  0, also if it has one already, or
 * -errno. */
int life_come_late(void);

/* A library whose blocks nobody sees was opened: the first one's name is told to memtop,
 * also by the children that are forked from now on.  Only while the tracer is ON. */
void life_unseen(const char *name);

#endif
