/* SPDX-License-Identifier: MIT */
/*
 * prctl and syscall, for the few calls that set a seccomp filter or take the clock away.
 * All others are one jump: neither stack nor registers change.
 */
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "tracer/preload/hooks/filter.h"
#include "tracer/machine/machine.h"
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/hooks/quiet.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/base/sys.h"

/* The next definitions; NULL before they are looked up. */
static __attribute__((used)) void *sandbox_next_prctl, *sandbox_next_syscall;

enum change { CHANGES_NOTHING, SETS_FILTER, SETS_STRICT, TAKES_CLOCK };

/* Programs find out what the kernel supports by calls that must fail; those change
 * nothing. */
static enum change of_filter(const struct sock_fprog *program)
{
	if (!program)
		return CHANGES_NOTHING;
	/* If the tracer is quiet already, there is no need to look at the filter: nothing
	 * more has to be done for it. */
	return sys_closed() || filter_harms(program, tracer.standby != NULL) ? SETS_FILTER :
									       CHANGES_NOTHING;
}

static enum change of_prctl(int option, unsigned long a, unsigned long b)
{
	if (option == PR_SET_TSC)
		return a == PR_TSC_SIGSEGV ? TAKES_CLOCK : CHANGES_NOTHING;
	if (option != PR_SET_SECCOMP)
		return CHANGES_NOTHING;
	if (a == SECCOMP_MODE_STRICT)
		return SETS_STRICT;
	return a == SECCOMP_MODE_FILTER ? of_filter((const void *)b) : CHANGES_NOTHING;
}

static enum change of_seccomp(unsigned long operation, unsigned long flags, unsigned long args)
{
	if (operation == SECCOMP_SET_MODE_STRICT && !flags && !args)
		return SETS_STRICT;
	return operation == SECCOMP_SET_MODE_FILTER ? of_filter((const void *)args) :
						      CHANGES_NOTHING;
}

static void before(uintptr_t frame, enum change change)
{
	if (tracer_life() == TRACER_UNBORN)
		life_begin();
	if (change == TAKES_CLOCK)
		quiet_clock();
	else if (change != CHANGES_NOTHING)
		quiet_prepare(frame, change == SETS_STRICT);
}

/* A filter is set if the call returned 0, or a descriptor for its supervisor. */
static void after(enum change change, bool done)
{
	if (change == SETS_FILTER || change == SETS_STRICT)
		quiet_settle(done);
}

static __attribute__((used)) int sandbox_prctl(int option, unsigned long a, unsigned long b,
					       unsigned long c, unsigned long d)
{
	enum change change = of_prctl(option, a, b);
	int result;

	real_find_one(REAL_prctl);
	sandbox_next_prctl = real.next[REAL_prctl];
	if (change)
		before(HOOK_FRAME, change);
	result = REAL(prctl)(option, a, b, c, d);
	after(change, result == 0);
	return result;
}

static __attribute__((used)) long sandbox_syscall(long number, unsigned long a, unsigned long b,
						  unsigned long c, unsigned long d,
						  unsigned long e, unsigned long f)
{
	enum change change = (int)number == SYS_seccomp ? of_seccomp(a, b, c) :
			     (int)number == SYS_prctl ? of_prctl((int)a, b, c) :
						     CHANGES_NOTHING;
	long result;

	real_find_one(REAL_syscall);
	sandbox_next_syscall = real.next[REAL_syscall];
	if (change)
		before(HOOK_FRAME, change);
	result = REAL(syscall)(number, a, b, c, d, e, f);
	after(change, result >= 0);
	return result;
}

/* Only two values of the first argument, and the very first call, are of interest
 * here. */
_Static_assert(PR_SET_SECCOMP == 22 && PR_SET_TSC == 26, "as below");
MACHINE_PASS(prctl, sandbox_prctl, sandbox_next_prctl, 22, 26);
_Static_assert(SYS_seccomp == MACHINE_SYS_SECCOMP && SYS_prctl == MACHINE_SYS_PRCTL, "as below");
MACHINE_PASS(syscall, sandbox_syscall, sandbox_next_syscall, MACHINE_SYS_SECCOMP,
	     MACHINE_SYS_PRCTL);
