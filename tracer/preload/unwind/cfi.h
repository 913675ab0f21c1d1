/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_CFI_H
#define TRACER_PRELOAD_UNWIND_CFI_H
/*
 * How to go from a frame to its caller, as one word per code address.  Nearly
 * all code follows
 *
 *	CFA = rsp + c  |  rbp + c  |  *(rbp + c)
 *	caller's pc at CFA - 8, caller's rsp = CFA,
 *	caller's rbp: unchanged, or saved at CFA + c or at rbp + c
 *
 * What does not is CFI_IRREGULAR.  Reads nothing outside the given ranges:
 * whatever bytes stand there, the answer is a word and never a crash.
 */
#include <stdint.h>

enum cfi_kind {
	CFI_NONE,                       /* no unwind information for this address */
	CFI_RSP,                        /* CFA = rsp + offset */
	CFI_RBP,                        /* CFA = rbp + offset */
	CFI_RBP_DEREF,                  /* CFA = *(rbp + offset): realigned stacks */
	CFI_SIGNAL,                     /* the kernel's signal frame starts at rsp */
	CFI_END,                        /* the oldest frame of its stack */
	CFI_IRREGULAR,
	/* Code made at run time; other files use it, cfi.c never returns it. */
	CFI_NO_MODULE
};

/* Where the caller's rbp is: unchanged, saved at an offset from the CFA or from rbp, or
 * not to be found. */
enum cfi_rbp { CFI_SAME, CFI_AT_CFA, CFI_AT_RBP, CFI_LOST };

/* A rule: kind in 3 bits, rbp's kind in 2, rbp's offset in 6, CFA's in 21;
 * offsets are signed, in units of 8 bytes. */
#define CFI_RBP_SHIFT 3
#define CFI_RBP_OFFSET_SHIFT 5
#define CFI_OFFSET_SHIFT 11
static inline enum cfi_kind cfi_kind(uint32_t rule) { return (enum cfi_kind)(rule & 7); }
static inline enum cfi_rbp cfi_rbp(uint32_t rule)
{
	return (enum cfi_rbp)(rule >> CFI_RBP_SHIFT & 3);
}
static inline intptr_t cfi_rbp_offset(uint32_t rule)
{
	return ((int32_t)(rule << (32 - CFI_OFFSET_SHIFT)) >> 26) * 8;
}
static inline intptr_t cfi_offset(uint32_t rule)
{
	return ((int32_t)rule >> CFI_OFFSET_SHIFT) * 8;
}

/* Offsets from rsp of what a signal frame saved: x86-64's struct rt_sigframe
 * past its return address, as __restore_rt finds it. */
#define CFI_SIGNAL_RBP 120
#define CFI_SIGNAL_RSP 160
#define CFI_SIGNAL_RIP 168

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
