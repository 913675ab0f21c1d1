/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_RULE_H
#define TRACER_MACHINE_X86_64_RULE_H
/* A rule of preload/unwind/cfi.h as a word: kind in 3 bits, fp's in 2, fp's offset in
 * 6, CFA's in 21; offsets are signed, in units of 8 bytes. */
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_FP_SHIFT 3
#define MACHINE_FP_OFFSET_SHIFT 5
#define MACHINE_OFFSET_SHIFT 11

static inline unsigned machine_rule_fp(uint32_t rule) { return rule >> MACHINE_FP_SHIFT & 3; }
static inline intptr_t machine_rule_fp_offset(uint32_t rule)
{
	return ((int32_t)(rule << (32 - MACHINE_OFFSET_SHIFT)) >> 26) * 8;
}
static inline intptr_t machine_rule_offset(uint32_t rule)
{
	return ((int32_t)rule >> MACHINE_OFFSET_SHIFT) * 8;
}

static inline bool machine_fits(int64_t offset, unsigned bits)
{
	int64_t units = offset >> 3;
	return offset % 8 == 0 && units >= -(1 << (bits - 1)) && units < 1 << (bits - 1);
}

/* Makes a rule: the return address is at CFA + ret.  If fp's place has no room it is
 * `lost`; false: the rest has none. */
static inline bool machine_rule_make(uint32_t *rule, unsigned kind, int64_t offset, unsigned fp,
				     int64_t fp_offset, int64_t ret, unsigned lost)
{
	if (ret != -8 || !machine_fits(offset, 21))
		return false;
	if (!machine_fits(fp_offset, 6)) {
		fp = lost;
		fp_offset = 0;
	}
	*rule = kind | fp << MACHINE_FP_SHIFT |
		((uint32_t)(fp_offset >> 3) & 63) << MACHINE_FP_OFFSET_SHIFT |
		(uint32_t)((uint64_t)offset >> 3) << MACHINE_OFFSET_SHIFT;
	return true;
}

/* Where the return address is.  `base`: what the CFA was computed from. */
static inline uintptr_t machine_rule_return(uint32_t rule, uintptr_t base, uintptr_t cfa)
{
	(void)rule, (void)base;
	return cfa - 8;
}

/* ---- lines (preload/unwind/line.h), which know where fp is saved: `below` the CFA ---- */

/* Whether that says where the return address is too. */
static inline bool machine_line_is(uint32_t rule, bool fp_kept, intptr_t *below)
{
	(void)rule, (void)fp_kept, (void)below;
	return true;
}
static inline uintptr_t machine_line_return(uintptr_t cfa, intptr_t below, bool fp_kept)
{
	(void)below, (void)fp_kept;
	return cfa - 8;
}

#endif
