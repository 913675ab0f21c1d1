/* SPDX-License-Identifier: MIT */
#include "tracer/preload/unwind/listed.h"

#include <stdatomic.h>

#include "tracer/preload/unwind/last.h"
#include "tracer/preload/unwind/line.h"
#include "tracer/preload/unwind/runs.h"
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
	uint32_t steady = state->steady / sizeof(struct frame) - 1;
	/* All that is written here lies behind what counts as listed, because a signal
	 * handler may leave by a longjmp in between. */
	while (above < steady && above < STATE_LISTED && n + 2 <= STATE_WORDS &&
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

/* ---- whichever way a trace is found ------------------------------------ */

_Atomic bool last_frames;

void stack_keep_frames(void) { atomic_store(&last_frames, true); }

/* Returns the trace if the stack follows a known run; 0: it must be walked. */
static ALWAYS_INLINE uint32_t last_run(struct stack_state *state, const struct cursor *c)
{
	const struct run *run = runs_find(state, c);
	if (!run || !LIKELY(same_up_to(state, run->join, c->limit)))
		return 0;
	state->run_found++;
	state->run_credit += state->run_credit < RUN_CREDIT_MOST ? RUN_CREDIT : 0;
	state->whole = true;
	return run->node;
}

/* The trace of the listed stack, or by a run, or else by a walk. */
static NOINLINE uint32_t last_known(struct stack_state *state, const struct stack_caller *caller)
{
	uint32_t trace = same_newest(state, caller) ? same_again(state, caller) : 0;
	if (!trace && UNLIKELY(rules_unsettled(state->epoch)))
		return last_unsettled(state, caller);
	if (!trace && LIKELY(last_runs()) && runs_wanted(state)) {
		struct cursor c;
		step_start(&c, caller, &state->bounds);
		line_start(&c);
		trace = last_run(state, &c);
	}
	return trace ? trace : last_capture(state, caller);
}

/* The trace; 0: the stack is irregular. */
static ALWAYS_INLINE uint32_t last_trace(struct stack_state *state,
					 const struct stack_caller *caller)
{
	last_renew(state);
	if (!state->run_resting || same_newest(state, caller) ||
	    UNLIKELY(state->run_stacks >= state->run_end || rules_unsettled(state->epoch)))
		return last_known(state, caller);
	state->run_stacks++;            /* (what runs_wanted does in a rest) */
	return last_capture(state, caller);
}

enum stack_kind stack_capture(struct stack_state *state, const struct stack_caller *caller,
			      uint32_t *trace)
{
	*trace = last_trace(state, caller);
	return *trace ? STACK_TRACE : STACK_IRREGULAR;
}

/* The trace of the stack of the hook with this frame, which is not the kept one. */
static NOINLINE uint32_t last_other(struct stack_state *state, uintptr_t frame)
{
	/* In the state, so that what comes next is a jump. */
	state->caller = stack_caller_of(frame);
	return last_trace(state, &state->caller);
}

uint32_t stack_trace(struct stack_state *state, uintptr_t frame)
{
	const struct stack_caller caller = stack_caller_of(frame);
	uint32_t trace = again_trace(state, &caller);
	return LIKELY(trace) ? trace : last_other(state, frame);
}
