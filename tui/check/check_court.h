/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_CHECK_CHECK_COURT_H
#define TUI_CHECK_CHECK_COURT_H
/* What is needed to judge a run: check_judge.c compares figures with limits, and
 * check_leaking.c looks for lines that leak. */
#include "tui/check/check.h"

#define LINES 3u                        /* lines shown under a broken limit */

struct court {
	struct verdict *verdict;
	struct session *session;
	const struct options *options;
	const struct check_parts *parts;
	struct filter *shown;           /* filter for the lines under a broken limit; or
					 * NULL */
	bool named;
};

/* Adds a reason why it can't be said that the run passed. */
void court_doubt(struct verdict *verdict, const char *why);
/* Makes the session's moments those of one process, given by its place in the program's
 * list. */
void court_choose_one(struct court *court, size_t process);
/* The moment of the chosen process that a figure belongs to, and that moment's name.
 * NULL: it is not available.  The caller releases it. */
struct snapshot *court_moment(struct court *court, enum limit_figure figure, const char **name);
/* What the limit keeps of a moment, by line, with frames named.  At most `most` rows, or
 * all for 0.  The caller frees it; NULL: out of memory. */
struct table *court_lines(struct court *court, const struct limit *limit,
			  struct snapshot *moment, enum column_id sort, size_t most);
/* Those of the lines that are shown under a broken limit, which --filter must keep
 * too. */
struct table *court_shown(struct court *court, const struct limit *limit,
			  struct snapshot *moment, enum column_id sort);

/* Adds the result of a --max-unreachable to the verdict. */
void court_judge_unreachable(struct court *court, const struct limit *limit);
/* Adds the result of a --no-leaking to the verdict. */
void court_judge_leaking(struct court *court, const struct limit *limit);

#endif
