/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_SAVED_H
#define VIEWS_FILTER_SAVED_H
/*
 * The user's list of filters, each with or without a name, and switched on or off.  The
 * prompt sets the first one without a name.  A place is an index into the list.
 */
#include "views/filter/filter.h"

struct saved_filter {
	char *text, *name;              /* name NULL: none */
	struct filter *filter;
	bool on;
};

struct saved_filters {
	struct saved_filter *all;
	size_t length;
};

void saved_clear(struct saved_filters *saved);
/* The place of the filter with this name, or of the first without a name (NULL); the
 * length of the list if there is none. */
size_t saved_find(const struct saved_filters *saved, const char *name);
/* Gives this text to the filter at a place, or adds a filter after the others (SIZE_MAX:
 * before them), and switches it on.  An empty text removes it.  False with a message in
 * `error`. */
bool saved_set(struct saved_filters *saved, size_t place, const char *text,
	       struct filter_error *error);
/* Gives this name ("": none) to the filter at a place.  False with a message. */
bool saved_name(struct saved_filters *saved, size_t place, const char *name,
		struct filter_error *error);
/* Removes the filter at a place, if there is one; swaps the filters at two places. */
void saved_drop(struct saved_filters *saved, size_t place);
void saved_swap(struct saved_filters *saved, size_t place, size_t other);
/* Lists the filters that are on, except the one at place `but` (SIZE_MAX: none is left
 * out), at most `most` of them. */
void saved_active(const struct saved_filters *saved, size_t but, size_t most,
		  struct filter_list *list);

#endif
