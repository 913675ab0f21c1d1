/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_COLD_H
#define TRACER_PRELOAD_UNWIND_COLD_H
/*
 * For work that needs kilobytes of stack, where the caller may have little left.  It runs
 * on the thread's own spare stack with all signals blocked, so that no handler can use
 * that stack too.  When no system call may be made, signals can't be blocked; the work
 * then runs on one of a few larger stacks, mapped ahead, each for one piece of work at a
 * time.  A signal handler that interrupts it has room there, and if it has such work
 * itself, it gets another stack.
 */
#include "tracer/preload/unwind/state.h"

/* Begins a piece of work and takes a stack for it.  NULL: none is free.  Not to be nested
 * on one thread except by a signal handler. */
struct cold *cold_begin(struct stack_state *state);

/* Runs work(argument) on that stack. */
void cold_run(struct cold *cold, void (*work)(void *), void *argument);

/* To be called when the answer has been copied: gives the stack back. */
void cold_end(struct stack_state *state, struct cold *cold);

/* Runs work(argument) on one of the larger stacks, whether or not system calls are
 * allowed.  Does nothing if none is free. */
void cold_on_larger(void (*work)(void *), void *argument);

/* The node `word`, found or added (intern_add), which may wait for memtop or map
 * memory.  0: no room. */
uint32_t cold_new_node(struct stack_state *state, uint64_t word);

/* Maps the larger stacks, while that is still allowed.  False: there is no memory for
 * them. */
bool cold_reserve(void);

#endif
