/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_CHECK_H
#define TUI_CHECK_H
/*
 * The parts of check: cmd_check.c runs the program and answers for the exit
 * status, check_parts.c tells what filters keep while it runs, check_judge.c
 * holds its figures against the limits.
 */
#include "tui/cmd.h"
#include "views/verdict.h"

/* The parts of the heap that limits on a filter's peak need.  NULL: out of memory. */
struct check_parts *check_parts_new(const struct limit_list *limits);
/* For session_options; the parts must outlive the session. */
struct parts check_parts_asked(struct check_parts *parts);
/* The number of a limit's part, -1 if it needs none. */
int check_parts_find(const struct check_parts *parts, const struct limit *limit);
/* Some answers were wrong for want of memory. */
bool check_parts_failed(const struct check_parts *parts);
void check_parts_free(struct check_parts *parts);

/* Judges a run that has ended: fills the verdict's limits and its last moment;
 * frames are named as far as that is needed.  The verdict borrows limits. */
void check_judge(struct verdict *verdict, struct session *session,
		 const struct options *options, const struct check_parts *parts);

#endif
