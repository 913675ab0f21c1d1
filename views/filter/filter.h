/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_H
#define VIEWS_FILTER_FILTER_H
/*
 * The filter language of share/doc/FILTER.md, which is the same at the prompt, on the
 * command line and in saved filters. filter_lex.c cuts words, filter_parse.c builds the
 * tree, filter_match.c tests traces, and filter_complete.c completes.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/snapshot.h"

struct filter;
struct row;

struct filter_error {
	size_t offset;                  /* byte of the text where the error is */
	char text[200];                 /* what is wrong and what was expected */
};

/* Returns NULL with *error set.  A text that is empty or only spaces keeps everything. */
struct filter *filter_parse(const char *text, struct filter_error *error);
void filter_free(struct filter *filter);
const char *filter_text(const struct filter *filter);

/* The filters that are on.  A trace must be kept by all of them; lists of rules alone are
 * joined into one list, as tracemalloc's filter_traces does. */
#define FILTERS_MAX 64
struct filter_list {
	size_t length;
	struct filter *filters[FILTERS_MAX];    /* borrowed */
};

/* Tests the fields of rows (size, count, average, ...) after grouping. */
bool filters_keep_row(const struct filter_list *list, const struct row *row);
/* False if filters_keep_row would keep every row. */
bool filters_have_row_tests(const struct filter_list *list);
/* The name of a field that the filters test and that the rows lack: the first asks for
 * fields that only diffs have, the second for fields that moments of the history do not
 * have.  NULL: there is none. */
const char *filters_diff_field(const struct filter_list *list);
const char *filters_snapshot_field(const struct filter_list *list);
/* The first field that depends on how old blocks are; NULL: none. */
const char *filters_age_field(const struct filter_list *list);
/* The first field that depends on how rows grow; NULL: none. */
const char *filters_growth_field(const struct filter_list *list);
/* The first field that is not known for blocks of a single type; NULL: none. */
const char *filters_untyped_field(const struct filter_list *list);
/* The first field that only a look at the heap provides; NULL: none. */
const char *filters_look_field(const struct filter_list *list);
/* Why the filter can't be applied to stacks at any moment, and therefore not be part of a
 * limit; NULL: it can. */
const char *filters_not_of_stacks(const struct filter_list *list);
/* True if a filter tests the type of blocks, which only a look that knows types provides.
 * `any`: by `any.type`, else by `type`, for which each row must have a single type. */
bool filters_ask_type(const struct filter_list *list, bool any);
/* The first field that only a look for holders provides; NULL: none. */
const char *filters_retained_field(const struct filter_list *list);

/* Completes the text at `cursor`: calls found(user, text) for each candidate that may
 * replace the text from the returned byte to the cursor. */
size_t filter_complete(const char *text, size_t cursor, const struct snapshot *snapshot,
		       void (*found)(void *user, const char *candidate), void *user);

#endif
