/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_LAST_H
#define TRACER_PRELOAD_UNWIND_LAST_H
/*
 * The stack of a thread as a trace id, with the memory of the last one: stack_capture.
 */
#include <stdatomic.h>
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/unwind/state.h"

/* To be called once, after table_open: how many of the newest frames of a stack are
 * always kept. */
void last_start(uint32_t nframe);

/* Returns the bytes of a struct stack_state that has room for so many frames. */
uint64_t last_state_bytes(void);

/* Returns the node of (parent, site), which is added if it is new; 0 if there is no room
 * for it. */
uint32_t last_node(struct stack_state *state, uint32_t parent, uint32_t site);

/* The trace of a stack that is not the last one and follows no run, by a walk; 0: it is
 * irregular.  The second while a module is being unloaded.  Functions of their own, because
 * beside the look for a run the compiler keeps less of the walk in registers. */
uint32_t last_capture(struct stack_state *state, const struct stack_caller *caller);
uint32_t last_unsettled(struct stack_state *state, const struct stack_caller *caller);

/* The frames of each capture are read by others (py_merge), so no runs are used. */
extern _Atomic bool last_frames __attribute__((visibility("hidden")));
static ALWAYS_INLINE bool last_runs(void)
{
	return !atomic_load_explicit(&last_frames, memory_order_relaxed);
}

/* Forgets what is known of another segment, where an area was kept for the next thread.
 * Before the thread's first last_node, if that may come before any stack_capture. */
void last_renew(struct stack_state *state);

/* Returns the entry of `pc`, from the thread's own lines if they have it and `lines`
 * allows reading them.  Nothing is written there. */
enum lines { LINES_OFF, LINES_READ, LINES_WRITE };
uint64_t last_entry(struct stack_state *state, uintptr_t pc, uint64_t epoch, enum lines lines);

#endif
