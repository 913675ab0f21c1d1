/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_CFI_H
#define TRACER_PRELOAD_UNWIND_CFI_H
/*
 * How to go from a frame to its caller, as one word per code address.  Nearly
 * all code follows
 *
 *	CFA = sp + c  |  fp + c  |  *(fp + c)
 *	caller's pc at CFA + c (x86-64: -8), caller's sp = CFA,
 *	caller's fp: unchanged, or saved at CFA + c or at fp + c
 *
 * where sp and fp are the machine's stack and frame pointer.  What does not is
 * CFI_IRREGULAR.  Reads nothing outside the given ranges: whatever bytes stand there, the
 * answer is a word and never a crash.
 */
#include <stdint.h>

#include "tracer/machine/machine.h"

enum cfi_kind {
	CFI_NONE,                       /* no unwind information for this address */
	CFI_SP,                        /* CFA = sp + offset */
	CFI_FP,                        /* CFA = fp + offset */
	CFI_FP_DEREF,                  /* CFA = *(fp + offset): realigned stacks */
	CFI_SIGNAL,                     /* the kernel's signal frame starts at sp */
	CFI_END,                        /* the oldest frame of its stack */
	CFI_IRREGULAR,
	/* Code made at run time; other files use it, cfi.c never returns it. */
	CFI_NO_MODULE
};

/* Where the caller's fp is: unchanged, saved at an offset from the CFA or from fp, or
 * not to be found. */
enum cfi_fp { CFI_SAME, CFI_AT_CFA, CFI_AT_FP, CFI_LOST };

/* A rule: its kind in the lowest 3 bits, the rest as the machine packs it; offsets in
 * bytes. */
static inline enum cfi_kind cfi_kind(uint32_t rule) { return (enum cfi_kind)(rule & 7); }
static inline enum cfi_fp cfi_fp(uint32_t rule) { return (enum cfi_fp)machine_rule_fp(rule); }
static inline intptr_t cfi_fp_offset(uint32_t rule) { return machine_rule_fp_offset(rule); }
static inline intptr_t cfi_offset(uint32_t rule) { return machine_rule_offset(rule); }

/* A module's .eh_frame_hdr, and what of the module may be read. */
#define CFI_RANGES 16
struct cfi_object {
	uintptr_t header;               /* 0: the module has no unwind information */
	unsigned ranges;
	struct {
		uintptr_t low, high;
	} range[CFI_RANGES];
};

/* Returns the rule at `pc`, CFI_NONE if there is none.  Uses about 1.5 KiB of stack. */
uint32_t cfi_rule(const struct cfi_object *object, uintptr_t pc);

#endif
