/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_STACK_H
#define TRACER_MACHINE_X86_64_STACK_H
/*
 * Stacks of x86-64 (System V ABI, AMD64 supplement, 3.2 and 3.6.2): the stack pointer
 * is rsp, the frame pointer rbp, and a call pushes the return address, so that it
 * always stands in the word below the caller's sp, which is the CFA.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of registers in unwind tables, and the order of registers in struct
 * wire_stack. */
enum {
	MACHINE_DWARF_FP = 6,
	MACHINE_DWARF_SP = 7,
	MACHINE_DWARF_RA = 16,
	MACHINE_REG_SP = MACHINE_DWARF_SP,
	MACHINE_REG_PC = MACHINE_DWARF_RA,
	MACHINE_REGS = 17
};

#define MACHINE_SIGNS_RETURNS 0         /* return addresses are what they are */
#define MACHINE_PC_BITS 47              /* user addresses */
/* Bytes below sp that are in use: the kernel leaves them alone (3.2.2). */
#define MACHINE_RED_ZONE 128u

/* Offsets from sp of what a signal frame saved: the kernel's struct rt_sigframe past
 * its return address, as glibc's __restore_rt finds it. */
#define MACHINE_SIGNAL_FP 120
#define MACHINE_SIGNAL_SP 160
#define MACHINE_SIGNAL_PC 168

/* What a handler returns to: mov $15, %rax; syscall. */
#define MACHINE_SIGNAL_CODE \
	{ \
		0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 \
	}
/* It has unwind rules, which say that it is a signal frame. */
#define MACHINE_SIGNAL_HAS_RULES 1

/* ---- what a step remembers of the return address: nothing, as its place follows from
 * the caller's sp, and its value from the caller's pc ---- */

struct machine_return {};

static inline void machine_return_set(struct machine_return *r, uintptr_t above_sp, uintptr_t word)
{
	(void)r, (void)above_sp, (void)word;
}
/* Where it stands, for a frame at `sp` whose caller is at `caller_sp`. */
static inline uintptr_t machine_return_slot(const struct machine_return *r, uintptr_t sp,
					    uintptr_t caller_sp)
{
	(void)r, (void)sp;
	return caller_sp - 8;
}
/* The word that stands there; `pc` is the caller's, 1 less than the return address. */
static inline uintptr_t machine_return_word(const struct machine_return *r, uintptr_t pc)
{
	(void)r;
	return pc + 1;
}
static inline bool machine_return_outside(uintptr_t slot, uintptr_t sp, uintptr_t cfa)
{
	(void)slot, (void)sp, (void)cfa;
	return false;
}
/* The code address that such a word means. */
static inline uintptr_t machine_code(uintptr_t word) { return word; }

/* ---- a hook's own frame ---- */

/* 16 bytes below the caller's sp.  There a hook, which keeps its frame pointer, has the
 * caller's frame pointer and the return address. */
#define MACHINE_FRAME ((uintptr_t)__builtin_frame_address(0))
static inline const uintptr_t *machine_record(uintptr_t frame) { return (const uintptr_t *)frame; }

#endif
