/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_CAUSE_H
#define TRACER_COLLECT_ATTACH_CAUSE_H
/*
 * Why the kernel does not let us trace a process.  Its answer is always EPERM, so what it
 * checks is checked here again, in its order (ptrace(2), access mode checking).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes a clause such as "it belongs to another user (1000)".  False and "": nothing
 * about the process prevents it, so a rule of the system does. */
bool cause_find(int32_t pid, char *text, size_t size);

/* The same, or else the system's rule: never empty. */
void cause_any(int32_t pid, char *text, size_t size);

/* Writes a whole refusal: what could not be done and, if the error is -EPERM, why. */
void cause_tell(int32_t pid, int error, const char *refusal, char *text, size_t size);

/* The value of kernel.yama.ptrace_scope; 0 without Yama. */
int cause_yama(void);

/* Pure, for tests: the names of these capabilities, as many as fit. */
void cause_capabilities(uint64_t set, char *text, size_t size);

#endif
