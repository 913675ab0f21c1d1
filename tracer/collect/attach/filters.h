/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_FILTERS_H
#define TRACER_COLLECT_ATTACH_FILTERS_H
/*
 * Seccomp filters of a running program: whether they allow the system calls that
 * attaching and the tracer make there.  A forbidden call may end the program, so none is
 * tried: the filters are read (ptrace(2), PTRACE_SECCOMP_GET_FILTER) and run here.
 */
#include "tracer/collect/attach/borrow.h"
#include "tracer/collect/error.h"

struct sock_filter;

/* Reads the filters of all threads that have any; each of these is stopped for a moment.
 * 0: all that is needed is allowed; or -1 with *error, which names what is forbidden, or
 * says why the filters can't be read. */
int filters_check(struct borrow *borrow, struct error *error);

/* Pure, for tests: the name of the first call that a filter of `length` instructions does
 * not allow; NULL: it allows all. */
const char *filters_forbid(const struct sock_filter *program, unsigned length);

#endif
