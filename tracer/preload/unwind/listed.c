/* SPDX-License-Identifier: MIT */
#include "tracer/preload/unwind/listed.h"

#include <stdatomic.h>

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
