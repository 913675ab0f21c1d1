/* SPDX-License-Identifier: MIT */
/* The rare steps: over a signal frame, and from the frame that the signal interrupted. */
#include "tracer/preload/unwind/step.h"

/* Steps to the interrupted frame, which may be on another stack.  Its pc is no return
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

/* The size of the red zone: the kernel leaves so many bytes below sp alone (System V ABI,
 * x86-64, 3.2.2). */
#define RED_ZONE 128u

bool step_red_zone(uintptr_t sp, uintptr_t at)
{
	return at < sp && at >= sp - RED_ZONE && at % 8 == 0 && bounds_readable(at);
}
