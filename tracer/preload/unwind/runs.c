/* SPDX-License-Identifier: MIT */
/*
 * How runs come to be.  One costs about as much to keep as it saves when it is found once
 * or twice, so a program whose stacks hardly ever come again keeps few: each that is
 * found gives credit for two, and without credit one in eight is kept.  Where no more are
 * found than kept even so, none is looked for or kept for a while.
 */
#include "tracer/preload/unwind/runs.h"

#define CREDIT_EVERY 8u

void runs_sample(struct stack_state *state, const struct cursor *c, uint32_t slot)
{
	struct run_sample *sample = runs_sample_of(state, c);
	if (sample->slot[0] != slot && sample->slot[1] != slot)
		sample->slot[state->run_turn++ % 2] = slot;
}

void runs_forget(struct stack_state *state)
{
	for (uint32_t i = 0; i < STATE_RUN_WAYS << STATE_RUN_BITS; i++)
		*(volatile uintptr_t *)&state->run[i].sp = 0;
}

void runs_judge(struct stack_state *state)
{
	bool tried = state->run_end > 0 && !state->run_resting;
	state->run_resting = tried && state->run_found <= state->run_kept;
	if (state->run_resting)
		state->run_rest = state->run_rest == 0 ? RUN_REST :
				  state->run_rest < RUN_REST_MOST ? 2 * state->run_rest : RUN_REST_MOST;
	else if (tried)
		state->run_rest = 0;
	state->run_end = state->run_resting ? state->run_rest : RUN_TRIAL;
	state->run_stacks = 1;
	state->run_found = state->run_kept = 0;
}

static bool has_credit(struct stack_state *state)
{
	state->run_turn++;
	if (state->run_credit == 0)
		return state->run_turn % CREDIT_EVERY == 0;
	state->run_credit--;
	return true;
}

/* Returns the place for a run with this tag: the one it has, or that of a run which is
 * replaced. */
static struct run *find_run(struct stack_state *state, uint64_t tag)
{
	uint64_t place = runs_place(tag), i = place;
	while (i < place + STATE_RUN_WAYS && state->tag[i] != tag)
		i++;
	if (i == place + STATE_RUN_WAYS)
		i = place + state->run[place].turn++ % STATE_RUN_WAYS;
	/* The place counts as empty until the run is complete, because a signal handler
	 * may leave by a longjmp in between. */
	*(volatile uintptr_t *)&state->run[i].sp = 0;
	state->tag[i] = tag;
	return &state->run[i];
}

void runs_keep(struct stack_state *state, const struct frame *join, const struct frame *top,
	       uintptr_t limit)
{
	struct cursor c = {.pc = top->pc, .sp = top->sp, .bp = top->bp, .limit = limit};
	if (join <= state->frame || join >= top || !state->whole || state->anchored ||
	    !has_credit(state) || top - join > RUN_WORDS)
		return;
	struct run *run = find_run(state, runs_tag(state, &c));
	uint32_t n = 0;
	for (const struct frame *f = top; f > join; f--) {
		uintptr_t ret = machine_return_slot(&f->read.ret, f->sp, f[-1].sp);
		/* (A frame that must be stepped over each time never compares equal, so
		 * no run can hold it.) */
		if (n + 2 > RUN_WORDS || f->read.how & FRAME_AGAIN)
			return;
		run->slot[n] = (uint32_t)(ret - c.sp);
		run->value[n++] = machine_return_word(&f->read.ret, f[-1].pc);
		if (f->read.how & FRAME_BP_COMPARED) {
			run->slot[n] = (uint32_t)(frame_saved_at(f) - c.sp);
			run->value[n++] = f[-1].bp;
		}
	}
	if (join->sp - c.sp > UINT32_MAX)
		return;
	run->pc = c.pc;
	run->bp = c.bp;
	run->end_pc = join->pc;
	run->end_sp = join->sp;
	run->end_bp = join->bp;
	run->base = join->node;
	run->node = top->node;
	run->join = (uint32_t)(join - state->frame);
	run->how = (uint8_t)(top->read.how & FRAME_BP_MATTERS);
	run->count = (uint8_t)n;
	*(volatile uintptr_t *)&run->sp = c.sp;
	state->run_kept++;
}
