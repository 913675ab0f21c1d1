/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_CURVES_H
#define TUI_DETAIL_CURVES_H
/*
 * What the rows on the screen held over the run, or over the span that the timeline
 * shows: at most CURVE_TIMES points, at multiples of a step of time, so that a known
 * point stays right while the run goes on; and the verdict on their growth, for tables
 * that make none themselves (share/doc/GROWTH.md).  A screen draws what is known; the
 * desk has the rest looked up in another thread, and draws again when it is there.
 */
#include "views/members/judging.h"
#include "views/table/table_members.h"

#define CURVE_TIMES 24u
#define CURVES_AT_ONCE 256u             /* rows that are looked up at a time */

struct curves;

/* NULL: out of memory. */
struct curves *curves_new(void);
void curves_free(struct curves *curves);

/* For screens: tells what is drawn from now on, for `owner`.  Curves are kept as long
 * as owner, view and span stay the same.  If `to` is not later than `from`, there is
 * no history, and only verdicts are looked up, by the curves of `judge` (NULL: none
 * are).  Does nothing if `curves` is NULL.  Table and judge must live until the desk
 * has asked. */
void curves_show(struct curves *curves, const void *owner, const struct table *table,
		 struct snapshot *judge, double from, double to);
/* Ends that until the next call of curves_show.  To be called before a frame is drawn,
 * since the table of the last frame may be gone. */
void curves_hide(struct curves *curves);
/* The points of a row, how many there are, and in *until the time of the last one.  NULL:
 * they are not known yet, and will be looked up. */
const float *curves_get(struct curves *curves, const struct row *row, unsigned *length,
			double *until);
/* The row's verdict, the table's own or one that was looked up.  NULL: it has none, or
 * none yet, and then it will be looked up. */
const struct growth_verdict *curves_verdict(struct curves *curves, const struct row *row);
/* Seconds from one point to the next. */
double curves_step(const struct curves *curves);
/* Whether rows of the table can have curves. */
bool curves_can(const struct curves *curves, const struct table *table);
/* Whether verdicts of the table's rows are looked up, with this judge or with NULL. */
bool curves_judge(const struct curves *curves, const struct table *table,
		  const struct snapshot *judge);
/* The second of the run at which the verdicts of the table on the screen were made, if
 * that is later than the table's own moment; else 0. */
double curves_judged_at(const struct curves *curves);

/* For the desk: rows that lack points or a verdict, and the times of those points. */
struct curves_wanted {
	struct members *members;        /* one reference */
	unsigned version;               /* what the rows are rows of; see curves_put */
	size_t length;
	uint64_t ids[CURVES_AT_ONCE];
	uint32_t rows[CURVES_AT_ONCE];  /* as members_sets takes them */
	struct snapshot *judge;         /* one reference; NULL: no verdicts are wanted */
	unsigned first, times_length;   /* times[0] is the point `first` */
	double times[CURVE_TIMES];
};
/* Collects what is wanted.  False: nothing is. */
bool curves_wanted(struct curves *curves, struct curves_wanted *wanted);

struct curves_answer {
	bool failed;                    /* then these rows are not asked for again */
	const float *bytes;             /* [row * times_length + time]; NaN: not known */
	const struct growth_verdict *verdicts;  /* by row, where judged[row] */
	const bool *judged;
};
/* Takes the answer over and returns the references; with no answer, only returns them. */
void curves_put(struct curves *curves, struct curves_wanted *wanted,
		const struct curves_answer *answer);
void curves_let_go(struct curves_wanted *wanted);

#endif
