/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_REFUSE_H
#define TRACER_COLLECT_ATTACH_REFUSE_H
/*
 * Why a process can't be attached to: one sentence for each reason, with what helps.  All
 * of it is checked before the process is touched.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/attach/afar.h"
#include "tracer/collect/error.h"

/* From /proc/PID/status. */
struct refuse_status {
	uint32_t user, group;           /* effective */
	uint32_t real_user, real_group;
	int32_t inside;                 /* its pid in the innermost namespace */
	char state;                     /* 'R', 'S', 'T' ... */
	int32_t whole;                  /* the process, of which it is a thread; else the same */
	unsigned threads;
	bool kernel;                    /* it has no memory of a program's */
	int32_t tracer;                 /* the pid of its tracer (a debugger); 0: none */
	unsigned seccomp;               /* 0: none, 1: strict, 2: a filter */
	uint64_t permitted;             /* its capabilities */
	bool shadow;                    /* it has shadow stacks (CET) */
};
/* False: there is no such process. */
bool refuse_read(int32_t pid, struct refuse_status *status);

/* A clause that says who traces it: "another program traces it already: gdb (12)". */
void refuse_tracer(const struct refuse_status *status, char *text, size_t size);

/* Writes "can't attach to PID: " and the reason, with status 126.  Always returns -1. */
__attribute__((format(printf, 3, 4)))
int deny(struct error *error, int32_t pid, const char *format, ...);

/* The kernel does not let us trace it and gave this errno: writes why.  -1. */
int refuse_trace(struct error *error, int32_t pid, int number);
/* Pure, for tests: what a value of kernel.yama.ptrace_scope forbids to a user other than
 * root; NULL: nothing. */
const char *refuse_yama(int scope);

/* Checks that this is a process whose memory can be found: 0, or -1 with *error. */
int refuse_unfound(const struct refuse_status *status, int32_t pid, struct error *error);
/* Checks what in the program itself prevents attaching: 0, or -1 with *error. */
int refuse_program(const struct afar *afar, struct error *error);

#endif
