/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_LINE_H
#define TRACER_PRELOAD_UNWIND_LINE_H
/*
 * What one thread remembers of code addresses, in the form that a step wants:
 *
 *	key = pc
 *	rule = CFA, in words from the base register << 15 | enum frame_how of the frame that
 *		is stepped over, with the place of fp in words below the CFA
 *
 * Nearly every address has one of three rules: CFA by sp with fp kept, CFA by
 * sp with fp saved below it, CFA by fp with fp saved below it.  Their steps
 * need little decoding and, as what a rule can say for itself is looked at when
 * a line is written, few checks.  For all others the key is pc ^ LINE_OTHER,
 * and the rule is that of cfi.h.
 */
#include "tracer/preload/unwind/cfi.h"
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/unwind/step.h"

/* No address that shares a place with pc is pc ^ LINE_OTHER or pc ^ LINE_NONE, as either
 * changes the two highest bits of memo_place. */
#define LINE_OTHER (UINT64_C(1) << 63)
#define LINE_NONE (UINT64_C(1) << 62)
#define LINE_CFA_SHIFT 15
#define LINE_HOW ((UINT32_C(1) << LINE_CFA_SHIFT) - 1)
#define LINE_PLAIN (FRAME_BP_KEPT | 1u << FRAME_SLOT_SHIFT)     /* x86-64, fp is kept */
#define LINE_BELOW_MOST ((intptr_t)(LINE_HOW >> FRAME_SLOT_SHIFT) * 8)  /* bytes */
#define LINE_CFA_MOST ((intptr_t)8 << (32 - LINE_CFA_SHIFT))

static inline bool line_is_other(const struct pc_line *l, uintptr_t pc)
{
	return l->key == (pc ^ LINE_OTHER);
}
static inline uint32_t line_how(const struct pc_line *l) { return l->rule & LINE_HOW; }
static inline uintptr_t line_offset(const struct pc_line *l)
{
	return (l->rule >> LINE_CFA_SHIFT) * UINT64_C(8);
}
static inline intptr_t line_below(uint32_t how)
{
	return -(intptr_t)((how & LINE_HOW) >> FRAME_SLOT_SHIFT) * 8;
}

/* Sets the CFA by one of the simple three.  False: a condition of step.h does not hold or has
 * to be looked into.  The cursor's sp is a multiple of 8, or its limit 0: see line_start. */
static ALWAYS_INLINE bool line_cfa(const struct pc_line *line, uint32_t how,
				   const struct cursor *c, uintptr_t *cfa)
{
	*cfa = c->sp + line_offset(line);
	if (LIKELY(!(how & FRAME_BP_READ)))
		return true;
	*cfa = c->bp + line_offset(line);
	/* (A lost fp is marked by an odd value, which fails this test too.) */
	return !UNLIKELY(*cfa <= c->sp || *cfa % 8 || *cfa - c->sp >= FRAME_SLOT_END ||
			 *cfa + (uintptr_t)line_below(how) < c->sp);
}

/* The step to that CFA.  Whether fp is saved costs no branch, as it is as good as random;
 * where it is kept, what is read is the return address. */
static ALWAYS_INLINE void line_go(uint32_t how, uintptr_t cfa, struct cursor *c,
				  struct step_read *read)
{
	uintptr_t slot = machine_line_return(cfa, line_below(how), !(how & FRAME_BP_SAVED));
	uintptr_t ret = step_word(slot);
	machine_return_set(&read->ret, slot - c->sp, ret);
	read->how = how;
	uintptr_t bp = step_word(cfa + (uintptr_t)line_below(how));
	c->bp = how & FRAME_BP_SAVED ? bp : c->bp;
	c->pc = machine_code(ret) - 1;
	c->sp = cfa;
}

/* step() by one of the simple three.  False: nothing has changed, it is none of these. */
static ALWAYS_INLINE bool line_step(const struct pc_line *line, struct cursor *c,
				    struct step_read *read)
{
	if (UNLIKELY(line->key != c->pc))
		return false;
	uint32_t how = line_how(line);
	uintptr_t cfa;
	if (UNLIKELY(!line_cfa(line, how, c, &cfa) || cfa - 8 >= c->limit))
		return false;
	line_go(how, cfa, c, read);
	return true;
}

/* The step by a line if it leads to `cfa`.  A copy that the compiler does not see through is
 * used in place of what the rule says: the processor need not wait for that to read on. */
static ALWAYS_INLINE bool line_go_to(const struct pc_line *line, uint32_t how, uintptr_t cfa,
				     struct cursor *c, struct step_read *read)
{
	uintptr_t copy = cfa, found;
	__asm__("" : "+r"(copy));
	if (UNLIKELY(!line_cfa(line, how, c, &found) || found != cfa))
		return false;
	line_go(how, copy, c, read);
	return true;
}

/* The same as line_step if that leads to `cfa`, up to which the stack can be read. */
static ALWAYS_INLINE bool line_step_to(const struct pc_line *line, uintptr_t cfa,
				       struct cursor *c, struct step_read *read)
{
	if (UNLIKELY(line->key != c->pc))
		return false;
	if (LIKELY((line->rule & LINE_HOW) == LINE_PLAIN))
		return line_go_to(line, LINE_PLAIN, cfa, c, read);
	return line_go_to(line, line_how(line), cfa, c, read);
}

/* Of a misaligned stack line_step says false, and step() that it ends. */
static ALWAYS_INLINE void line_start(struct cursor *c)
{
	if (UNLIKELY(c->sp % 8))
		c->limit = 0;
}

#endif
