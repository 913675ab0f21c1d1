/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_ENTRY_H
#define TRACER_MACHINE_AARCH64_ENTRY_H
/*
 * Functions of the injected library that C can't express: they jump where C would call,
 * or change stacks.  Each macro defines one, in the file that explains why it is
 * needed.  Each begins with `bti c` (hint #34), and jumps through x16, which may lead
 * to such a place.
 */
#include <stdint.h>

#define MACHINE_TEXT(number) MACHINE_TEXT_OF(number)
#define MACHINE_TEXT_OF(number) #number

#define MACHINE_FUNCTION(name, visible, body) \
	__asm__(".text\n" \
		".p2align 2\n" \
		".globl " #name "\n" visible ".type " #name ", %function\n" #name ":\n" \
		"	.cfi_startproc\n" \
		"	hint #34\n" body \
		"	.cfi_endproc\n" \
		".size " #name ", . - " #name "\n")

#define MACHINE_PUSH_RECORD(bytes) \
	"	stp x29, x30, [sp, #-" #bytes "]!\n" \
	"	.cfi_def_cfa_offset " #bytes "\n" \
	"	.cfi_offset 29, -" #bytes "\n" \
	"	.cfi_offset 30, -" #bytes " + 8\n" \
	"	mov x29, sp\n"
#define MACHINE_POP_RECORD(bytes) \
	"	ldp x29, x30, [sp], #" #bytes "\n" \
	"	.cfi_def_cfa_offset 0\n" \
	"	.cfi_restore 29\n" \
	"	.cfi_restore 30\n"

/* Calls `helper`, which takes nothing, and jumps to what it returns. */
#define MACHINE_ASK_AND_JUMP(name, helper) \
	MACHINE_FUNCTION(name, "", \
			 MACHINE_PUSH_RECORD(16) \
			 "	bl " #helper "\n" \
			 "	mov x16, x0\n" \
			 MACHINE_POP_RECORD(16) \
			 "	br x16\n")

/* Calls helper(sp), where sp is the caller's stack pointer and MACHINE_ARGUMENT(sp, n)
 * the caller's n-th argument, up to three; then jumps to what it returns with those
 * arguments. */
#define MACHINE_SHOW_AND_JUMP(name, helper) \
	MACHINE_FUNCTION(name, "", \
			 MACHINE_PUSH_RECORD(48) \
			 "	stp x0, x1, [sp, #16]\n" \
			 "	str x2, [sp, #32]\n" \
			 "	add x0, sp, #48\n" \
			 "	bl " #helper "\n" \
			 "	mov x16, x0\n" \
			 "	ldp x0, x1, [sp, #16]\n" \
			 "	ldr x2, [sp, #32]\n" \
			 MACHINE_POP_RECORD(48) \
			 "	br x16\n")
#define MACHINE_ARGUMENT(caller_sp, n) (((const uintptr_t *)(caller_sp))[-4 + (int)(n)])

/* Jumps to `helper` if the first argument, an int, is `one` or `two`, or if the pointer
 * `next` is NULL; else to where that points.  Neither stack nor arguments change. */
#define MACHINE_PASS(name, helper, next, one, two) \
	MACHINE_FUNCTION(name, "", \
			 "	cmp w0, #" MACHINE_TEXT(one) "\n" \
			 "	b.eq " #helper "\n" \
			 "	cmp w0, #" MACHINE_TEXT(two) "\n" \
			 "	b.eq " #helper "\n" \
			 "	adrp x16, " #next "\n" \
			 "	ldr x16, [x16, #:lo12:" #next "]\n" \
			 "	cbz x16, " #helper "\n" \
			 "	br x16\n")
#define MACHINE_SYS_SECCOMP 277         /* numbers that stand in such a jump */
#define MACHINE_SYS_PRCTL 167

/* void name(void (*work)(void *), void *argument, void *top): runs work(argument) on
 * the stack that ends at `top`.  The frame pointer makes the CFA of this frame x29 + 16
 * wherever it runs, so that a debugger sees through the change of stacks. */
#define MACHINE_ON_STACK(name) \
	MACHINE_FUNCTION(name, ".hidden " #name "\n", \
			 MACHINE_PUSH_RECORD(16) \
			 "	.cfi_def_cfa_register 29\n" \
			 "	mov sp, x2\n" \
			 "	mov x16, x0\n" \
			 "	mov x0, x1\n" \
			 "	blr x16\n" \
			 "	mov sp, x29\n" \
			 "	.cfi_def_cfa_register 31\n" \
			 MACHINE_POP_RECORD(16) \
			 "	ret\n")

/* Writes this place's registers, as far as unwinding needs them, to regs[MACHINE_REGS]. */
static inline __attribute__((always_inline)) void machine_take_registers(uint64_t *regs)
{
	__asm__ volatile("stp x19, x20, [%0, #19*8]\n\t"
			 "stp x21, x22, [%0, #21*8]\n\t"
			 "stp x23, x24, [%0, #23*8]\n\t"
			 "stp x25, x26, [%0, #25*8]\n\t"
			 "stp x27, x28, [%0, #27*8]\n\t"
			 "stp x29, x30, [%0, #29*8]\n\t"
			 "mov x16, sp\n\t"
			 "adr x17, .\n\t"
			 "stp x16, x17, [%0, #31*8]"
			 :
			 : "r"(regs)
			 : "x16", "x17", "memory");
}

#endif
