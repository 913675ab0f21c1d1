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

/* Makes the line of an address below 2^48 out of its entry. */
static inline struct pc_line line_make(uintptr_t pc, uint64_t entry)
{
	uint32_t rule = rules_rule(entry), how = 0;
	intptr_t cfa = cfi_offset(rule), below = -8;
	bool by_fp = cfi_kind(rule) == CFI_FP;
	bool simple = by_fp || (cfi_kind(rule) == CFI_SP && cfa > 0);

	if (by_fp)
		how |= FRAME_BP_READ;
	switch (cfi_fp(rule)) {
	case CFI_SAME:
		how |= FRAME_BP_KEPT;
		simple &= !by_fp;
		break;
	case CFI_AT_CFA:
		below = cfi_fp_offset(rule);
		break;
	case CFI_AT_FP:
		below = cfi_fp_offset(rule) - cfa;
		simple &= by_fp;
		break;
	case CFI_LOST:
		simple = false;
	}
	simple &= machine_line_is(rule, how & FRAME_BP_KEPT, &below);
	/* A saved register lies inside the frame that saved it. */
	simple &= below <= -8 && below >= INT8_MIN * 8 && (by_fp || below >= -cfa);
	if (!simple)
		return (struct pc_line){(uint64_t)pc << 16 | LINE_OTHER << 8, (int32_t)rule,
				     rules_site(entry)};
	return (struct pc_line){(uint64_t)pc << 16 | how << 8 | (uint8_t)(below / 8), (int32_t)cfa,
			     rules_site(entry)};
}

/*
 * step() by one of the simple three.  False, and nothing has changed: it is
 * another rule, or a condition of step.h does not hold or has to be looked into.
 * The cursor's sp is a multiple of 8, or its limit 0: see line_start.
 */
static ALWAYS_INLINE bool line_step(const struct pc_line *line, struct cursor *c,
				    struct step_read *read)
{
	uint32_t how = line_how(line);
	uintptr_t cfa = c->sp + (uintptr_t)(intptr_t)line->cfa;
	if (how != FRAME_BP_KEPT && how != 0) {
		if (UNLIKELY(how != FRAME_BP_READ))
			return false;
		cfa = c->bp + (uintptr_t)(intptr_t)line->cfa;
		/* (A lost fp is marked by an odd value, which fails this test too.) */
		if (UNLIKELY(cfa <= c->sp || cfa % 8 || cfa - c->sp > INT32_MAX ||
			     cfa + (uintptr_t)line_below(line) < c->sp))
			return false;
	}
	if (UNLIKELY(cfa - 8 >= c->limit))
		return false;
	uintptr_t slot = machine_line_return(cfa, line_below(line), how & FRAME_BP_KEPT);
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
	return true;
}

/* Of a misaligned stack line_step says false, and step() that it ends. */
static ALWAYS_INLINE void line_start(struct cursor *c)
{
	if (UNLIKELY(c->sp % 8))
		c->limit = 0;
}

#endif
