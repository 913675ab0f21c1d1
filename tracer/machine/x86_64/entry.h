/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_ENTRY_H
#define TRACER_MACHINE_X86_64_ENTRY_H
/*
 * Functions of the injected library that C can't express: they jump where C would call,
 * or change stacks.  Each macro defines one, in the file that explains why it is needed.
 */
#include <stdint.h>

#define MACHINE_TEXT(number) MACHINE_TEXT_OF(number)
#define MACHINE_TEXT_OF(number) #number

#define MACHINE_FUNCTION(name, visible, body) \
	__asm__(".text\n" \
		".globl " #name "\n" visible ".type " #name ", @function\n" #name ":\n" \
		"	.cfi_startproc\n" body \
		"	.cfi_endproc\n" \
		".size " #name ", . - " #name "\n")

/* Calls `helper`, which takes nothing, and jumps to what it returns. */
#define MACHINE_ASK_AND_JUMP(name, helper) \
	MACHINE_FUNCTION(name, "", \
			 "	endbr64\n" \
			 "	sub $8, %rsp\n	.cfi_adjust_cfa_offset 8\n" \
			 "	call " #helper "\n" \
			 "	add $8, %rsp\n	.cfi_adjust_cfa_offset -8\n" \
			 "	jmp *%rax\n")

/* Calls helper(sp), where sp is the caller's stack pointer and MACHINE_ARGUMENT(sp, n)
 * the caller's n-th argument, up to three; then jumps to what it returns with those
 * arguments. */
#define MACHINE_SHOW_AND_JUMP(name, helper) \
	MACHINE_FUNCTION(name, "", \
			 "	endbr64\n" \
			 "	push %rdi\n	.cfi_adjust_cfa_offset 8\n" \
			 "	push %rsi\n	.cfi_adjust_cfa_offset 8\n" \
			 "	push %rdx\n	.cfi_adjust_cfa_offset 8\n" \
			 "	lea 32(%rsp), %rdi\n" \
			 "	call " #helper "\n" \
			 "	pop %rdx\n	.cfi_adjust_cfa_offset -8\n" \
			 "	pop %rsi\n	.cfi_adjust_cfa_offset -8\n" \
			 "	pop %rdi\n	.cfi_adjust_cfa_offset -8\n" \
			 "	jmp *%rax\n")
#define MACHINE_ARGUMENT(caller_sp, n) (((const uintptr_t *)(caller_sp))[-2 - (int)(n)])

/* Jumps to `helper` if the first argument, an int, is `one` or `two`, or if the pointer
 * `next` is NULL; else to where that points.  Neither stack nor arguments change. */
#define MACHINE_PASS(name, helper, next, one, two) \
	MACHINE_FUNCTION(name, "", \
			 "	endbr64\n" \
			 "	cmpl $" MACHINE_TEXT(one) ", %edi\n" \
			 "	je " #helper "\n" \
			 "	cmpl $" MACHINE_TEXT(two) ", %edi\n" \
			 "	je " #helper "\n" \
			 "	movq " #next "(%rip), %rax\n" \
			 "	testq %rax, %rax\n" \
			 "	je " #helper "\n" \
			 "	jmp *%rax\n")
#define MACHINE_SYS_SECCOMP 317         /* numbers that stand in such a jump */
#define MACHINE_SYS_PRCTL 157

/* void name(void (*work)(void *), void *argument, void *top): runs work(argument) on
 * the stack that ends at `top`.  The frame pointer makes the CFA of this frame rbp + 16
 * wherever it runs, so that a debugger sees through the change of stacks. */
#define MACHINE_ON_STACK(name) \
	MACHINE_FUNCTION(name, ".hidden " #name "\n", \
			 "	pushq %rbp\n" \
			 "	.cfi_def_cfa_offset 16\n" \
			 "	.cfi_offset %rbp, -16\n" \
			 "	movq %rsp, %rbp\n" \
			 "	.cfi_def_cfa_register %rbp\n" \
			 "	movq %rdx, %rsp\n" \
			 "	movq %rdi, %rax\n" \
			 "	movq %rsi, %rdi\n" \
			 "	call *%rax\n" \
			 "	movq %rbp, %rsp\n" \
			 "	popq %rbp\n" \
			 "	.cfi_def_cfa %rsp, 8\n" \
			 "	ret\n")

/* Writes this place's registers, as far as unwinding needs them, to regs[MACHINE_REGS]. */
static inline __attribute__((always_inline)) void machine_take_registers(uint64_t *regs)
{
	__asm__ volatile("lea 0f(%%rip), %%rax\n\t"
			 "mov %%rax, 16*8(%0)\n\t"
			 "mov %%rbx, 3*8(%0)\n\t"
			 "mov %%rbp, 6*8(%0)\n\t"
			 "mov %%rsp, 7*8(%0)\n\t"
			 "mov %%r12, 12*8(%0)\n\t"
			 "mov %%r13, 13*8(%0)\n\t"
			 "mov %%r14, 14*8(%0)\n\t"
			 "mov %%r15, 15*8(%0)\n"
			 "0:"
			 :
			 : "r"(regs)
			 : "rax", "memory");
}

#endif
