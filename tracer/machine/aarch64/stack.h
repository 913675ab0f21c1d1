/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_STACK_H
#define TRACER_MACHINE_AARCH64_STACK_H
/*
 * Stacks of aarch64 (Procedure Call Standard for the Arm 64-bit Architecture, 6.4): a
 * call leaves the return address in x30, and a function that calls others saves it
 * where it likes in its frame.  With a frame pointer x29 leads to two words, the
 * caller's x29 and the return address.  That may be signed (pointer authentication),
 * with the signature in bits that no address has.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of registers in unwind tables, and the order of registers in struct
 * wire_stack, which is libunwind's. */
enum {
	MACHINE_DWARF_FP = 29,
	MACHINE_DWARF_SP = 31,
	MACHINE_DWARF_RA = 30,
	MACHINE_REG_SP = 31,
	MACHINE_REG_PC = 32,
	MACHINE_REGS = 33
};

#define MACHINE_SIGNS_RETURNS 1         /* return addresses may be signed */
#define MACHINE_PC_BITS 48              /* user addresses */
#define MACHINE_RED_ZONE 0u             /* nothing below sp is anybody's (6.4.5) */

/* Offsets from sp of what a signal frame saved: the kernel's struct rt_sigframe, which
 * is a siginfo_t of 128 bytes and a ucontext whose sigcontext is 176 bytes into it. */
#define MACHINE_SIGNAL_FP (128 + 176 + 8 + 29 * 8)
#define MACHINE_SIGNAL_LR (128 + 176 + 8 + 30 * 8)
#define MACHINE_SIGNAL_SP (128 + 176 + 8 + 31 * 8)
#define MACHINE_SIGNAL_PC (128 + 176 + 8 + 32 * 8)

/* What a handler returns to: mov x8, #139; svc #0. */
#define MACHINE_SIGNAL_CODE \
	{ \
		0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4 \
	}
/* It has no unwind rules: it is known by itself. */
#define MACHINE_SIGNAL_HAS_RULES 0

/* ---- what a step remembers of the return address ---- */

struct machine_return {
	uint64_t word;                  /* as it stands on the stack */
	uint64_t above;                 /* bytes above sp where */
};

static inline void machine_return_set(struct machine_return *r, uintptr_t above_sp, uintptr_t word)
{
	r->word = word;
	r->above = above_sp;
}
/* Where it stands, for a frame at `sp` whose caller is at `caller_sp`. */
static inline uintptr_t machine_return_slot(const struct machine_return *r, uintptr_t sp,
					    uintptr_t caller_sp)
{
	(void)caller_sp;
	return sp + r->above;
}
/* The word that stands there; `pc` is the caller's, 1 less than the return address. */
static inline uintptr_t machine_return_word(const struct machine_return *r, uintptr_t pc)
{
	(void)pc;
	return r->word;
}
/* It does not lie in the frame that saved it. */
static inline bool machine_return_outside(uintptr_t slot, uintptr_t sp, uintptr_t cfa)
{
	return slot < sp || slot > cfa - 8 || slot % 8;
}
/* The code address that such a word means.  xpaclri (hint #7) takes the signature off,
 * and does nothing on processors without. */
static inline uintptr_t machine_code(uintptr_t word)
{
	register uintptr_t x30 __asm__("x30") = word;
	__asm__("hint #7" : "+r"(x30));
	return x30;
}

/* ---- a hook's own frame ---- */

/* 16 bytes below the caller's sp. */
#define MACHINE_FRAME ((uintptr_t)__builtin_dwarf_cfa() - 16)

/* The record of the hook whose frame this is: the caller's x29 and the return address.
 * From the innermost of our functions, which all keep a frame pointer, records lead to
 * the last one below the caller's sp. */
static inline __attribute__((always_inline)) const uintptr_t *machine_record(uintptr_t frame)
{
	const uintptr_t *record = __builtin_frame_address(0);
	while (record[0] > (uintptr_t)record && record[0] < frame + 16)
		record = (const uintptr_t *)record[0];
	return record;
}

#endif
