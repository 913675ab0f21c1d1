/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of filters, as the desk keeps it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk.h"

static void drop(struct context *context, size_t which)
{
	if (which >= context->filters_length)
		return;
	filter_free(context->filters[which].filter);
	free(context->filters[which].text);
	memmove(&context->filters[which], &context->filters[which + 1],
		(context->filters_length - which - 1) * sizeof *context->filters);
	context->filters_length--;
}

bool desk_filter_set(struct desk *desk, size_t which, const char *text,
		     struct filter_error *error)
{
	struct context *context = &desk->context;
	struct filter *filter = filter_parse(text, error);
	if (!filter)
		return false;
	if (!text[strspn(text, " \t")]) {
		filter_free(filter);
		drop(context, which);
		desk_filters(desk);
		return true;
	}
	char *copy = strdup(text);
	struct saved_filter *filters = context->filters;
	if (which >= context->filters_length)
		filters =
			realloc(filters, (context->filters_length + 1) * sizeof *filters);
	if (filters)
		context->filters = filters;
	if (!copy || !filters || context->filters_length >= FILTERS_MAX) {
		snprintf(error->text, sizeof error->text, "no room for another filter");
		error->offset = 0;
		filter_free(filter);
		free(copy);
		return false;
	}
	if (which >= context->filters_length) {
		which = context->filters_length++;
	} else {
		filter_free(filters[which].filter);
		free(filters[which].text);
	}
	filters[which] =
		(struct saved_filter){.text = copy, .filter = filter, .on = true};
	desk_filters(desk);
	return true;
}
