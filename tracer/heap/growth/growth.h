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

/* What survives in one window, in bytes and blocks; estimates where blocks are
 * sampled. */
struct growth_part {
	float bytes[GROWTH_SLICES];     /* survivors: born before a slice, alive at its
					 * end */
	float blocks[GROWTH_SLICES];
	float live[GROWTH_SLICES];      /* bytes alive at a slice's end */
	float held[GROWTH_SLICES];      /* blocks alive at a slice's end */
	float born[GROWTH_SLICES];      /* bytes born in a slice and alive at the window's
					 * end */
	float oldest[2];                 /* bytes born in the first third of the
					  * window: alive after two thirds of it, and
					  * at its end */
};

/* The same in blocks: they show a leak next to a large block that is reallocated. */
struct growth_count {
	float born[GROWTH_SLICES];
	float oldest[2];
};

struct growth_curve {
	struct growth_part part[GROWTH_WINDOWS];
	float births[GROWTH_BINS];      /* bytes alive now, by the time of their birth */
	struct growth_count count[GROWTH_WINDOWS];
	float run[GROWTH_RUN];          /* bytes alive at the end of each part of the run;
					 * all 0 in older recordings */
};

/* The time axis of all curves of a moment, in seconds since the run began. */
struct growth_axis {
	double now;                     /* where `births` ends; it begins at 0 */
	double wait;                    /* seconds until window 0 has slices; 0: not known */
	struct growth_span {
		double from, end[GROWTH_SLICES];        /* of the slices */
		uint64_t events;        /* within the window; 0: it is too short for
					 * slices */
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

/* What a row is judged by, besides its curve. */
struct growth_facts {
	const struct growth_axis *axis;
	const struct growth_curve *curve;
	double variance;                /* of the bytes that it holds now; 0: they are
					 * exact */
	double freed;                   /* share of its blocks that were ever freed, 0 to
					 * 1 */
	bool reused;                    /* some of its blocks are Python's, and may be in
					 * use by another line
					 * (tracer/heap/catalog/reuse.h) */
};

struct growth_verdict {
	enum growth_word word;
	double bytes, blocks;           /* growth per minute */
	double since;                   /* seconds since the run began; negative: it does
					 * not grow */
	double last_grew;               /* the same */
	double generations[GROWTH_SLICES];      /* bytes of each slice's births that are there */
	float run[GROWTH_RUN];          /* copied from the curve */
	/* If processes were joined: how many of them have this word, and the one whose
	 * evidence it is; else 0. */
	unsigned processes;
	uint32_t process;
	int32_t pid;
	double most;                    /* bytes a minute in that process alone */
	enum growth_doubt doubt;
	char reason[384];               /* the evidence and the doubt, one line */
};

void growth_judge(const struct growth_facts *facts, struct growth_verdict *verdict);
/* Whether any window is long enough for a verdict; otherwise all rows are `too short`. */
bool growth_judges(const struct growth_axis *axis);
/* The word as people read it: "leaking", ... */
const char *growth_word(enum growth_word word);
/* Whether a row's growth is an average that it does not keep up. */
bool growth_fades(enum growth_word word);
/* The words by which a reason ends for that doubt, or "". */
const char *growth_doubt(enum growth_doubt doubt);
/* Adds a row's curve to that of its group. */
void growth_add(struct growth_curve *to, const struct growth_curve *from);

#endif
