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
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/base/maps.h"
#include "tracer/preload/segment/neighbour.h"
#include "tracer/ground/shared/attributes.h"

/* These decide how much stack a capture needs. */
#define STATE_LINE_BITS 10
#define STATE_NODE_BITS 9
#define RUN_TRIAL 4096u                 /* stacks, see runs.h */
#define RUN_REST 8192u                  /* at first, */
#define RUN_REST_MOST 262144u           /* and at most */
#define RUN_CREDIT 2u                   /* for each that is found, see runs.c */
#define RUN_CREDIT_MOST 64u
/* There are 2^6 sets of runs, each with as many as there are ways. */
#define STATE_RUN_BITS 6
#define STATE_RUN_WAYS 2u
#define STATE_SAMPLE_BITS 8
/* So many frames can be listed, with so many words. */
#define STATE_LISTED 128u
#define STATE_WORDS 192u                /* a multiple of SAME_AT_ONCE */
/* No stack is followed further than so many frames. */
#define STATE_FRAMES_MAX 65536u
#define STATE_COLD_STACK 8192u

/* A frame: `pc` is the address for look-ups (return address - 1, or where a
 * signal struck), sp and bp its registers there. */
struct cursor {
	uintptr_t pc, sp, bp;
	uintptr_t limit;                /* the stack can be read up to here */
};
/* The value of bp when it is not known; no frame can be at this address. */
#define STATE_BP_LOST UINT64_C(1)

/* A code address with its rule, known to this thread alone (line.h). */
struct pc_line {
	uint64_t key;
	uint32_t rule;
	uint32_t site;
};

/* A question to the cold side, with its answer (cold.h). */
struct cold {
	struct stack_state *state;
	uint64_t pc, epoch, entry;      /* the question of rules.c, and its answer */
	uint64_t word;                  /* that of last.c */
	uint32_t node;
	/* The number of the larger stack that it runs on; 0: the thread's own spare
	 * stack. */
	uint32_t larger;
};
_Static_assert(sizeof(struct cold) % 16 == 0, "the stack below it is aligned");

/* The remembered stack where all of it is listed (same.h): the registers of a hook's
 * caller, the trace, and how many words are compared. */
struct again {
	uintptr_t sp;                   /* 0: none is kept */
	uintptr_t ip, bp;
	uint64_t bp_matters;            /* 0 or all bits */
	uint32_t trace, words;
};

struct stack_state {
	struct again again;
	struct stack_caller caller;     /* of the hook that asks (last.c) */
	/* The value of rules_epoch() under which all of this was found. */
	uint64_t epoch;
	volatile uint32_t count;        /* how many frames are remembered (last.c) */
	bool anchored;                  /* the oldest of them is an anchor */
	bool whole;                     /* the last trace is not truncated */
	bool run_resting;
	/* Enum wire_cut: why the oldest remembered frame is not the root; 0: it is. */
	uint32_t cut;
	/* So many frames beside the oldest are listed (same.h); the least that was the
	 * same in the comparisons since the list was last written; how many these are. */
	uint32_t listed, steady, counted;       /* (steady: their bytes, and the oldest's) */
	struct bounds bounds;
	/* Of the trial or rest under way (runs.h): stacks so far, and at its end. */
	uint32_t run_stacks, run_end;
	struct intern_part part;        /* that the last walk was in (last.c) */
	uint32_t gap_turns;             /* 0: walks begin without a gap (last.c) */
	uint32_t answer;                /* where the last one stood (answers.h) */
	uint32_t run_turn, run_credit, run_found, run_kept;     /* (the last two in this trial) */
	uint32_t run_rest;              /* how long the last rest was; 0: a good trial came after */
	_Alignas(64) struct listed_word word[STATE_WORDS];
	uint16_t words[STATE_LISTED + 1];      /* that so many listed frames have */
	_Alignas(64) struct pc_line line[1u << STATE_LINE_BITS];
	struct {
		uint64_t word;
		uint64_t node;
	} node[1u << STATE_NODE_BITS];
	uint64_t tag[STATE_RUN_WAYS << STATE_RUN_BITS];
	struct run_sample sample[1u << STATE_SAMPLE_BITS];
	_Alignas(32) struct run run[STATE_RUN_WAYS << STATE_RUN_BITS];
	struct cursor cursor;           /* used by the cold side: */
	uint64_t mask;                  /* the thread's own, while signals are blocked */
	/* The question on the spare stack, asked with signals blocked. */
	struct cold cold;
	char text[MAPS_TEXT];
	_Alignas(16) char cold_stack[STATE_COLD_STACK];
	/* frame[0] stands for what is older than any frame; how many there are:
	 * stack_state_bytes. */
	struct frame frame[];
};

/* Runs work(argument) on the stack that ends at `top`. */
void state_on_stack(void (*work)(void *), void *argument, void *top);

#endif
