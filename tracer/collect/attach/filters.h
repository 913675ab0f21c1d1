/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_FILTERS_H
#define TRACER_COLLECT_ATTACH_FILTERS_H
/*
 * Seccomp filters of a running program: whether they let pass what attaching and the
 * tracer do there.  A call that is forbidden may end the program, so nothing is tried: the
 * filters are read (ptrace(2), PTRACE_SECCOMP_GET_FILTER), and run here.
 */
#include "tracer/collect/attach/borrow.h"
#include "tracer/collect/error.h"

struct sock_filter;

/* Reads the filters of all threads that have some, each of which stands for a moment.  0:
 * all that is needed is allowed; or -1 with *error, which names what is not, or why they
 * can't be read. */
int filters_check(struct borrow *borrow, struct error *error);

/* Pure, for tests: the name of the first call that a filter of so many instructions does
 * not let pass; NULL: it lets all pass. */
const char *filters_forbid(const struct sock_filter *program, unsigned length);

#endif
