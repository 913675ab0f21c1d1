/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_CAUSE_H
#define TRACER_COLLECT_ATTACH_CAUSE_H
/*
 * Why the kernel lets us not trace a process: its answer is EPERM whatever it was, so
 * what it has looked at is looked at again, in its order (ptrace(2), access mode checking).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A clause such as "it belongs to another user (1000)"; false and "": nothing of the
 * process's is in the way, so it is a rule of the system's. */
bool cause_find(int32_t pid, char *text, size_t size);

/* The same, and failing that the system's rule: never empty. */
void cause_any(int32_t pid, char *text, size_t size);

/* A refusal as a whole: what could not be done, and with -EPERM why. */
void cause_tell(int32_t pid, int error, const char *refusal, char *text, size_t size);

/* The value of kernel.yama.ptrace_scope; 0 without Yama. */
int cause_yama(void);

/* Pure, for tests: of these capabilities the names, as many as have room. */
void cause_capabilities(uint64_t set, char *text, size_t size);

#endif
