/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stacks that end before their root, a block of its own size for each reason, and
 * some that reach theirs although it is not main: cuts [FULL]
 * FULL: so many different stacks as well, of 16 B each.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define NOINLINE __attribute__((noinline))
#define STACK 65536

static size_t size;
static void *volatile last;
static void *back[5];
static ucontext_t context, home;

NOINLINE static void take(void)
{
	last = malloc(size);
	__asm__ volatile("" : : : "memory");
}

/* Calls its argument; `bare` has no unwind information, that of `liar` places its
 * caller's frame far above the stack, and `code` is copied to memory of no module: it keeps
 * no frame pointer and does not return at once. */
void bare(void (*call)(void));
void liar(void (*call)(void));
extern const char code[], code_end[];
__asm__(".text\n"
	"code:\n"
	"	push %rbp\n"
	"	xor %ebp, %ebp\n"
	"	call *%rdi\n"
	"	nop\n"
	"	pop %rbp\n"
	"	ret\n"
	"code_end:\n"
	"bare:\n"
	"	sub $8, %rsp\n"
	"	call *%rdi\n"
	"	add $8, %rsp\n"
	"	ret\n"
	".type bare, @function\n.size bare, . - bare\n"
	"liar:\n"
	"	.cfi_startproc\n"
	"	sub $8, %rsp\n"
	"	.cfi_def_cfa_offset 8000000\n"
	"	call *%rdi\n"
	"	add $8, %rsp\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".type liar, @function\n.size liar, . - liar\n");

static void *map(size_t bytes, int protection)
{
	void *at = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		exit(2);
	return at;
}

NOINLINE static void jit(void)
{
	char *at = map(4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(at, code, (size_t)(code_end - code));
	((void (*)(void (*)(void)))(uintptr_t)at)(take);
}

NOINLINE static void in_coroutine(void)
{
	take();
	__builtin_longjmp(back, 1);
}

/* As the libraries do it: a stack of its own, and 0 for the first return address. */
NOINLINE static void coroutine(void)
{
	char *top = (char *)map(STACK, PROT_READ | PROT_WRITE) + STACK - 4096;
	if (__builtin_setjmp(back) == 0)
		__asm__ volatile("mov %0, %%rsp\n\tpush $0\n\tjmp *%1"
				 : : "r"(top), "r"(in_coroutine) : "memory");
}

NOINLINE static void context_of_libc(void)
{
	getcontext(&context);
	context.uc_stack.ss_sp = map(STACK, PROT_READ | PROT_WRITE);
	context.uc_stack.ss_size = STACK;
	context.uc_link = &home;
	makecontext(&context, take, 0);
	swapcontext(&home, &context);
}

static void *on_thread(void *unused)
{
	take();
	return unused;
}

NOINLINE static int recurse(int depth)
{
	if (depth == 0)
		take();
	else
		recurse(depth - 1);
	__asm__ volatile("" : : : "memory");
	return depth;
}

/* 2^16 stacks: each bit of `path` says by which of two calls it goes on. */
NOINLINE static void branch(unsigned path, int depth)
{
	if (depth == 0)
		take();
	else if (path & 1)
		branch(path >> 1, depth - 1);
	else
		branch(path >> 1, depth - 1);
	__asm__ volatile("" : : : "memory");
}

__attribute__((constructor)) static void before_main(void)
{
	size = 107;
	take();
}

int main(int argc, char **argv)
{
	pthread_t thread;
	size = 101;
	jit();
	size = 102;
	bare(take);
	size = 103;
	coroutine();
	size = 104;
	liar(take);
	size = 105;
	recurse(1000);
	size = 106;
	context_of_libc();
	size = 108;
	if (pthread_create(&thread, NULL, on_thread, NULL) != 0)
		return 2;
	pthread_join(thread, NULL);
	size = 16;
	for (unsigned i = 0; argc > 1 && i < strtoul(argv[1], NULL, 10); i++)
		branch(i, 16);
	return 0;
}
