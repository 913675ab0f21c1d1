/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_SAME_H
#define TRACER_PRELOAD_UNWIND_SAME_H
/*
 * Whether the remembered frames (last.c) are what they were.  Each but the oldest depends
 * on one word of the stack or two.  Those of frames that have been the same for a while
 * stand in a list as well, without what else a frame is:
 *
 *	frame   [end][oldest][.] ... [listed] ... [count]
 *	word            {where, what} {where, what} ...         of [.] to [listed]
 *
 * The list is written seldom: frames that change often never stay the same for so long.
 */
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/unwind/step.h"

#define SAME_LISTS 8u           /* comparisons after which frames are listed */
#define SAME_AT_ONCE 4u         /* words that are compared for one branch */

/* Lists the frames that all of the last comparisons found the same. */
void same_list(struct stack_state *state);

/* The frames that are newer than `kept` are about to be written. */
static ALWAYS_INLINE void same_unlist(struct stack_state *state, const struct frame *kept)
{
	uint32_t above = kept > state->frame ? (uint32_t)(kept - state->frame) - 1 : 0;
	if (above < state->listed) {
		state->listed = above;
		state->counted = 0;
		state->steady = UINT32_MAX;
	}
}

/* Counts a comparison by which all frames up to `known` were the same. */
static ALWAYS_INLINE void same_count(struct stack_state *state, const struct frame *known)
{
	uint32_t above = (uint32_t)(known - state->frame) - 1;
	if (above <= state->listed)
		return;
	state->steady = above < state->steady ? above : state->steady;
	if (UNLIKELY(++state->counted >= SAME_LISTS))
		same_list(state);
}

static ALWAYS_INLINE uintptr_t same_word(const struct listed_word *word)
{
	return step_word(word->at) ^ word->value;
}

/* Not 0: one of SAME_AT_ONCE words differs. */
static ALWAYS_INLINE uintptr_t same_differ(const struct listed_word *word)
{
	return same_word(word) | same_word(word + 1) | same_word(word + 2) | same_word(word + 3);
}

/* Whether so many listed frames are the same.  The stack can be read up to the oldest. */
static ALWAYS_INLINE bool same_listed(const struct stack_state *state, uint32_t above)
{
	uint32_t words = state->words[above];
	const struct listed_word *word = state->word;
	if (UNLIKELY(words < SAME_AT_ONCE)) {
		while (words > 0 && !same_word(&word[words - 1]))
			words--;
		return words == 0;
	}
	/* Where their number is no multiple, some are compared twice. */
	const struct listed_word *last = &word[words - SAME_AT_ONCE];
	uintptr_t differ = same_differ(last);
	for (; !differ && word < last; word += SAME_AT_ONCE)
		differ = same_differ(word);
	return !differ;
}

/* Returns the frame, `known` or an older one, from which on the stack is no longer what
 * it was; NULL if it is the same up to the root. */
static ALWAYS_INLINE struct frame *same_frames(struct frame *frame, struct frame *known,
					       uintptr_t limit)
{
	struct frame *f = known, *end = &frame[1];
	while (UNLIKELY(end->sp > limit) && end < f)
		end++;
	for (; f > end; f--) {
		const struct machine_return *ret = &f->read.ret;
		if (step_word(machine_return_slot(ret, f->sp, f[-1].sp)) !=
			    machine_return_word(ret, f[-1].pc) ||
		    step_word(f->sp + f->read.slot) != f->read.value)
			return f;
	}
	return end > &frame[1] ? end : NULL;
}

/* Whether all remembered frames up to the `known`th are the same. */
static ALWAYS_INLINE bool same_up_to(struct stack_state *state, uint32_t known, uintptr_t limit)
{
	struct frame *frame = state->frame;
	if (LIKELY(known - 1 <= state->listed && frame[1].sp <= limit))
		return same_listed(state, known - 1);
	if (same_frames(frame, &frame[known], limit))
		return false;
	same_count(state, &frame[known]);
	return true;
}

/* Whether the stack is the remembered one, all of which is listed, more than the oldest frame. */
static ALWAYS_INLINE bool same_again(const struct stack_state *state,
				     const struct stack_caller *caller)
{
	const struct frame *newest = &state->frame[state->count], *oldest = &state->frame[1];
	const struct bounds *own = &state->bounds;
	uint32_t above = state->count - 1;
	if (newest->sp != caller->sp || newest->pc != caller->ip - 1 ||
	    UNLIKELY(above - 1 >= state->listed) ||
	    UNLIKELY(newest->bp != caller->bp && newest->read.how & FRAME_BP_MATTERS))
		return false;
	return LIKELY((caller->sp > bounds_main.low && oldest->sp <= bounds_main.high) ||
		      (caller->sp > own->low && oldest->sp <= own->high)) &&
	       same_listed(state, above);
}

#endif
