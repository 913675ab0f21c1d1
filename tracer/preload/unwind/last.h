/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_LAST_H
#define TRACER_PRELOAD_UNWIND_LAST_H
/*
 * The stack of a thread as a trace id, with the memory of the last one.
 */
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/unwind/state.h"

/* Once, after table_open: how many of a stack's frames are never missing, the newest. */
void last_start(uint32_t nframe);

/* Bytes of a struct stack_state with room for them. */
uint64_t last_state_bytes(void);

/* The trace of the stack that begins at `caller`; see stack_capture. */
enum stack_kind last_capture(struct stack_state *state, const struct stack_caller *caller,
			     uint32_t *trace);

/* The node of (parent, site); 0: it is new and there is no room for it. */
uint32_t last_node(struct stack_state *state, uint32_t parent, uint32_t site);

/* The entry of `pc`: by the thread's own lines where they have it whole and `lines`
 * says that they may be read.  Nothing is kept there. */
enum lines { LINES_OFF, LINES_READ, LINES_WRITE };
uint64_t last_entry(struct stack_state *state, uintptr_t pc, uint64_t epoch, enum lines lines);

#endif
