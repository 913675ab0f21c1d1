/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_CHECK_CHECK_H
#define TUI_CHECK_CHECK_H
/*
 * The parts of check.  cmd_check.c runs the program and decides on the exit status;
 * check_suppress.c reads what limits shall ignore; check_parts.c tells what filters keep
 * while the program runs; check_judge.c compares its figures with the limits, and
 * check_baseline.c with an earlier run; check_leaking.c finds the lines that leak, and
 * check_unreachable.c what nobody held.
 */
#include "tui/commands/cmd.h"
#include "views/text/verdict.h"

/* What all limits ignore (check_suppress.c). */
struct suppression {
	char *name, *reason;
	struct filter *filter, *unless; /* what is ignored, and its negation */
};
struct suppressions {
	size_t length;
	struct suppression of[SUPPRESSIONS_MAX];
};
/* Reads the file.  0, or -1 with *error.  suppressions_free must be called either way. */
int suppressions_read(struct suppressions *list, const char *path, struct error *error);
void suppressions_free(struct suppressions *list);

/* Whether a limit sees only a part of the heap: it has a filter, or something is
 * suppressed. */
bool check_is_filtered(const struct options *options, const struct limit *limit);
void check_filters(const struct options *options, const struct limit *limit,
		   struct filter_list *filters);

/* The parts of the heap that limits on the peak of a filter need, and those that tell
 * whether suppressions are used.  NULL: out of memory. */
struct check_parts *check_parts_new(const struct options *options);
/* The parts in the form of session_options; they must outlive the session. */
struct parts check_parts_asked(struct check_parts *parts);
/* The number of a limit's part, or -1 if it needs none. */
int check_parts_find(const struct check_parts *parts, const struct limit *limit);
/* The number of a suppression's part. */
unsigned check_parts_suppression(const struct check_parts *parts, size_t suppression);
/* Whether some answers were wrong because memory ran out. */
bool check_parts_failed(const struct check_parts *parts);
void check_parts_free(struct check_parts *parts);

/* The judge of a run (check_court.h).  All must outlive it, and it the verdict.  NULL: out of
 * memory. */
struct court *court_new(struct verdict *verdict, struct session *session,
			const struct options *options, const struct check_parts *parts);
void court_free(struct court *court);   /* may be NULL */
/* Judges the processes that have ended so far; then they may be counted together. */
void court_hear(struct court *court);
/* Judges a run that has ended: fills the verdict's limits and its last moment, and names
 * frames as far as needed.  The verdict borrows the limits, including `growth`, where
 * those of the baseline are put. */
void check_judge(struct court *court, struct limit growth[2]);

/* Adds the two limits of --baseline, kept in `limits`, to the verdict.  -1: they could
 * not be judged. */
int check_baseline(struct verdict *verdict, struct session *session,
		   const struct options *options, struct limit limits[2]);

#endif
