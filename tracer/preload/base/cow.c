/* SPDX-License-Identifier: MIT */
/*
 * The code of wire/cow.h.  No unwinder gets to see it, as memtop holds the thread while it
 * is in here, but where memtop dies.
 */
#include "tracer/preload/base/cow.h"

#include "tracer/wire/cow.h"

static struct wire_cow_saved cow_saved __attribute__((used));

extern const char cow_call[] __attribute__((visibility("hidden")));

/*
 * jrcxz asks for zero without touching flags.  The highest byte of a result is 0 for a
 * pid and 255 for an error; bswap brings it down.  wait4(pid, NULL, __WALL, NULL) reaps
 * the clone, which is on its way to its end; if it is reaped already, it fails.
 */
__asm__(".text\n"
	".p2align 4\n"
	"	.long cow_saved - cow_call\n"
	".globl cow_call\n"
	".hidden cow_call\n"
	".type cow_call, @function\n"
	"cow_call:\n"
	"	syscall\n"
	"	mov %rax, %rcx\n"
	"	jrcxz 1f\n"
	"	jmp 2f\n"
	"1:	mov $231, %eax\n"
	"	xor %edi, %edi\n"
	"	syscall\n"
	"	hlt\n"
	"2:	bswap %rcx\n"
	"	movzbl %cl, %ecx\n"
	"	jrcxz 3f\n"
	"	jmp 4f\n"
	"3:	mov %rax, %rdi\n"
	"	mov $61, %eax\n"
	"	mov $0, %esi\n"
	"	mov $0x40000000, %edx\n"
	"	mov $0, %r10d\n"
	"	syscall\n"
	"4:	mov cow_saved(%rip), %rax\n"
	"	mov cow_saved + 8(%rip), %rcx\n"
	"	mov cow_saved + 16(%rip), %rdx\n"
	"	mov cow_saved + 24(%rip), %rsi\n"
	"	mov cow_saved + 32(%rip), %rdi\n"
	"	mov cow_saved + 40(%rip), %r8\n"
	"	mov cow_saved + 48(%rip), %r10\n"
	"	mov cow_saved + 56(%rip), %r11\n"
	"	jmp *cow_saved + 64(%rip)\n"
	".size cow_call, . - cow_call\n");

uint64_t cow_ready(void)
{
	/* Its page is to be there, so that a look allocates none. */
	*(volatile uint64_t *)&cow_saved.rip = (uintptr_t)cow_call;
	return (uintptr_t)cow_call;
}
