/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_CURVES_H
#define TUI_DETAIL_CURVES_H
/*
 * What the rows on the screen held over the run, or over the span that the timeline
 * shows: at most CURVE_TIMES points, at whole steps of time, so that a point that is
 * known stays right while the run goes on.  And the verdict on how they grow, of tables
 * that make none of their own (share/doc/GROWTH.md).  A screen that is drawn takes what is
 * there; the desk has the rest looked up elsewhere, and draws again when it has come.
 */
#include "views/members/judging.h"
#include "views/table/table_members.h"

#define CURVE_TIMES 24u
#define CURVES_AT_ONCE 256u             /* rows that are looked up in one go */

struct curves;

/* NULL: no memory. */
struct curves *curves_new(void);
void curves_free(struct curves *curves);

/* For screens: what is drawn from now on, on behalf of `owner`.  Curves are kept while
 * owner, view and span go on.  `to` is no later than `from`: there is no history, and
 * verdicts alone are looked up, by the curves of `judge` (NULL: none are).  No curves
 * (NULL): nothing is there.  Table and judge stay until the desk has asked. */
void curves_show(struct curves *curves, const void *owner, const struct table *table,
		 struct snapshot *judge, double from, double to);
/* No table's any more, until one is shown: before a frame is drawn, as the table of the
 * frame before may be gone. */
void curves_hide(struct curves *curves);
/* A row's points: so many, the last of them of the time *until; NULL: they are not
 * there yet, and wanted from now on. */
const float *curves_get(struct curves *curves, const struct row *row, unsigned *length,
			double *until);
/* The row's verdict, its table's or one that was looked up; NULL: it has none (yet, and
 * then it is wanted from now on). */
const struct growth_verdict *curves_verdict(struct curves *curves, const struct row *row);
/* Seconds from one point to the next. */
double curves_step(const struct curves *curves);
/* Whether the table's rows can have any. */
bool curves_can(const struct curves *curves, const struct table *table);
/* Whether verdicts are looked up for them, by such a judge or NULL. */
bool curves_judge(const struct curves *curves, const struct table *table,
		  const struct snapshot *judge);
/* Of the table that is drawn: the second of the run at which its verdicts were made,
 * where that is later than its own moment; else 0. */
double curves_judged_at(const struct curves *curves);

/* For the desk: rows that lack points or a verdict, and the times that they lack. */
struct curves_wanted {
	struct members *members;        /* one reference */
	unsigned version;               /* of what they are the curves of */
	size_t length;
	uint64_t ids[CURVES_AT_ONCE];
	uint32_t rows[CURVES_AT_ONCE];  /* numbers, as members_sets takes them */
	struct snapshot *judge;         /* one reference; NULL: no verdicts are wanted */
	unsigned first, times_length;   /* times[0] is the point `first` */
	double times[CURVE_TIMES];
};
/* False: nothing is wanted. */
bool curves_wanted(struct curves *curves, struct curves_wanted *wanted);

struct curves_answer {
	bool failed;                    /* and is not asked again of these rows */
	const float *bytes;             /* [row * times_length + time]; NaN where nobody knows */
	const struct growth_verdict *verdicts;  /* by row, where judged[row] */
	const bool *judged;
};
/* Takes the answer over, and gives the references back; or does only that. */
void curves_put(struct curves *curves, struct curves_wanted *wanted,
		const struct curves_answer *answer);
void curves_let_go(struct curves_wanted *wanted);

#endif
