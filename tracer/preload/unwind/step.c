/* SPDX-License-Identifier: MIT */
/* The rare steps: over a signal frame, from the frame that the signal interrupted, and
 * the last one. */
#include "tracer/preload/unwind/step.h"

#include "tracer/preload/unwind/rules.h"

/* Steps to the interrupted frame, which may be on another stack.  Its pc is no return
 * address. */
enum step step_signal(struct cursor *c, struct bounds *bounds)
{
	if (!step_readable(c, c->sp + MACHINE_SIGNAL_PC))
		return STEP_STUCK;
	uintptr_t sp = step_word(c->sp + MACHINE_SIGNAL_SP);
	c->pc = step_word(c->sp + MACHINE_SIGNAL_PC);
	c->bp = step_word(c->sp + MACHINE_SIGNAL_FP);
	c->sp = sp;
	if (sp % 8 || !bounds_readable(sp))
		return STEP_STUCK;
	c->limit = bounds_limit(bounds, sp);
	return STEP_SIGNAL;
}

bool step_red_zone(uintptr_t sp, uintptr_t at)
{
	return at < sp && at >= sp - MACHINE_RED_ZONE && at % 8 == 0 && bounds_readable(at);
}

uint32_t step_cut(struct stack_state *state, const struct cursor *c, enum step how)
{
	bool own = bounds_is_own(&state->bounds, c->sp);
	uint64_t entry;
	switch (how) {
	case STEP_BARE:
		if (own)
			return bounds_is_first(c->sp) ? 0 : WIRE_CUT_NO_RULES;
		/* A return address at the very beginning of a function comes from no
		 * call: makecontext wrote it there. */
		entry = rules_look_up(state, c->pc + 1, state->epoch);
		return cfi_kind(rules_rule(entry)) == CFI_NONE ? WIRE_CUT_NO_RULES
							       : WIRE_CUT_COROUTINE;
	case STEP_JIT:
		return WIRE_CUT_JIT;
	case STEP_LAST:
		return own ? 0 : WIRE_CUT_COROUTINE;
	case STEP_STUCK:
		return own ? WIRE_CUT_UNREADABLE : WIRE_CUT_COROUTINE;
	default:
		return 0;
	}
}
