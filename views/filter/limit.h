/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_LIMIT_H
#define VIEWS_FILTER_LIMIT_H
/* A limit on what a run may use: a figure of all memory, or of what a filter keeps, and
 * the most that it may be. */
#include "views/filter/filter.h"

enum limit_figure {
	LIMIT_PEAK, LIMIT_EXIT, LIMIT_EXIT_BLOCKS, LIMIT_TOTAL, LIMIT_ALLOCS,
	LIMIT_FIGURES,                  /* number of figures that a ceiling may have */
	LIMIT_LEAKING = LIMIT_FIGURES,  /* the lines whose verdict is `leaking` */
	LIMIT_UNREACHABLE               /* bytes that are unreachable in the last look */
};

struct limit {
	const char *text;               /* as the user gave it; borrowed */
	enum limit_figure figure;
	uint64_t bound;                 /* the figure may be at most this or, */
	bool below;                     /* if set, must be less than this */
	struct filter *filter;          /* NULL: all memory */
};

#define LIMITS_MAX 32
struct limit_list {
	size_t length;
	struct limit limits[LIMITS_MAX];
};

/* Each of the following returns 0, or -1 with *error, whose offset is a position in the
 * text. */

/* Reads "5M"; for figures of blocks K, M and G are powers of 1000. */
int limit_parse_bound(enum limit_figure figure, const char *text, uint64_t *bound,
		      struct filter_error *error);
/* Sets a limit of all memory, which replaces an earlier one for the same figure. */
int limits_set(struct limit_list *list, enum limit_figure figure, const char *text,
	       struct filter_error *error);
/* Adds "EXPR: FIGURE < VALUE" (or <=). */
int limits_add_ceiling(struct limit_list *list, const char *text, struct filter_error *error);
/* Demands that no line that the filter keeps leaks; NULL or "": no line at all. */
int limits_add_leaking(struct limit_list *list, const char *text, struct filter_error *error);
/* Adds "SIZE" or "SIZE:EXPR": so many bytes of what the filter keeps may be
 * unreachable. */
int limits_add_unreachable(struct limit_list *list, const char *text,
			   struct filter_error *error);
void limits_free(struct limit_list *list);

/* "peak", "exit", "exit-blocks", "total", "allocs", "leaking", "unreachable". */
const char *limit_figure_name(enum limit_figure figure);
/* Whether the figure is a number of blocks (or of lines that leak), not of bytes. */
bool limit_counts(enum limit_figure figure);
/* Whether the figure is about what is left at the end, and not about the whole run. */
bool limit_at_exit(enum limit_figure figure);
/* Takes the figure from the sums of a moment, which must be the peak for LIMIT_PEAK.
 * LIMIT_LEAKING and LIMIT_UNREACHABLE are not figures of sums. */
uint64_t limit_value(enum limit_figure figure, const struct figures *sums);
bool limit_broken(const struct limit *limit, uint64_t value);

#endif
