/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_QUIET_H
#define TRACER_PRELOAD_HOOKS_QUIET_H
/*
 * A program that sets a seccomp filter may be killed for the tracer's next system call.
 * So before that the tracer goes quiet: it maps what will be needed, closes the gate of
 * sys.h, and from then on makes no system call at all, in this process and in its forked
 * children, for ever.  memtop sees control->quiet and tells the user what that costs:
 * there are only the rings, tables and areas that were there; a full ring is waited for
 * by pause instructions, and not for long; code that is loaded later can't be examined,
 * and cuts the stack; children and new programs are not followed.
 */
#include <stdbool.h>
#include <stdint.h>

/* To be called before the filter is set.  `clockless`: rdtsc will not be allowed either,
 * nor anything that needs it.  quiet_settle has to be called afterwards in any case.
 * errno is kept. */
void quiet_prepare(uintptr_t frame, bool clockless);

/* After the program's call: `set` says whether the filter is there.  If not, everything
 * becomes as it was. */
void quiet_settle(bool set);

/* Only reading the clock will be forbidden (PR_SET_TSC). */
void quiet_clock(void);

#endif
