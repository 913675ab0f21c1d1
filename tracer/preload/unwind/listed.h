/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_LISTED_H
#define TRACER_PRELOAD_UNWIND_LISTED_H
/*
 * The words of the stack that remembered frames depend on, of those frames that have been
 * the same for a while, without what else a frame is:
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
COLD void same_list(struct stack_state *state);

/* The frames that are newer than `kept` are about to be written. */
static ALWAYS_INLINE void same_unlist(struct stack_state *state, const struct frame *kept)
{
	if (UNLIKELY(kept <= &state->frame[state->listed])) {
		state->listed = kept > state->frame ? (uint32_t)(kept - state->frame) - 1 : 0;
		state->counted = 0;
		state->steady = UINT32_MAX;
	}
}

/* Counts a comparison by which all frames up to `known` were the same. */
static ALWAYS_INLINE void same_count(struct stack_state *state, const struct frame *known)
{
	if (known <= &state->frame[state->listed + 1])
		return;
	uint32_t bytes = (uint32_t)((const char *)known - (const char *)state->frame);
	state->steady = bytes < state->steady ? bytes : state->steady;
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

/* Whether these words, fewer than SAME_AT_ONCE, are the same. */
COLD bool same_few(const struct listed_word *word, uint32_t words);

/* Whether so many listed frames are the same.  The stack can be read up to the oldest. */
static ALWAYS_INLINE bool same_listed(const struct stack_state *state, uint32_t above)
{
	uint32_t words = state->words[above];
	const struct listed_word *word = state->word;
	if (UNLIKELY(words < SAME_AT_ONCE))
		return same_few(word, words);
	/* Where their number is no multiple, some are compared twice. */
	const struct listed_word *last = &word[words - SAME_AT_ONCE];
	for (; word < last; word += SAME_AT_ONCE)
		if (UNLIKELY(same_differ(word)))
			return false;
	return LIKELY(!same_differ(last));
}

#endif
