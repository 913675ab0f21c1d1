/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_COW_H
#define TRACER_MACHINE_X86_64_COW_H
/*
 * A system call that memtop has a thread of the program make: the one that clones the
 * process for a look at its heap (share/doc/HEAP.md), and the one that reaps the clone.
 *
 * memtop stops the thread by ptrace(2), writes its registers into struct
 * machine_cow_saved, and lets it execute the code at wire_control.cow, up to the end of
 * the system call; then it puts the registers back itself.  Should memtop die in
 * between, the kernel lets the thread go on, and the code does the same by what is
 * saved.  A clone that nobody holds any more ends at once.  The code uses no stack and changes no flags.
 */
#include <stdint.h>

/* Registers that the code and the system call change.  `rip`: where the thread goes on. */
struct machine_cow_saved {
	uint64_t rax, rcx, rdx, rsi, rdi, r8, r10, r11, rip;
};

/*
 * At wire_control.cow - 4: an int32_t, from the code to where its struct
 * machine_cow_saved is.  The code begins with these bytes, by which memtop knows it:
 *
 *	syscall; mov %rax, %rcx; jrcxz 1f; jmp 2f
 *	1: mov $231, %eax; xor %edi, %edi; syscall; hlt         exit_group(0)
 */
#define MACHINE_COW_BYTES \
	{ \
		0x0f, 0x05, 0x48, 0x89, 0xc1, 0xe3, 0x02, 0xeb, 0x0a, 0xb8, 0xe7, 0x00, 0x00, \
		0x00, 0x31, 0xff, 0x0f, 0x05, 0xf4 \
	}

/*
 * jrcxz asks for zero without touching flags.  The highest byte of a result is 0 for a
 * pid and 255 for an error; bswap brings it down.  wait4(pid, NULL, __WALL, NULL) reaps
 * the clone, which is on its way to its end; if it is reaped already, it fails.  No
 * unwinder gets to see this code, as memtop holds the thread while it is in here, but
 * where memtop dies.
 */
#define MACHINE_COW_CODE \
	static struct machine_cow_saved cow_saved __attribute__((used)); \
	extern const char cow_call[] __attribute__((visibility("hidden"))); \
	__asm__(".text\n" \
		".p2align 4\n" \
		"	.long cow_saved - cow_call\n" \
		".globl cow_call\n" \
		".hidden cow_call\n" \
		".type cow_call, @function\n" \
		"cow_call:\n" \
		"	syscall\n" \
		"	mov %rax, %rcx\n" \
		"	jrcxz 1f\n" \
		"	jmp 2f\n" \
		"1:	mov $231, %eax\n" \
		"	xor %edi, %edi\n" \
		"	syscall\n" \
		"	hlt\n" \
		"2:	bswap %rcx\n" \
		"	movzbl %cl, %ecx\n" \
		"	jrcxz 3f\n" \
		"	jmp 4f\n" \
		"3:	mov %rax, %rdi\n" \
		"	mov $61, %eax\n" \
		"	mov $0, %esi\n" \
		"	mov $0x40000000, %edx\n" \
		"	mov $0, %r10d\n" \
		"	syscall\n" \
		"4:	mov cow_saved(%rip), %rax\n" \
		"	mov cow_saved + 8(%rip), %rcx\n" \
		"	mov cow_saved + 16(%rip), %rdx\n" \
		"	mov cow_saved + 24(%rip), %rsi\n" \
		"	mov cow_saved + 32(%rip), %rdi\n" \
		"	mov cow_saved + 40(%rip), %r8\n" \
		"	mov cow_saved + 48(%rip), %r10\n" \
		"	mov cow_saved + 56(%rip), %r11\n" \
		"	jmp *cow_saved + 64(%rip)\n" \
		".size cow_call, . - cow_call\n");

/* The address of the code.  Its page is to be there, so that a look allocates none. */
#define MACHINE_COW_READY() \
	(*(volatile uint64_t *)&cow_saved.rip = (uintptr_t)cow_call, (uintptr_t)cow_call)

#endif
