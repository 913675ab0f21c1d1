/* SPDX-License-Identifier: MIT */
/*
 * The steps that are rare: onto a page that has to be asked for, and over a
 * signal frame.
 */
#include "tracer/preload/step.h"

uintptr_t step_raise(uintptr_t limit, uintptr_t slot)
{
	return bounds_raise_slow(&limit, slot) ? limit : 0;
}

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
