/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_CHECK_CHECK_COURT_H
#define TUI_CHECK_CHECK_COURT_H
/*
 * What is needed to judge a run: check_judge.c compares figures with limits, check_leaking.c
 * looks for lines that leak, and check_unreachable.c for what nobody held.  Each process but
 * the first is judged once it has ended, the others at the end.
 *
 *	take --evidence, after each process--> take ... take the first --> sum up
 */
#include "tui/check/check.h"

#define LINES 3u                        /* lines shown under a broken limit */
#define OVER_MAX 1000u                  /* processes named that exceed a --max-unreachable */

/* The highest figure so far, and where it was found. */
struct finding {
	bool found;
	uint64_t value;
	size_t process;                 /* its place in the program's list */
	struct snapshot *moment;        /* NULL: its lines are no longer known */
	const char *name;               /* of the moment */
};

/* What leaks in the processes so far. */
struct leaks {
	unsigned judged, unjudged;      /* processes */
	struct sum *sum;                /* sum of those judged; NULL: none yet */
	bool failed;                    /* out of memory */
	char moment[64];                /* of the first process judged */
};

/* The process with the most unreachable bytes so far. */
struct lost {
	uint64_t most, sum;             /* bytes */
	size_t process;
	struct snapshot *found;         /* NULL: nothing was unreachable in it */
	unsigned seen, unseen;          /* processes with a look, and without */
	char why[320];                  /* the first reason why a look is missing; "": none */
	struct lost_in {
		size_t process;
		uint64_t bytes;
	} *over;                        /* the first OVER_MAX with unreachable blocks */
	size_t over_length, over_room;
	unsigned others;                /* how many there are besides */
};

/* What is known of a limit. */
struct evidence {
	struct finding highest;
	bool unknown;                   /* the figures of a process were not known any more */
	struct leaks leaks;
	struct lost lost;
};

struct court {
	struct verdict *verdict;
	struct session *session;
	const struct options *options;
	const struct check_parts *parts;
	struct filter *shown;           /* filter for the lines under a broken limit; or
					 * NULL */
	bool named;                     /* the frames that there were at this hearing */
	struct evidence evidence[LIMITS_MAX];   /* by limit */
	size_t *kept, kept_length, kept_room;   /* places of processes that were judged and may
					 * not be counted with others yet */
};

/* Adds a reason why it can't be said that the run passed, once. */
void court_doubt(struct verdict *verdict, const char *why);
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

/* --max-unreachable and --no-leaking: takes the evidence of a process that was chosen, by its
 * place.  True: the verdict may name it, so it has to keep its place. */
bool court_take_unreachable(struct court *court, const struct limit *limit, size_t process,
			    struct lost *lost);
bool court_take_leaking(struct court *court, size_t process, struct leaks *leaks);
/* Add what the evidence says to the verdict. */
void court_judge_unreachable(struct court *court, const struct limit *limit, struct lost *lost);
void court_judge_leaking(struct court *court, const struct limit *limit,
			 const struct leaks *leaks);

#endif
