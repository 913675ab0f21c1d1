/* SPDX-License-Identifier: MIT */
/*
 * Readability is asked of the kernel by a system call that reads the word and
 * then refuses its first argument: rt_sigprocmask gives EFAULT where there is
 * nothing to read, PROT_NONE included, and EINVAL where there is.  Every
 * sandbox that lets a program have signals lets this pass, which can't be said
 * of process_vm_readv; mincore would call a guard page mapped.
 */
#include "tracer/preload/unwind/bounds.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/machine/machine.h"
#include "tracer/preload/unwind/known.h"
#include "tracer/preload/base/sys.h"

/* Largest part of a thread's stack that is probed page by page. */
#define OWN_STACK_MAX (UINT64_C(16) << 20)
#define MAIN_STACK_MIN (UINT64_C(8) << 20)
#define MAIN_STACK_MAX (UINT64_C(1) << 30)
#define NO_HOW (~0L)
/* Bytes of stack that the loader's first function may use. */
#define FIRST_FRAME 64u
/* The least size of glibc's thread descriptor (glibc 2.17 to 2.42: 2304). */
#define DESCRIPTOR_BYTES 2048u
/* The most that may lie between a descriptor and the end of its block. */
#define DESCRIPTOR_ROOM (UINT64_C(64) << 10)

extern void *__libc_stack_end;          /* where the kernel put argc */

struct bounds_main bounds_main;
static uintptr_t main_thread;           /* the main thread's descriptor */

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
	bounds_main.high = page_begin(top + PAGE);
	if (top == 0 || bounds_main.high <= (uintptr_t)&limit ||
	    bounds_main.high - (uintptr_t)&limit > size)
		/* The library was not started on the main stack: nothing is known of
		 * it. */
		bounds_main.high = 0;
	bounds_main.low = bounds_main.high ? bounds_main.high - size : 0;
	main_thread = machine_thread();
}

bool bounds_is_first(uintptr_t sp)
{
	return (uintptr_t)__libc_stack_end - sp <= FIRST_FRAME;
}

/*
 * Where a stack that pthread_create made or was given lies, as glibc notes it in the
 * thread's descriptor, its guard left out: four words that hold together,
 *
 *	block, its size, the guard's size, the guard's size as it was asked for
 */
static bool find_block(uintptr_t self, uintptr_t *low)
{
	const uintptr_t *word = (const uintptr_t *)self;
	for (uintptr_t i = 0; i + 3 < DESCRIPTOR_BYTES / sizeof(*word); i++) {
		uintptr_t block = word[i], size = word[i + 1], guard = word[i + 2];
		if (block % PAGE == 0 && block && block < self &&
		    self - block < size && block + size - self <= DESCRIPTOR_ROOM &&
		    guard % PAGE == 0 && guard < self - block && word[i + 3] <= size) {
			*low = block + guard;
			return true;
		}
	}
	return false;
}

/* This thread's own stack, as far as it is known without asking. */
static bool find_own(uintptr_t *low, uintptr_t *high)
{
	*high = machine_thread();
	if (*high != main_thread)
		return find_block(*high, low);
	*low = bounds_main.low;
	*high = bounds_main.high;
	return *high != 0;
}

/* The answer when the kernel can't be asked.  On the thread's own stack every address
 * that a register could hold, saved there or on a signal's stack, is mapped. */
static NOINLINE bool known_to_be_readable(uintptr_t address)
{
	uintptr_t low, high;
	return known_readable(address) ||
	       (find_own(&low, &high) && address >= low && address < high);
}

bool bounds_readable(uintptr_t address)
{
	if (sys_closed())
		return known_to_be_readable(address);
	return sys_call6(SYS_rt_sigprocmask, NO_HOW, (long)address, 0, 8, 0, 0) == -EINVAL;
}

/* The first page of [low, high) that can't be read, or 0. */
static uintptr_t find_gap(uintptr_t low, uintptr_t high)
{
	for (uintptr_t page = low; page < high; page += PAGE)
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
	uintptr_t self = machine_thread(), page = page_begin(sp);
	if (self == main_thread || sp >= self || self - sp > OWN_STACK_MAX ||
	    sp < b->gap)
		return false;
	uintptr_t high = b->low && b->low <= self && b->high == self ? b->low : self;
	uintptr_t gap = find_gap(page, high);
	if (gap) {
		/* Most likely the guard page: then sp is on another stack. */
		b->gap = gap;
		return false;
	}
	b->low = page;
	b->high = self;
	return true;
}

/* The same without a system call. */
static NOINLINE uintptr_t known_limit(struct bounds *b, uintptr_t sp)
{
	uintptr_t low, high;
	if (!find_own(&low, &high) || sp < low || sp >= high)
		return page_end(sp + 1);
	if (b)
		*b = (struct bounds){.low = low, .high = high};
	return high;
}

uintptr_t bounds_limit_slow(struct bounds *b, uintptr_t sp)
{
	if (sys_closed())
		return known_limit(b, sp);
	if (b && grow_own(b, sp))
		return b->high;
	return page_end(sp + 1);
}

bool bounds_raise_slow(uintptr_t *limit, uintptr_t slot)
{
	if (slot % 8 || slot < *limit || slot - *limit > OWN_STACK_MAX)
		return false;
	uintptr_t end = page_end(slot + 1);
	if (find_gap(*limit, end))
		return false;
	*limit = end;
	return true;
}
