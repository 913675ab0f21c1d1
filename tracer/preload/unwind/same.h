/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_SAME_H
#define TRACER_PRELOAD_UNWIND_SAME_H
/*
 * Whether the remembered frames (last.c) are what they were.  Each but the oldest depends
 * on one word of the stack or two.
 *
 * Once all of a stack was listed and the same, what had to be looked up for that stands in
 * the state's first line (struct again), until a remembered frame changes.
 */
#include "tracer/preload/unwind/listed.h"

/* Whether f was called from where it was. */
static ALWAYS_INLINE bool same_return(const struct frame *f)
{
	const struct machine_return *ret = &f->read.ret;
	return step_word(machine_return_slot(ret, f->sp, f[-1].sp)) ==
	       machine_return_word(ret, f[-1].pc);
}

/* Whether what f has saved of fp is another one, which matters, or must be read again. */
static ALWAYS_INLINE bool same_bp_differs(const struct frame *f)
{
	return f->read.how & (FRAME_BP_COMPARED | FRAME_AGAIN) &&
	       (f->read.how & FRAME_AGAIN || step_word(frame_saved_at(f)) != f[-1].bp);
}

/* Returns the newest of the frames from f to the one before `end` whose step is no longer what
 * it was; NULL: none. */
static ALWAYS_INLINE struct frame *same_part(struct frame *f, const struct frame *end)
{
	for (; f > end; f--)
		if (!same_return(f) || UNLIKELY(same_bp_differs(f)))
			return f;
	return NULL;
}

/* Returns the frame, `known` or an older one, from which on the stack is no longer what
 * it was; NULL if it is the same up to the root. */
COLD struct frame *same_frames(struct frame *frame, struct frame *known, uintptr_t limit);

/* The same, by the list as far as it goes. */
static ALWAYS_INLINE struct frame *same_from(struct stack_state *state, struct frame *known,
					     uintptr_t limit)
{
	struct frame *frame = state->frame, *f, *listed = &frame[state->listed + 1];
	if (UNLIKELY(frame[1].sp > limit))
		return same_frames(frame, known, limit);
	uint32_t above = state->listed;
	if (known > listed) {
		f = same_part(known, listed);
		if (UNLIKELY(f))
			return f;
		known = listed;
	} else {
		above = (uint32_t)(known - frame) - 1;
	}
	return LIKELY(same_listed(state, above)) ? NULL : same_frames(frame, known, limit);
}

/* Whether all remembered frames up to the `known`th are the same. */
static ALWAYS_INLINE bool same_up_to(struct stack_state *state, uint32_t known, uintptr_t limit)
{
	struct frame *frame = state->frame;
	if (LIKELY(known - 1 <= state->listed && frame[1].sp <= limit))
		return same_listed(state, known - 1);
	if (same_from(state, &frame[known], limit))
		return false;
	same_count(state, &frame[known]);
	return true;
}

/* Before a remembered frame is written: none is remembered. */
static ALWAYS_INLINE void same_forget(struct stack_state *state)
{
	*(volatile uintptr_t *)&state->again.sp = 0;
	state->count = 0;
}

/* Whether all remembered frames are listed, and the newest is the caller's.  (The first can
 * be foretold, the second often not.) */
static ALWAYS_INLINE bool same_newest(const struct stack_state *state,
				      const struct stack_caller *caller)
{
	const struct frame *newest = &state->frame[state->count];
	return state->count - 2 < state->listed && newest->sp == caller->sp &&
	       newest->pc == caller->ip - 1;
}

/* The trace if so is the whole stack, and all of it is listed; else 0. */
uint32_t same_again(struct stack_state *state, const struct stack_caller *caller);

#endif
