/* SPDX-License-Identifier: MIT */
/*
 * The step that is rare: over a signal frame.
 */
#include "tracer/preload/step.h"

/* To the interrupted frame, perhaps on another stack.  Its pc is no return
 * address. */
enum step step_signal(struct cursor *c, struct bounds *bounds)
{
	if (!step_readable(c, c->sp + CFI_SIGNAL_RIP))
		return STEP_STUCK;
	uintptr_t sp = step_word(c->sp + CFI_SIGNAL_RSP);
	c->pc = step_word(c->sp + CFI_SIGNAL_RIP);
	c->bp = step_word(c->sp + CFI_SIGNAL_RBP);
	c->sp = sp;
	if (sp % 8 || !bounds_readable(sp))
		return STEP_STUCK;
	c->limit = bounds_limit(bounds, sp);
	return STEP_SIGNAL;
}
