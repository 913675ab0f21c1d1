/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_FILTER_H
#define TRACER_PRELOAD_HOOKS_FILTER_H
/* Whether a seccomp filter that the program is about to set would harm the tracer. */
#include <stdbool.h>
#include <stdint.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

<<<<<<< HEAD
/* True if `program` stops, or may stop, a thread for a call that the tracer makes, or
 * answers in a way that would harm.  False for what the kernel can't read: it refuses
 * that too.  sleeps: the tracer may go to sleep and wake again. */
=======
/* What `program` of `length` instructions answers for a call: SECCOMP_RET_* and its
 * data; SECCOMP_RET_KILL_PROCESS for a program that the kernel would not take. */
uint32_t filter_run(const struct sock_filter *program, unsigned length,
		    const struct seccomp_data *call);

/* True if `program` kills, or may kill, a thread for a call that the tracer makes, or
 * answers one in a way that would harm.  False for what the kernel can't read, as it
 * refuses that too.  sleeps: the tracer may go to sleep and wake again. */
>>>>>>> d2e0f20c (Preload: comments in whole sentences; what a hook, a seat, a mark or a way past us is)
bool filter_harms(const struct sock_fprog *program, bool sleeps);

#endif
