/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_COW_H
#define TRACER_WIRE_COW_H
/*
 * A system call that memtop has a thread of the program make: the one that clones the
 * process for a look at its heap (share/doc/HEAP.md), and the one that reaps the clone.
 *
 * memtop stops the thread by ptrace(2), writes its registers into struct wire_cow_saved,
 * and lets it execute the code at wire_control.cow, up to the end of the system call; then
 * it puts the registers back itself.  Should memtop die in between, the kernel lets the
 * thread go on, and the code does the same by what is saved.  A clone that nobody holds any
 * more ends at once.  The code uses no stack and changes no flags.
 */
#include <stdint.h>

/* Registers that the code and the system call change.  `rip`: where the thread goes on. */
struct wire_cow_saved {
	uint64_t rax, rcx, rdx, rsi, rdi, r8, r10, r11, rip;
};

/*
 * At wire_control.cow - 4: an int32_t, from the code to where its struct wire_cow_saved
 * is.  The code begins with these bytes, by which memtop knows it:
 *
 *	syscall; mov %rax, %rcx; jrcxz 1f; jmp 2f
 *	1: mov $231, %eax; xor %edi, %edi; syscall; hlt         exit_group(0)
 */
#define WIRE_COW_BYTES                                                                             \
	{                                                                                          \
		0x0f, 0x05, 0x48, 0x89, 0xc1, 0xe3, 0x02, 0xeb, 0x0a, 0xb8, 0xe7, 0x00, 0x00,      \
		0x00, 0x31, 0xff, 0x0f, 0x05, 0xf4                                                 \
	}

#endif
