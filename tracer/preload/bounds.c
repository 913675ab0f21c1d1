/* SPDX-License-Identifier: MIT */
/*
 * Readability is asked of the kernel by a system call that reads the word and
 * then refuses its first argument: rt_sigprocmask gives EFAULT where there is
 * nothing to read, PROT_NONE included, and EINVAL where there is.  Every
 * sandbox that lets a program have signals lets this pass, which can't be said
 * of process_vm_readv; mincore would call a guard page mapped.
 */
#include "tracer/preload/bounds.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include "tracer/preload/sys.h"

#define OWN_STACK_MAX (UINT64_C(16) << 20)      /* a thread's, that is probed through */
#define MAIN_STACK_MIN (UINT64_C(8) << 20)
#define MAIN_STACK_MAX (UINT64_C(1) << 30)
#define NO_HOW (~0L)
#define FIRST_FRAME 64u                 /* bytes that the loader's first code may take */

extern void *__libc_stack_end;          /* where the kernel put argc */

struct bounds_main bounds_main;
static uintptr_t main_thread;           /* the main thread's descriptor */

/* This thread's descriptor: the word at fs:0 points to itself. */
static uintptr_t thread_pointer(void)
{
	uintptr_t self;
	__asm__("movq %%fs:0, %0" : "=r"(self));
	return self;
}

void bounds_start(void)
{
	struct rlimit limit = {0};
	sys_call3(SYS_getrlimit, RLIMIT_STACK, (long)&limit, 0);
	uint64_t size = limit.rlim_cur;
	if (size < MAIN_STACK_MIN)
		size = MAIN_STACK_MIN;
	if (size > MAIN_STACK_MAX)
		size = MAIN_STACK_MAX;
	/* The name of the file that was executed is the last thing the kernel
	 * puts on a new stack. */
	uintptr_t top = getauxval(AT_EXECFN);
	bounds_main.high = (top + BOUNDS_PAGE) & ~(BOUNDS_PAGE - 1);
	if (top == 0 || bounds_main.high <= (uintptr_t)&limit ||
	    bounds_main.high - (uintptr_t)&limit > size)
		bounds_main.high = 0;    /* not started on the main stack: nothing is known */
	bounds_main.low = bounds_main.high ? bounds_main.high - size : 0;
	main_thread = thread_pointer();
}

bool bounds_is_first(uintptr_t sp)
{
	return (uintptr_t)__libc_stack_end - sp <= FIRST_FRAME;
}

bool bounds_readable(uintptr_t address)
{
	return sys_call6(SYS_rt_sigprocmask, NO_HOW, (long)address, 0, 8, 0, 0) == -EINVAL;
}

/* The first page of [low, high) that can't be read, or 0. */
static uintptr_t find_gap(uintptr_t low, uintptr_t high)
{
	for (uintptr_t page = low; page < high; page += BOUNDS_PAGE)
		if (!bounds_readable(page))
			return page;
	return 0;
}

/*
 * The stack of a thread that pthread_create made ends at its descriptor, and
 * they are one mapping: what lies between is mapped until the thread ends.
 * The main thread's descriptor is elsewhere, with anybody's memory below it.
 */
static bool grow_own(struct bounds *b, uintptr_t sp)
{
	uintptr_t self = thread_pointer(), page = sp & ~(BOUNDS_PAGE - 1);
	if (self == main_thread || sp >= self || self - sp > OWN_STACK_MAX ||
	    sp < b->gap)
		return false;
	uintptr_t high = b->low && b->low <= self && b->high == self ? b->low : self;
	uintptr_t gap = find_gap(page, high);
	if (gap) {
		b->gap = gap;   /* its guard, most likely: sp is on another stack */
		return false;
	}
	b->low = page;
	b->high = self;
	return true;
}

uintptr_t bounds_limit_slow(struct bounds *b, uintptr_t sp)
{
	if (b && grow_own(b, sp))
		return b->high;
	return (sp | (BOUNDS_PAGE - 1)) + 1;
}

bool bounds_raise_slow(uintptr_t *limit, uintptr_t slot)
{
	if (slot % 8 || slot < *limit || slot - *limit > OWN_STACK_MAX)
		return false;
	uintptr_t end = (slot | (BOUNDS_PAGE - 1)) + 1;
	if (find_gap(*limit, end))
		return false;
	*limit = end;
	return true;
}
