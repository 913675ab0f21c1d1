/* SPDX-License-Identifier: MIT */
/*
 * dlopen, dlmopen, dlclose.  The loader judges dlopen's caller by its return
 * address (RUNPATH, namespace), so ours must not be on the stack when it
 * looks: the hook leaves a mark and jumps.  The next event of this thread from
 * the same depth or above knows that the call has returned.
 */
#include <dlfcn.h>
#include <stdint.h>
#include "tracer/preload/behind/bind.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/hooks/py_hook.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/unwind/stack.h"

/*
 * A library in a namespace of its own has a libc of its own, and one opened with
 * RTLD_DEEPBIND past an allocator that stands behind us takes libc's: neither is seen.
 */
static void loader_look_at(uintptr_t space, const char *file, uintptr_t mode)
{
	const char *name = file ? file : "?";

	if (tracer_life() != TRACER_ON ||
	    (space == LM_ID_BASE && (!(mode & RTLD_DEEPBIND) || bind_is_taken())))
		return;
	for (const char *at = name; *at; at++)
		name = *at == '/' && at[1] ? at + 1 : name;
	life_unseen(name);
}

/* The arguments, as the assembly below has saved them under the caller's stack
 * pointer. */
static uintptr_t argument(uintptr_t caller_sp, unsigned n)
{
	return ((const uintptr_t *)caller_sp)[-2 - (int)n];
}

static void *loader_opening(enum real_name name, uintptr_t caller_sp)
{
	if (!real.next[name])
		real_find();
	if (tracer_life() == TRACER_ON)
		py_opening(&py_hooks);
	if (tracer_life() == TRACER_ON && guard.thread) {
		if (guard.opening)
			stack_modules_changed();
		guard.opening = caller_sp;
	}
	return real.next[name];
}

__attribute__((used)) void *loader_dlopen(uintptr_t caller_sp);
void *loader_dlopen(uintptr_t caller_sp)
{
	loader_look_at(LM_ID_BASE, (const char *)argument(caller_sp, 0),
		       argument(caller_sp, 1));
	return loader_opening(REAL_dlopen, caller_sp);
}

__attribute__((used)) void *loader_dlmopen(uintptr_t caller_sp);
void *loader_dlmopen(uintptr_t caller_sp)
{
	loader_look_at(argument(caller_sp, 0), (const char *)argument(caller_sp, 1),
		       argument(caller_sp, 2));
	return loader_opening(REAL_dlmopen, caller_sp);
}

/* Saves the arguments, asks for the real one, and jumps to it as the caller did. */
#define TAIL_JUMP(name)                                                                            \
	__asm__(".text\n"                                                                          \
		".globl " #name "\n"                                                               \
		".type " #name ", @function\n" #name ":\n"                                         \
		"	.cfi_startproc\n"                                                          \
		"	endbr64\n"                                                                 \
		"	push %rdi\n	.cfi_adjust_cfa_offset 8\n"                                 \
		"	push %rsi\n	.cfi_adjust_cfa_offset 8\n"                                 \
		"	push %rdx\n	.cfi_adjust_cfa_offset 8\n"                                 \
		"	lea 32(%rsp), %rdi\n"                                                      \
		"	call loader_" #name "\n"                                                   \
		"	pop %rdx\n	.cfi_adjust_cfa_offset -8\n"                                \
		"	pop %rsi\n	.cfi_adjust_cfa_offset -8\n"                                \
		"	pop %rdi\n	.cfi_adjust_cfa_offset -8\n"                                \
		"	jmp *%rax\n"                                                               \
		"	.cfi_endproc\n"                                                            \
		".size " #name ", . - " #name "\n")

TAIL_JUMP(dlopen);
TAIL_JUMP(dlmopen);

__attribute__((visibility("default"))) int dlclose(void *handle)
{
	bool traced = tracer_life() == TRACER_ON;
	int r;

	if (!real.next[REAL_dlclose])
		real_find();
	if (traced) {
		stack_modules_closing();
		py_closing(handle);
	}
	r = REAL(dlclose)(handle);
	if (traced)
		py_closed();
	if (traced)
		stack_modules_changed();
	return r;
}
