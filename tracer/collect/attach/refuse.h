/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_REFUSE_H
#define TRACER_COLLECT_ATTACH_REFUSE_H
/*
 * Why a process can't be attached to, one sentence each, with what helps.  All of it is
 * asked before the process is touched.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/attach/afar.h"
#include "tracer/collect/error.h"

/* Of /proc/PID/status. */
struct refuse_status {
	uint32_t user, group;           /* effective */
	int32_t inside;                 /* its pid in the innermost namespace */
	char state;                     /* 'R', 'S', 'T' ... */
	int32_t tracer;                 /* who traces it; 0: nobody */
	unsigned seccomp;               /* 0: none, 1: strict, 2: a filter */
	uint64_t permitted;             /* its capabilities */
	bool shadow;                    /* its stacks are shadowed (CET) */
};
/* False: there is no such process. */
bool refuse_read(int32_t pid, struct refuse_status *status);

/* Who traces it, as a clause: "another program traces it already: gdb (12)". */
void refuse_tracer(const struct refuse_status *status, char *text, size_t size);

/* "can't attach to PID: " and why, status 126; always -1. */
__attribute__((format(printf, 3, 4)))
int deny(struct error *error, int32_t pid, const char *format, ...);

/* The kernel lets us not trace it, with this errno: whose word that is.  -1. */
int refuse_trace(struct error *error, int32_t pid, int number);
/* Pure, for tests: what a value of kernel.yama.ptrace_scope means for who is not root;
 * NULL: nothing. */
const char *refuse_yama(int scope);

/* What is in the way in the program itself: 0, or -1 with *error. */
int refuse_program(const struct afar *afar, struct error *error);

#endif
