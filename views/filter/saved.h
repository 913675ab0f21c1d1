/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_SAVED_H
#define VIEWS_FILTER_SAVED_H
/*
 * The user's list of filters, each with a name or without, switched on or off.  The first
 * without a name is the one that the prompt sets.  A place is an index into the list.
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
/* The place of the filter with this name, of the first without one (NULL), or the
 * length. */
size_t saved_find(const struct saved_filters *saved, const char *name);
/* Gives the filter at a place this text, or adds one behind the others (SIZE_MAX: before
 * them), and switches it on; an empty text takes it away.  False with what is wrong. */
bool saved_set(struct saved_filters *saved, size_t place, const char *text,
	       struct filter_error *error);
/* Gives the filter at a place this name ("": none).  False with what is wrong. */
bool saved_name(struct saved_filters *saved, size_t place, const char *name,
		struct filter_error *error);
/* Takes the filter at a place away, if there is one; exchanges the filters at two
 * places. */
void saved_drop(struct saved_filters *saved, size_t place);
void saved_swap(struct saved_filters *saved, size_t place, size_t other);
/* Lists the filters that are on, except the one at a place (SIZE_MAX: all), at most
 * `most` of them. */
void saved_active(const struct saved_filters *saved, size_t but, size_t most,
		  struct filter_list *list);

#endif
