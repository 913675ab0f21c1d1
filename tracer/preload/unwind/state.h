/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_STATE_H
#define TRACER_PRELOAD_UNWIND_STATE_H
/*
 * What a thread keeps between captures, and the room it works in, so that a
 * hook needs little of the caller's stack.  Only the thread itself touches it,
 * and a signal handler that interrupts a capture only reads it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/unwind/bounds.h"
#include "tracer/preload/unwind/frame.h"
#include "tracer/preload/unwind/maps.h"
#include "tracer/ground/shared/attributes.h"

/* What is inlined and what is not decides how much stack a capture needs. */

#define STATE_LINE_BITS 10
#define STATE_NODE_BITS 9
#define STATE_RUN_BITS 6                /* sets of as many runs as there are ways */
#define STATE_RUN_WAYS 2u
#define STATE_SAMPLE_BITS 8
#define STATE_FRAMES_MAX 65536u         /* a stack is followed no further */
#define STATE_COLD_STACK 8192u

/* A frame: `pc` is the address for look-ups (return address - 1, or where a
 * signal struck), sp and bp its registers there. */
struct cursor {
	uintptr_t pc, sp, bp;
	uintptr_t limit;                /* the stack can be read up to here */
};
#define STATE_BP_LOST UINT64_C(1)       /* bp is not known: no frame is there */

/* A code address and its rule, of this thread alone: line.h. */
struct pc_line {
	uint64_t key;
	int32_t cfa;
	uint32_t site;
};

/* A question to the cold side, and its answer: cold.h. */
struct cold {
	struct stack_state *state;
	uint64_t pc, epoch, entry;      /* rules.c */
	uint64_t word;                  /* last.c */
	uint32_t node;
	uint32_t larger;                /* which of the larger stacks; 0: the thread's own */
};
_Static_assert(sizeof(struct cold) % 16 == 0, "the stack below it is aligned");

struct stack_state {
	uint64_t epoch;                 /* rules_epoch() that all here belongs to */
	volatile uint32_t count;        /* of the frames remembered; see last.c */
	bool anchored;                  /* the oldest of them is an anchor */
	bool whole;                     /* the last trace is not truncated */
	uint32_t cut;                   /* enum wire_cut: what the remembered frames stand on */
	struct bounds bounds;
	struct pc_line line[1u << STATE_LINE_BITS];
	struct {
		uint64_t word;
		uint64_t node;
	} node[1u << STATE_NODE_BITS];
	uint32_t run_turn, run_credit;
	uint64_t tag[STATE_RUN_WAYS << STATE_RUN_BITS];
	struct run_sample sample[1u << STATE_SAMPLE_BITS];
	_Alignas(32) struct run run[STATE_RUN_WAYS << STATE_RUN_BITS];
	struct cursor cursor;           /* for the cold side: */
	uint64_t mask;                  /* signals, while they are blocked */
	struct cold cold;               /* with signals blocked */
	char text[MAPS_TEXT];
	_Alignas(16) char cold_stack[STATE_COLD_STACK];
	struct frame frame[];           /* [0] is older than any; see stack_state_bytes */
};

/* Runs work(argument) on the stack that ends at `top`. */
void state_on_stack(void (*work)(void *), void *argument, void *top);

#endif
