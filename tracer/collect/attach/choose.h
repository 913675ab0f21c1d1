/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_CHOOSE_H
#define TRACER_COLLECT_ATTACH_CHOOSE_H
/*
 * Which thread may open a library for us: one that holds neither the loader's lock nor
 * the allocator's, nor any other lock of libc that opening a library takes.
 */
#include "tracer/collect/attach/borrow.h"

/* Borrows and parks such a thread; waits at most `patience` seconds for one.  0; -ETIME:
 * there was none; else -errno (-EPERM: it can't be traced; -ESRCH: the process has
 * ended). */
int choose_thread(struct borrow *borrow, double patience);

/* Whether the word is a lock of the loader, libc, the allocator or an arena. */
bool choose_is_lock(const struct afar *afar, uint64_t word);

/* Pure, for tests: whether a system call is one in which a thread may sit for long, and
 * which neither the allocator nor the loader makes; futex is judged by the word it
 * waits for. */
bool choose_waits(long number);

#endif
