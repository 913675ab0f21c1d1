/* SPDX-License-Identifier: MIT */
/*
 * The steps that are rare: over a signal frame, and from what it interrupted.
 */
#include "tracer/preload/unwind/step.h"

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

/* The kernel leaves these bytes below sp alone (System V ABI, x86-64, 3.2.2). */
#define RED_ZONE 128u

bool step_red_zone(uintptr_t sp, uintptr_t at)
{
	return at < sp && at >= sp - RED_ZONE && at % 8 == 0 && bounds_readable(at);
}
