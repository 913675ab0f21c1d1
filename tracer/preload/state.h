/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_STATE_H
#define TRACER_PRELOAD_STATE_H
/*
 * What a thread keeps between captures, and the room it works in, so that a
 * hook needs little of the caller's stack.  Only the thread itself touches it,
 * and a signal handler that interrupts a capture only reads it.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/bounds.h"
#include "tracer/preload/maps.h"
#include "tracer/preload/sys.h"

#define STATE_LINE_BITS 10
#define STATE_NODE_BITS 9
#define STATE_CHUNK 1024u               /* frames that are interned at a time */
#define STATE_CHUNKS 64u                /* a stack has at most 65,536 frames */
#define STATE_COLD_STACK 8192u

/* A frame: `pc` is the address for look-ups (return address - 1, or where a
 * signal struck), sp and bp its registers there. */
struct cursor {
	uintptr_t pc, sp, bp;
	uintptr_t limit;                /* the stack can be read up to here */
	uintptr_t bp_lost;              /* not 0: bp is not known */
};

struct stack_state {
	uint64_t epoch;                 /* rules_epoch() that the lines belong to */
	bool whole;                     /* the last trace has all frames of its stack */
	struct bounds bounds;
	struct {
		uint64_t pc, rule;      /* struct memo of this thread alone; see rules.h */
	} line[1u << STATE_LINE_BITS];
	struct {
		uint64_t word;
		uint64_t node;
	} node[1u << STATE_NODE_BITS];
	uint32_t count;                 /* of the sites at hand */
	uint32_t chunks;                /* marked */
	uint32_t site[STATE_CHUNK];     /* of the chunk of frames at hand, newest first */
	struct cursor cursor;           /* where the walk is */
	struct cursor mark[STATE_CHUNKS]; /* where each chunk begins */
	uint64_t mask;                  /* signals, while they are blocked */
	struct {                        /* for the cold side, with signals blocked */
		uint64_t pc, epoch, entry;
		uint64_t word;
		uint32_t node;
	} question;
	char text[MAPS_TEXT];
	_Alignas(16) char cold_stack[STATE_COLD_STACK];
};
_Static_assert(sizeof(struct stack_state) < 48 * 1024, "stack.h promises it");

/* Around state_on_stack: no handler may land there.  Not to be nested. */
static inline void state_block_signals(struct stack_state *state)
{
	static const uint64_t all = ~UINT64_C(0);
	sys_call6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&state->mask, 8, 0, 0);
}
static inline void state_unblock_signals(struct stack_state *state)
{
	sys_call6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&state->mask, 0, 8, 0, 0);
}

/* Runs work(argument) on the stack that ends at `top`. */
void state_on_stack(void (*work)(void *), void *argument, void *top);

#endif
