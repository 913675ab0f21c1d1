/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_QUIET_H
#define TRACER_PRELOAD_HOOKS_QUIET_H
/*
 * A program that sets a seccomp filter may be killed for the next system call of the
 * tracer's.  Before it does so the tracer goes quiet: it maps what will be needed, closes
 * the gate of sys.h, and from then on makes no system call at all, in this process and
 * in its forked children, for ever.  What that costs is said by memtop, which sees
 * control->quiet: new rings, tables and areas only as far as they were there; a full
 * ring is waited for by pause instructions, and briefly; code that came later can't be
 * looked at, and cuts the stack; children and new programs are not followed.
 */
#include <stdbool.h>
#include <stdint.h>

/* Before the filter is set.  `clockless`: rdtsc won't be allowed either, nor what needs
 * it.  quiet_settle is called afterwards in any case.  errno is kept. */
void quiet_prepare(uintptr_t frame, bool clockless);

/* After the program's call: `set` says whether the filter is there.  If not, everything
 * becomes as it was. */
void quiet_settle(bool set);

/* The clock alone goes (PR_SET_TSC). */
void quiet_clock(void);

#endif
