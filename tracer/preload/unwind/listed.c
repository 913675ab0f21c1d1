/* SPDX-License-Identifier: MIT */
#include "tracer/preload/unwind/listed.h"

#include <stdatomic.h>

#include "tracer/preload/unwind/last.h"
#include "tracer/preload/unwind/same.h"

/* Puts the words that f depends on behind the others.  Returns how many there are now.  (A
 * frame that must be stepped over each time never compares equal, so it is never listed.) */
static uint32_t add_words(struct listed_word *word, uint32_t n, const struct frame *f)
{
	uintptr_t ret = machine_return_slot(&f->read.ret, f->sp, f[-1].sp);
	word[n++] = (struct listed_word){ret, machine_return_word(&f->read.ret, f[-1].pc)};
	if (f->read.how & FRAME_BP_COMPARED)
		word[n++] = (struct listed_word){frame_saved_at(f), f[-1].bp};
	return n;
}

/* Frames above an anchor are not listed, nor are those whose node is not their own: of them
 * more must be asked than whether they are the same. */
static bool may_list(const struct stack_state *state, const struct frame *f)
{
	return !state->anchored && !(f->read.how & FRAME_TRUNCATED);
}

bool same_few(const struct listed_word *word, uint32_t words)
{
	while (words > 0 && !same_word(&word[words - 1]))
		words--;
	return words == 0;
}

struct frame *same_frames(struct frame *frame, struct frame *known, uintptr_t limit)
{
	struct frame *f = known, *end = &frame[1];
	while (UNLIKELY(end->sp > limit) && end < f)
		end++;
	f = same_part(f, end);
	return f ? f : end > &frame[1] ? end : NULL;
}

void same_list(struct stack_state *state)
{
	uint32_t above = state->listed, n = state->words[above];
	/* All that is written here lies behind what counts as listed, because a signal
	 * handler may leave by a longjmp in between. */
	while (above < state->steady && above < STATE_LISTED && n + 2 <= STATE_WORDS &&
	       may_list(state, &state->frame[above + 2])) {
		n = add_words(state->word, n, &state->frame[++above + 1]);
		state->words[above] = (uint16_t)n;
	}
	atomic_signal_fence(memory_order_seq_cst);
	state->listed = above;
	state->counted = 0;
	state->steady = UINT32_MAX;
}

/* Whether the stack, whose newest frame is the remembered one, is all listed and the
 * same, more than the oldest frame. */
static bool is_all_same(const struct stack_state *state, const struct stack_caller *caller)
{
	const struct frame *newest = &state->frame[state->count], *oldest = &state->frame[1];
	const struct bounds *own = &state->bounds;
	uint32_t above = state->count - 1;
	if (UNLIKELY(above - 1 >= state->listed) ||
	    UNLIKELY(newest->bp != caller->bp && newest->read.how & FRAME_BP_MATTERS))
		return false;
	return LIKELY((caller->sp > bounds_main.low && oldest->sp <= bounds_main.high) ||
		      (caller->sp > own->low && oldest->sp <= own->high)) &&
	       same_listed(state, above);
}

/* Keeps what again_trace asks for.  Behind the listed words, which are all of the stack,
 * the first one is repeated, so that their number is a multiple. */
static void again_keep(struct stack_state *state, const struct stack_caller *caller)
{
	const struct frame *newest = &state->frame[state->count];
	uint32_t words = state->words[state->count - 1];
	while (words % SAME_AT_ONCE)
		state->word[words++] = state->word[0];
	state->again.ip = caller->ip;
	state->again.bp = caller->bp;
	state->again.bp_matters = newest->read.how & FRAME_BP_MATTERS ? UINT64_MAX : 0;
	state->again.trace = newest->node;
	state->again.words = words;
	/* The last trace is whole, and stays so as long as this one comes again. */
	state->whole = true;
	atomic_signal_fence(memory_order_seq_cst);
	state->again.sp = caller->sp;
}

static ALWAYS_INLINE uint32_t again_trace(const struct stack_state *state,
					  const struct stack_caller *caller)
{
	const struct again *again = &state->again;
	if (again->sp != caller->sp || again->ip != caller->ip ||
	    UNLIKELY((again->bp ^ caller->bp) & again->bp_matters))
		return 0;
	const struct listed_word *word = state->word, *end = word + again->words;
	do
		if (UNLIKELY(same_differ(word)))
			return 0;
	while ((word += SAME_AT_ONCE) < end);
	return again->trace;
}

uint32_t same_again(struct stack_state *state, const struct stack_caller *caller)
{
	if (state->again.sp)
		return again_trace(state, caller);
	if (!is_all_same(state, caller))
		return 0;
	again_keep(state, caller);
	return state->again.trace;
}

uint32_t stack_trace(struct stack_state *state, uintptr_t frame)
{
	const struct stack_caller caller = stack_caller_of(frame);
	uint32_t trace = again_trace(state, &caller);
	return LIKELY(trace) ? trace : last_other(state, frame);
}
