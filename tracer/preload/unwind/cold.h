/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_COLD_H
#define TRACER_PRELOAD_UNWIND_COLD_H
/*
 * Where work is done that needs kilobytes of stack, where the caller may have few: on
 * the thread's own spare stack, with all signals blocked, so that no handler lands on
 * it.  When no system call may be made signals can't be blocked: then on one of a few
 * larger stacks, mapped ahead, each for one piece of work at a time.  A handler that
 * lands there has room, and if it asks a question itself it gets another stack.
 */
#include "tracer/preload/unwind/state.h"

/* A question under way, and its stack.  NULL: none is free.  Not to be nested on one
 * thread but by a signal handler. */
struct cold *cold_begin(struct stack_state *state);

/* Runs work(argument) on that stack. */
void cold_run(struct cold *cold, void (*work)(void *), void *argument);

/* After the answer was copied. */
void cold_end(struct stack_state *state, struct cold *cold);

/* Runs work(argument) on a larger stack, whatever may be done.  Does nothing if none is
 * free. */
void cold_on_larger(void (*work)(void *), void *argument);

/* Maps the larger stacks.  False: there is no memory for them. */
bool cold_reserve(void);

#endif
