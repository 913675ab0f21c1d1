/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_H
#define VIEWS_FILTER_FILTER_H
/*
 * The filter language of share/doc/FILTER.md, the same at the prompt, on the command line
 * and in saved filters.  filter_lex.c cuts words, filter_parse.c builds the
 * tree, filter_match.c answers, filter_complete.c completes.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/snapshot.h"

struct filter;
struct row;

struct filter_error {
	size_t offset;                  /* byte of the text at which the error is */
	char text[200];                 /* what is wrong and what was expected */
};

/* NULL with *error.  An empty text (or only spaces) keeps everything. */
struct filter *filter_parse(const char *text, struct filter_error *error);
void filter_free(struct filter *filter);
const char *filter_text(const struct filter *filter);

/* The filters that are on: all must keep a trace; pure rule lists are joined
 * into one list as tracemalloc's filter_traces does. */
#define FILTERS_MAX 64
struct filter_list {
	size_t length;
	struct filter *filters[FILTERS_MAX];    /* borrowed */
};

/* Row fields (size, count, average, ...) after grouping. */
bool filters_keep_row(const struct filter_list *list, const struct row *row);
/* False if filters_keep_row would keep every row. */
bool filters_have_row_tests(const struct filter_list *list);
/* The name of a field that the filters test and that these rows lack: one of a diff's
 * fields for rows of one moment, or a field that moments of the history do not have;
 * NULL: none. */
const char *filters_diff_field(const struct filter_list *list);
const char *filters_snapshot_field(const struct filter_list *list);
/* The first field that asks how old blocks are; NULL: none. */
const char *filters_age_field(const struct filter_list *list);
/* The first field that asks how rows grow; NULL: none. */
const char *filters_growth_field(const struct filter_list *list);
/* The first field that is not known of blocks by their types; NULL: none. */
const char *filters_untyped_field(const struct filter_list *list);
/* The first field that only a look at the heap can tell; NULL: none. */
const char *filters_look_field(const struct filter_list *list);
/* Why the filter does not keep stacks at any moment, so that no limit can have it; NULL:
 * it does. */
const char *filters_not_of_stacks(const struct filter_list *list);
/* True if a filter tests what blocks are, which only a look that knows it can tell.
 * `any`: by `any.type`, else by `type`, of which each row must have one alone. */
bool filters_ask_type(const struct filter_list *list, bool any);
/* The first that only a look tells which was asked what blocks retain; NULL: none. */
const char *filters_retained_field(const struct filter_list *list);

/* Candidates that may stand at `cursor`: calls found(user, text from *start to
 * cursor replaced by).  Returns the byte where the replaced word begins. */
size_t filter_complete(const char *text, size_t cursor, const struct snapshot *snapshot,
		       void (*found)(void *user, const char *candidate), void *user);

#endif
