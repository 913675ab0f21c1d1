/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_STEP_H
#define TRACER_PRELOAD_UNWIND_STEP_H
/*
 * From a frame to its caller by a rule.  It is exact on three conditions, and the stack
 * ends where one does not hold: a return address is looked up at ip - 1 and an
 * interrupted pc at ip; each read lies inside the stack's mapping; the CFA strictly
 * grows, except across a signal frame, which may change stacks.
 */
#include "tracer/preload/unwind/bounds.h"
#include "tracer/preload/unwind/cfi.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/unwind/state.h"

enum step {
	STEP_ON,                        /* the cursor is at the caller */
	STEP_SIGNAL,                    /* the same, over a signal frame */
	STEP_ROOT,                      /* the code says that the stack ends here */
	STEP_BARE, STEP_JIT,            /* no unwind information, in a module or in none */
	STEP_LAST, STEP_STUCK, STEP_IRREGULAR   /* return address 0; a condition does not hold */
};
static inline uintptr_t step_word(uintptr_t address) { return *(const uintptr_t *)address; }
static inline enum step step_end(enum cfi_kind kind)
{
	return kind == CFI_IRREGULAR ? STEP_IRREGULAR :
	       kind == CFI_NO_MODULE ? STEP_JIT : kind == CFI_NONE ? STEP_BARE : STEP_ROOT;
}

/* True if the word at `at`, below an interrupted frame's sp, still holds what the frame saved:
 * it was interrupted in its epilogue, after a pop that gcc's rules do not mention. */
bool step_red_zone(uintptr_t sp, uintptr_t at);
enum step step_signal(struct cursor *c, struct bounds *bounds);
/* Says why a walk ends so at the cursor and not at the root; 0 if that is the root. */
uint32_t step_cut(struct stack_state *state, const struct cursor *c, enum step how);
static ALWAYS_INLINE bool step_readable(struct cursor *c, uintptr_t slot)
{
	return LIKELY(slot < c->limit) || bounds_raise_slow(&c->limit, slot);
}

static inline void step_start(struct cursor *c, const struct stack_caller *caller,
			      struct bounds *bounds)
{
	c->pc = caller->ip - 1;
	c->sp = caller->sp;
	c->bp = caller->bp;
	/* The word below sp is the return address, so its page is mapped. */
	c->limit = bounds_limit(bounds, caller->sp - 8);
}

/* The CFA by one of the three simple rules; 0: the stack ends. */
static ALWAYS_INLINE uintptr_t step_cfa(struct cursor *c, uint32_t rule)
{
	intptr_t offset = cfi_offset(rule);
	if (LIKELY(cfi_kind(rule) == CFI_SP))
		return c->sp + (uintptr_t)offset;
	uintptr_t at = c->bp + (uintptr_t)offset;
	if (cfi_kind(rule) == CFI_FP)
		return at;
	return at >= c->sp && at % 8 == 0 && step_readable(c, at) ? step_word(at) : 0;
}

/* Sets the caller's fp.  The CFA has been checked. */
static ALWAYS_INLINE void step_bp(struct cursor *c, uint32_t rule, uintptr_t cfa,
				  struct step_read *read, bool interrupted)
{
	enum cfi_fp how = cfi_fp(rule);
	if (how == CFI_SAME) {
		read->how |= FRAME_BP_KEPT;
		return;
	}
	if (how == CFI_AT_FP)
		read->how |= FRAME_BP_READ;
	uintptr_t at = (how == CFI_AT_CFA ? cfa : c->bp) + (uintptr_t)cfi_fp_offset(rule);
	bool lost = how == CFI_LOST || (how == CFI_AT_FP && c->bp == STATE_BP_LOST);
	/* A saved register lies inside the frame that saved it. */
	if (UNLIKELY(lost || at < c->sp || at > cfa - 8 || at % 8)) {
		bool red = interrupted && !lost && step_red_zone(c->sp, at);
		c->bp = red ? step_word(at) : STATE_BP_LOST;
		read->how |= red ? FRAME_AGAIN : 0;
		return;
	}
	read->how |= cfa - at < FRAME_SLOT_END ? frame_saved(cfa - at) : FRAME_AGAIN;
	c->bp = step_word(at);
}

/* Steps to the caller. */
static ALWAYS_INLINE enum step step(struct cursor *c, uint32_t rule, struct bounds *bounds,
				    struct step_read *read, bool interrupted)
{
	enum cfi_kind kind = cfi_kind(rule);
	read->how = 0;
	if (UNLIKELY(kind != CFI_SP)) {
		if (kind == CFI_SIGNAL)
			return step_signal(c, bounds);
		if (kind != CFI_FP && kind != CFI_FP_DEREF)
			return step_end(kind);
		if (c->bp == STATE_BP_LOST)
			return STEP_IRREGULAR;
		read->how = FRAME_BP_READ;
	}
	uintptr_t cfa = step_cfa(c, rule);
	if (UNLIKELY(cfa <= c->sp || cfa % 8 || !step_readable(c, cfa - 8)))
		return STEP_STUCK;
	if (UNLIKELY(cfa - c->sp > UINT32_MAX))
		return STEP_IRREGULAR;
	uintptr_t slot = machine_rule_return(rule, kind == CFI_SP ? c->sp : c->bp, cfa);
	if (UNLIKELY(machine_return_outside(slot, c->sp, cfa)))
		return STEP_STUCK;
	uintptr_t ret = step_word(slot);
	machine_return_set(&read->ret, slot - c->sp, ret);
	c->pc = machine_code(ret) - 1;
	step_bp(c, rule, cfa, read, interrupted);
	c->sp = cfa;
	return c->pc == (uintptr_t)-1 ? STEP_LAST : STEP_ON;
}

#endif
