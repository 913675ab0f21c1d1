/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an injected thread runs; rbx: struct errand of collect/attach/inject.c.  The
 * first part asks for the name alone.  The second one keeps errno, opens the library if
 * there is no handle yet, looks the name up, and takes the loader's words if either
 * fails.  Both say at the end that they are done, and wait; if nobody comes they return
 * into the frame, at once if memtop dies, as its end of a pipe is then closed.  (ppoll
 * leaves nothing in the kernel's restart block when it is interrupted; the program's
 * own call may need what stands there.)
 */
__asm__(".section .rodata\n"
	".globl errand_code, errand_open, errand_end\n"
	".hidden errand_code, errand_open, errand_end\n"
	"errand_code:\n"                /* asks the program itself for the name, no more */
	"	xor %edi, %edi\n"
	"	mov 40(%rbx), %rsi\n"
	"	call *32(%rbx)\n"
	"	jmp 5f\n"
	"errand_open:\n"
	"	call *80(%rbx)\n"
	"	mov (%rax), %eax\n"
	"	mov %rax, 88(%rbx)\n"
	"	mov 24(%rbx), %rax\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	mov 8(%rbx), %rdi\n"
	"	mov 16(%rbx), %rsi\n"
	"	call *(%rbx)\n"
	"	mov %rax, 24(%rbx)\n"
	"	test %rax, %rax\n"
	"	jz 2f\n"
	"1:	mov 24(%rbx), %rdi\n"
	"	mov 40(%rbx), %rsi\n"
	"	call *32(%rbx)\n"
	"	mov %rax, 48(%rbx)\n"
	"	test %rax, %rax\n"
	"	jnz 3f\n"
	"2:	call *56(%rbx)\n"
	"	mov %rax, 64(%rbx)\n"
	"3:	mov 72(%rbx), %rdi\n"
	"	test %rdi, %rdi\n"
	"	js 4f\n"
	"	mov $3, %eax\n"                 /* close */
	"	syscall\n"
	"4:	call *80(%rbx)\n"
	"	mov 88(%rbx), %rcx\n"
	"	mov %ecx, (%rax)\n"
	"5:	movq $1, 96(%rbx)\n"
	"	lea 104(%rbx), %rdi\n"
	"	mov $1, %esi\n"
	"	lea 112(%rbx), %rdx\n"
	"	xor %r10d, %r10d\n"
	"	mov $271, %eax\n"              /* ppoll */
	"	syscall\n"
	"	movslq 104(%rbx), %rdi\n"
	"	test %rdi, %rdi\n"
	"	js 6f\n"
	"	mov $3, %eax\n"                /* close */
	"	syscall\n"
	"6:	ret\n"
	"errand_end:\n"
	".text\n");
