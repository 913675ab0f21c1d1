/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_GROWTH_H
#define TRACER_HEAP_GROWTH_GROWTH_H
/*
 * Does a row leak?  A curve is what its live blocks were over the run, in slices that
 * have about as many of the process's events each; curves of rows add up to the curve
 * of their group.  The judge reads one and says a word, with the evidence.
 *
 *	window 0   from the warm-up on   [ 12 slices                        ] now
 *	window 1   the last half                          [ 12 slices       ]
 *	window 2   the last 30 %                               [ 12 slices  ]
 *
 * share/doc/GROWTH.md says why these rules and no others, and how often they are wrong.
 */
#include <stdbool.h>
#include <stdint.h>

#define GROWTH_SLICES 12u
#define GROWTH_WINDOWS 3u
#define GROWTH_BINS 60u                 /* of births, over the whole run by time */
#define GROWTH_RUN 24u                  /* of live bytes, likewise */

/* What lives through one window.  Bytes and blocks; estimates where samples are. */
struct growth_part {
	float bytes[GROWTH_SLICES];     /* survivors: born before a slice, there at its end */
	float blocks[GROWTH_SLICES];
	float live[GROWTH_SLICES];      /* bytes that are there at a slice's end */
	float held[GROWTH_SLICES];      /* blocks that are */
	float born[GROWTH_SLICES];      /* bytes born in a slice and there at the window's end */
	float oldest[2];                 /* bytes born in the first third of the window: those
					 * there after two thirds of it, and at its end */
};

/* The same of blocks: they show a leak beside one large block that is made anew. */
struct growth_count {
	float born[GROWTH_SLICES];
	float oldest[2];
};

struct growth_curve {
	struct growth_part part[GROWTH_WINDOWS];
	float births[GROWTH_BINS];      /* bytes that are there now, by when they were born */
	struct growth_count count[GROWTH_WINDOWS];
	float run[GROWTH_RUN];          /* bytes that were there at the end of each part of the run;
					 * all 0 in older recordings */
};

/* The times of all curves of a moment, seconds since the run began. */
struct growth_axis {
	double now;                     /* where `births` end; they begin at 0 */
	struct growth_span {
		double from, end[GROWTH_SLICES];        /* of the slices */
		uint64_t events;        /* in it; 0: the window is too short to have slices */
	} span[GROWTH_WINDOWS];
};

enum growth_word {
	GROWTH_TOO_SHORT, GROWTH_SHRINKING, GROWTH_SETTLED, GROWTH_SAWTOOTH, GROWTH_CONTAINER,
	GROWTH_STEPS, GROWTH_TURNOVER, GROWTH_UNDECIDED, GROWTH_WARMING_UP, GROWTH_LEAKING,
	GROWTH_WORDS
};

/* What else could look like this leak. */
enum growth_doubt {
	GROWTH_NO_DOUBT,
	GROWTH_FILLS,                   /* a cache: no block was ever freed */
	GROWTH_REUSED,                  /* another line's memory: CPython handed it on unseen */
	GROWTH_DOUBTS
};

/* What a row is judged by. */
struct growth_facts {
	const struct growth_axis *axis;
	const struct growth_curve *curve;
	double variance;                /* of the bytes that it holds now; 0: they are exact */
	double freed;                   /* share of its blocks that were ever freed, 0 to 1 */
	bool reused;                    /* some are Python's, which may be in use by another line
					 * (tracer/heap/catalog/reuse.h) */
};

struct growth_verdict {
	enum growth_word word;
	double bytes, blocks;           /* that it grows by in a minute */
	double since;                   /* seconds since the run began; negative: it does not grow */
	double last_grew;               /* the same */
	double generations[GROWTH_SLICES];      /* bytes of each slice's births that are there */
	float run[GROWTH_RUN];          /* of the curve */
	/* Where processes were joined: how many have that word, and whose evidence it is;
	 * else 0. */
	unsigned processes;
	uint32_t process;
	int32_t pid;
	double most;                    /* bytes a minute, in that process alone */
	enum growth_doubt doubt;
	char reason[384];               /* the evidence and the doubt, one line */
};

void growth_judge(const struct growth_facts *facts, struct growth_verdict *verdict);
/* Whether any window is long enough for a verdict; else all rows are `too short`. */
bool growth_judges(const struct growth_axis *axis);
/* "leaking", ... */
const char *growth_word(enum growth_word word);
/* The end of the reason that says it, or "". */
const char *growth_doubt(enum growth_doubt doubt);
/* Adds a row's curve to its group's. */
void growth_add(struct growth_curve *to, const struct growth_curve *from);

#endif
