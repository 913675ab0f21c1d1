/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_RUNS_H
#define TRACER_PRELOAD_UNWIND_RUNS_H
/*
 * Frames that were walked before, taken as one:
 *
 *	remembered frames (last.c)     [0] ... join | join + 1 ... newest
 *	a run                                       | words -> node
 *
 * A run says: a stack that is at this pc, sp and fp, and has these words in these
 * places, comes to the remembered frame `join`, and if all is as it was from there on
 * (the same node, the words compared) its trace is `node`.  As a remembered frame does,
 * it says so for as long as the epoch lasts, whatever was walked in between.  So where
 * a run is found no frame is written: the remembered frames stay those of another stack.
 *
 * Stacks from one function at one sp differ further up.  Which run is meant is guessed
 * by two words of the stack, in places where runs from there were once seen to differ.
 */
#include "tracer/preload/base/memo.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/unwind/step.h"

/* Keeps a run for the walk from `top`, the newest of the remembered frames, to `join`, if
 * frames were walked in between, and that is a frame. */
void runs_keep(struct stack_state *state, const struct frame *join, const struct frame *top,
	       uintptr_t limit);

/* Notes that the word in this slot tells runs from this cursor apart. */
void runs_sample(struct stack_state *state, const struct cursor *c, uint32_t slot);

/* Begins the next trial or rest. */
void runs_judge(struct stack_state *state);

/* Forgets all runs. */
void runs_forget(struct stack_state *state);

static ALWAYS_INLINE struct run_sample *runs_sample_of(struct stack_state *state,
						       const struct cursor *c)
{
	return &state->sample[memo_place(c->pc ^ c->sp << 20, STATE_SAMPLE_BITS)];
}

/* Whether to look for a run, and to keep one if there is none: not in the rest after a trial
 * in which no more were found than kept; it is twice as long each time. */
static ALWAYS_INLINE bool runs_wanted(struct stack_state *state)
{
	if (UNLIKELY(state->run_stacks++ >= state->run_end))
		runs_judge(state);
	return !state->run_resting;
}

/* The tag of the run that is most likely meant. */
static ALWAYS_INLINE uint64_t runs_tag(struct stack_state *state, const struct cursor *c)
{
	const struct run_sample *sample = runs_sample_of(state, c);
	uintptr_t one = c->sp + sample->slot[0], other = c->sp + sample->slot[1];
	uint64_t tag = c->pc ^ c->sp << 20;
	/* (The slot may belong to another stack, if two share the sample: then it is not
	 * read beyond the limit.) */
	if (LIKELY(one < c->limit))
		tag += step_word(one) << 13;
	if (LIKELY(other < c->limit))
		tag += step_word(other) << 27;
	return tag;
}

/* The first of the runs that may have this tag. */
static ALWAYS_INLINE uint64_t runs_place(uint64_t tag)
{
	return memo_place(tag, STATE_RUN_BITS) * STATE_RUN_WAYS;
}

/* True if the stack follows this run up to its end. */
static ALWAYS_INLINE bool runs_is(struct stack_state *state, const struct run *run,
				  const struct cursor *c)
{
	/* All words of a run lie below its end, so this check covers their reads. */
	if (UNLIKELY(run->sp != c->sp || run->pc != c->pc || run->end_sp > c->limit))
		return false;
	for (uint32_t i = 0; i < run->count; i++) {
		if (UNLIKELY(step_word(c->sp + run->slot[i]) != run->value[i])) {
			runs_sample(state, c, run->slot[i]);
			return false;
		}
	}
	return LIKELY(run->bp == c->bp) || !(run->how & FRAME_BP_MATTERS);
}

/* Whether the remembered frame at which the run ends is still there. */
static ALWAYS_INLINE bool runs_join(const struct stack_state *state, const struct run *run)
{
	const struct frame *f = &state->frame[run->join];
	/* (The node alone does not decide: a module that is loaded twice has one node for
	 * two addresses.) */
	if (UNLIKELY(run->join > state->count || f->node != run->base ||
		     f->sp != run->end_sp || f->pc != run->end_pc))
		return false;
	return LIKELY(f->bp == run->end_bp) || !(f->read.how & FRAME_BP_MATTERS);
}

/* Returns the run that the stack at the cursor follows to its end; NULL if there is none. */
static ALWAYS_INLINE const struct run *runs_find(struct stack_state *state,
						 const struct cursor *c)
{
	uint64_t tag = runs_tag(state, c), place = runs_place(tag);
	for (uint64_t i = place; i < place + STATE_RUN_WAYS; i++) {
		const struct run *run = &state->run[i];
		if (state->tag[i] == tag)
			return LIKELY(runs_is(state, run, c)) && LIKELY(runs_join(state, run)) ?
				       run : NULL;
	}
	return NULL;
}

#endif
