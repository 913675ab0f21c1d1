/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_LINE_H
#define TRACER_PRELOAD_UNWIND_LINE_H
/*
 * What one thread remembers of code addresses, in the form that a step wants:
 *
 *	key = pc << 16 | how << 8 | fp's place, in words above the CFA
 *	cfa = bytes from the base register
 *
 * Nearly every address has one of three rules: CFA by sp with fp kept, CFA by
 * sp with fp saved below it, CFA by fp with fp saved below it.  Their steps
 * need no decoding and, as what a rule can say for itself is looked at when a
 * line is written, few checks.  For all others `how` is LINE_OTHER, and cfa is
 * the rule itself.
 */
#include "tracer/preload/unwind/cfi.h"
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/unwind/step.h"

/* `how` of the simple three: enum frame_how of the frame that is stepped over. */
#define LINE_OTHER 0x80u

static inline bool line_is(const struct pc_line *line, uintptr_t pc) { return line->key >> 16 == pc; }
static inline uint32_t line_how(const struct pc_line *line) { return line->key >> 8 & 0xff; }
static inline intptr_t line_below(const struct pc_line *line) { return (int8_t)line->key * 8; }

/* The CFA by one of the simple three; 0: it is another rule, or a condition of step.h
 * does not hold or has to be looked into.  The cursor's sp is a multiple of 8, or its
 * limit 0: see line_start. */
static ALWAYS_INLINE uintptr_t line_cfa(const struct pc_line *line, uint32_t how,
					const struct cursor *c)
{
	uintptr_t cfa = c->sp + (uintptr_t)(intptr_t)line->cfa;
	if (how != FRAME_BP_KEPT && how != 0) {
		if (UNLIKELY(how != FRAME_BP_READ))
			return 0;
		cfa = c->bp + (uintptr_t)(intptr_t)line->cfa;
		/* (A lost fp is marked by an odd value, which fails this test too.) */
		if (UNLIKELY(cfa <= c->sp || cfa % 8 || cfa - c->sp > INT32_MAX ||
			     cfa + (uintptr_t)line_below(line) < c->sp))
			return 0;
	}
	return cfa;
}

/* The step to that CFA. */
static ALWAYS_INLINE void line_go(const struct pc_line *line, uint32_t how, uintptr_t cfa,
				  struct cursor *c, struct step_read *read)
{
	uintptr_t slot = machine_line_return(cfa, line_below(line), how == FRAME_BP_KEPT);
	uintptr_t ret = step_word(slot);
	machine_return_set(&read->ret, slot - c->sp, ret);
	read->value = ret;
	if (how != FRAME_BP_KEPT) {
		slot = cfa + (uintptr_t)line_below(line);
		read->value = c->bp = step_word(slot);
	}
	read->slot = (uint32_t)(slot - c->sp);
	read->how = how;
	c->pc = machine_code(ret) - 1;
	c->sp = cfa;
}

/* step() by one of the simple three.  False, and nothing has changed: line_cfa. */
static ALWAYS_INLINE bool line_step(const struct pc_line *line, struct cursor *c,
				    struct step_read *read)
{
	uint32_t how = line_how(line);
	uintptr_t cfa = line_is(line, c->pc) ? line_cfa(line, how, c) : 0;
	if (UNLIKELY(!cfa || cfa - 8 >= c->limit))
		return false;
	line_go(line, how, cfa, c, read);
	return true;
}

/* The same value, but another one for the compiler. */
static ALWAYS_INLINE uintptr_t line_apart(uintptr_t value)
{
	__asm__("" : "+r"(value));
	return value;
}

/* The same as line_step if that leads to `cfa`, else false.  What the rule says is compared
 * with that, which is then used in its place: so the processor need not wait for the rule to
 * read on. */
static ALWAYS_INLINE bool line_step_to(const struct pc_line *line, uintptr_t cfa,
				       struct cursor *c, struct step_read *read)
{
	if (UNLIKELY(!line_is(line, c->pc) || cfa > c->limit))
		return false;
	if (LIKELY((line->key & 0xff00) == FRAME_BP_KEPT << 8)) {
		if (UNLIKELY(line_cfa(line, FRAME_BP_KEPT, c) != cfa))
			return false;
		line_go(line, FRAME_BP_KEPT, line_apart(cfa), c, read);
		return true;
	}
	uint32_t how = line_how(line);
	if (UNLIKELY(line_cfa(line, how, c) != cfa))
		return false;
	line_go(line, how, line_apart(cfa), c, read);
	return true;
}

/* Of a misaligned stack line_step says false, and step() that it ends. */
static ALWAYS_INLINE void line_start(struct cursor *c)
{
	if (UNLIKELY(c->sp % 8))
		c->limit = 0;
}

#endif
