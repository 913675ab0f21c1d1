/* SPDX-License-Identifier: MIT */
/* The rare steps: over a signal frame, and from the frame that the signal interrupted. */
#include "tracer/preload/unwind/step.h"

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
