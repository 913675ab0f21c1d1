/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_RULE_H
#define TRACER_MACHINE_AARCH64_RULE_H
/*
 * A rule of preload/unwind/cfi.h as a word:
 *
 *	kind 3 | 1: by base | fp 5 | return address 8 | CFA 15
 *
 * The return address is at CFA + 8 r, or, by base, at the register + 8 r from which the
 * CFA is computed.  fp is 0: unchanged; 1: lost; else saved 8 (fp - 17) above the
 * return address: 16 in a frame record.  The CFA's offset is signed, in units of 16
 * bytes, as sp is a multiple of 16.
 */
#include <stdbool.h>
#include <stdint.h>

enum { MACHINE_FP_SAME = 0, MACHINE_FP_LOST = 1, MACHINE_FP_ZERO = 17 };

static inline bool machine_rule_by_base(uint32_t rule) { return rule >> 3 & 1; }
static inline unsigned machine_rule_fp_code(uint32_t rule) { return rule >> 4 & 31; }
static inline intptr_t machine_rule_ret(uint32_t rule) { return (int8_t)(rule >> 9) * 8; }
static inline intptr_t machine_rule_offset(uint32_t rule) { return ((int32_t)rule >> 17) * 16; }

/* enum cfi_fp: unchanged, saved at an offset from the CFA, lost */
static inline unsigned machine_rule_fp(uint32_t rule)
{
	unsigned code = machine_rule_fp_code(rule);
	return code == MACHINE_FP_SAME ? 0 : code == MACHINE_FP_LOST ? 3 : 1;
}

/* The return address, in bytes from the CFA. */
static inline intptr_t machine_rule_ret_from_cfa(uint32_t rule)
{
	return machine_rule_ret(rule) - (machine_rule_by_base(rule) ? machine_rule_offset(rule) : 0);
}

static inline intptr_t machine_rule_fp_offset(uint32_t rule)
{
	return machine_rule_ret_from_cfa(rule) +
	       ((intptr_t)machine_rule_fp_code(rule) - MACHINE_FP_ZERO) * 8;
}

static inline bool machine_fits(int64_t offset, unsigned unit, unsigned bits)
{
	int64_t units = offset / (int64_t)unit;
	return offset % (int64_t)unit == 0 && units >= -(1 << (bits - 1)) &&
	       units < 1 << (bits - 1);
}

static inline unsigned machine_fp_code(unsigned fp, int64_t fp_offset, int64_t ret, unsigned lost)
{
	int64_t code = (fp_offset - ret) / 8 + MACHINE_FP_ZERO;
	if (fp == 0)
		return MACHINE_FP_SAME;
	if (fp == lost || fp != 1 || fp_offset % 8 || fp_offset == ret || code < 2 || code > 31)
		return MACHINE_FP_LOST;
	return (unsigned)code;
}

/* Makes a rule: the return address is at CFA + ret.  If fp's place has no room it is
 * lost; false: the rest has none. */
static inline bool machine_rule_make(uint32_t *rule, unsigned kind, int64_t offset, unsigned fp,
				     int64_t fp_offset, int64_t ret, unsigned lost)
{
	bool by_base = !machine_fits(ret, 8, 8);
	int64_t at = by_base ? offset + ret : ret;
	if (!machine_fits(offset, 16, 15) || !machine_fits(at, 8, 8))
		return false;
	*rule = kind | (uint32_t)by_base << 3 | machine_fp_code(fp, fp_offset, ret, lost) << 4 |
		((uint32_t)(at / 8) & 255) << 9 | (uint32_t)(offset / 16) << 17;
	return true;
}

/* Where the return address is.  `base`: what the CFA was computed from. */
static inline uintptr_t machine_rule_return(uint32_t rule, uintptr_t base, uintptr_t cfa)
{
	return (machine_rule_by_base(rule) ? base : cfa) + (uintptr_t)machine_rule_ret(rule);
}

/* ---- lines (preload/unwind/line.h), which know where fp is saved: `below` the CFA.
 * The return address is the next word; where fp is kept, it is the one that is meant ---- */

static inline bool machine_line_is(uint32_t rule, bool fp_kept, intptr_t *below)
{
	intptr_t ret = machine_rule_ret_from_cfa(rule);
	if (fp_kept)
		*below = ret;
	/* (Not at the CFA itself, which is another frame's word, or that of no stack.) */
	return ret < 0 && (fp_kept || ret == *below + 8);
}
static inline uintptr_t machine_line_return(uintptr_t cfa, intptr_t below, bool fp_kept)
{
	return cfa + (uintptr_t)below + (fp_kept ? 0 : 8);
}

#endif
