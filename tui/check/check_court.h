/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_CHECK_CHECK_COURT_H
#define TUI_CHECK_CHECK_COURT_H
/* What judging a run needs: check_judge.c holds figures against limits, check_leaking.c
 * looks for lines that leak. */
#include "tui/check/check.h"

#define LINES 3u                        /* shown under a broken limit */

struct court {
	struct verdict *verdict;
	struct session *session;
	const struct options *options;
	const struct check_parts *parts;
	struct filter *shown;           /* what the lines under a broken limit are of; or NULL */
	bool named;
};

/* Adds a reason why nobody can say that the run has passed. */
void court_doubt(struct verdict *verdict, const char *why);
/* From now on the session's moments are of that process: its place in the program's
 * list. */
void court_choose_one(struct court *court, size_t process);
/* The chosen process at the moment that a figure is of, and that moment's name; NULL: not
 * to be had.  The caller releases it. */
struct snapshot *court_moment(struct court *court, enum limit_figure figure, const char **name);
/* What the limit keeps of a moment, by line; frames get their names first.  At most
 * `most` rows, 0: all.  The caller frees it; NULL: out of memory. */
struct table *court_lines(struct court *court, const struct limit *limit,
			  struct snapshot *moment, enum column_id sort, size_t most);
/* Those of them to be shown under a broken limit: what --filter keeps too. */
struct table *court_shown(struct court *court, const struct limit *limit,
			  struct snapshot *moment, enum column_id sort);

/* Adds a --max-unreachable to the verdict. */
void court_judge_unreachable(struct court *court, const struct limit *limit);
/* Adds a --no-leaking to the verdict. */
void court_judge_leaking(struct court *court, const struct limit *limit);

#endif
