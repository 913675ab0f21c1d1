/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_FILTER_H
#define TRACER_PRELOAD_HOOKS_FILTER_H
/* Whether a seccomp filter that the program is about to set would harm the tracer. */
#include <stdbool.h>
#include <stdint.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* True if `program` stops, or may stop, a thread for a call that the tracer makes, or
 * answers in a way that would harm.  False for what the kernel can't read: it refuses
 * that too.  sleeps: the tracer may go to sleep and wake again. */
bool filter_harms(const struct sock_fprog *program, bool sleeps);

#endif
