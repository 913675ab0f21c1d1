/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_JUDGE_PARTS_H
#define TRACER_HEAP_GROWTH_JUDGE_PARTS_H
/* The inside of the judge: judge.c finds the word by the rules, say.c says why. */
#include "tracer/heap/growth/growth.h"
#include "tracer/heap/growth/trend.h"

#define GROWTH_LEAST 65536.0            /* bytes */
#define STEPS_UP 9u                     /* steps of 11 */
#define OLD_SLICES 8u                   /* so many slices back is not young any more */
#define PRESENT 0.25                    /* share of the median: then a slice's births are
					 * alive */
#define FULL 0.75                       /* share of it: then all births of a bin are
					 * alive */

/* One window of a row, and what the rules found in it; in bytes, or in blocks. */
struct growth_case {
	const struct growth_facts *facts;
	const struct growth_span *span;
	const struct growth_part *part;
	bool blocks;
	const float *born, *oldest;      /* as in the window's growth_part */
	double at[GROWTH_SLICES];       /* position of each slice: its number */
	double y[GROWTH_SLICES];        /* survivors at each slice's end */
	struct trend trend;
	unsigned up;                    /* steps of 11 that go up */
	double growth;                  /* of the survivors over the window */
	double grown;                   /* the same, always in bytes */
	bool noisy;                     /* rises if young blocks are disregarded */
	bool uneven;                    /* the pace goes up and down */
	double pace;                    /* slope of the last third over that of the middle
					 * one */
	double slack;                   /* of the pace, for chance */
	unsigned there;                 /* generations that are alive */
	double left;                    /* share of the oldest third that went in the last
					 * third */
	unsigned falls;                 /* before a later window began, from about as high
					 * as now */
};

/* Whether the window is long enough, and has enough events. */
bool case_eligible(const struct growth_case *c);
/* Whether its survivors rise, by however little. */
bool case_rises(const struct growth_case *c);
/* The same, by enough for a verdict. */
bool case_qualifies(const struct growth_case *c);
/* For samples: whether the growth is more than chance. */
bool case_sure(const struct growth_case *c);

/* Fills in all of a verdict but its word, which is there. */
void say_case(const struct growth_case *c, struct growth_verdict *verdict);

#endif
