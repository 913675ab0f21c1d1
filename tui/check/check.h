/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_CHECK_CHECK_H
#define TUI_CHECK_CHECK_H
/*
 * The parts of check: cmd_check.c runs the program and answers for the exit
 * status, check_suppress.c reads what limits shall not see, check_parts.c tells
 * what filters keep while it runs, check_judge.c holds its figures against the
 * limits, check_baseline.c against an earlier run, check_leaking.c asks for the lines
 * that leak, check_unreachable.c what nobody held.
 */
#include "tui/commands/cmd.h"
#include "views/text/verdict.h"

/* What no limit shall see (check_suppress.c). */
struct suppression {
	char *name, *reason;
	struct filter *filter, *unless; /* what is suppressed, and the same negated */
};
struct suppressions {
	size_t length;
	struct suppression of[SUPPRESSIONS_MAX];
};
/* 0, or -1 with *error.  Either way suppressions_free is due. */
int suppressions_read(struct suppressions *list, const char *path, struct error *error);
void suppressions_free(struct suppressions *list);

/* What a limit looks at: its own filter and what is not suppressed. */
bool check_is_filtered(const struct options *options, const struct limit *limit);
void check_filters(const struct options *options, const struct limit *limit,
		   struct filter_list *filters);

/* The parts of the heap that limits on a filter's peak need, and suppressions to
 * tell whether they are used.  NULL: out of memory. */
struct check_parts *check_parts_new(const struct options *options);
/* For session_options; the parts must outlive the session. */
struct parts check_parts_asked(struct check_parts *parts);
/* The number of a limit's part, -1 if it needs none. */
int check_parts_find(const struct check_parts *parts, const struct limit *limit);
/* The number of a suppression's part. */
unsigned check_parts_suppression(const struct check_parts *parts, size_t suppression);
/* Some answers were wrong for want of memory. */
bool check_parts_failed(const struct check_parts *parts);
void check_parts_free(struct check_parts *parts);

/* Judges a run that has ended: fills the verdict's limits and its last moment;
 * frames are named as far as that is needed.  The verdict borrows limits, also
 * `growth`, where those of the baseline are put. */
void check_judge(struct verdict *verdict, struct session *session,
		 const struct options *options, const struct check_parts *parts,
		 struct limit growth[2]);

/* Adds the two limits of --baseline, in `limits`, to the verdict.  -1: they could
 * not be judged. */
int check_baseline(struct verdict *verdict, struct session *session,
		   const struct options *options, struct limit limits[2]);

#endif
