/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of filters, as the desk keeps it.  The prompt's (`f`) is the first
 * without a name; `noise` is there from the start, switched off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk/desk_filter.h"

/* Python's import machinery, blocks without a stack, and what the loader does:
 * itself, and by running the constructors of libraries. */
#define NOISE "-\"<frozen importlib*\" -\"<unknown>\" not any.module=ld-linux*"
#define NAME_CHARACTERS                                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static void free_filter(struct saved_filter *filter)
{
	filter_free(filter->filter);
	free(filter->text);
	free(filter->name);
}

void desk_filters_clear(struct desk *desk)
{
	struct context *context = &desk->context;
	while (context->filters_length)
		free_filter(&context->filters[--context->filters_length]);
	free(context->filters);
	context->filters = NULL;
}

static void desk_filter_drop(struct context *context, size_t which)
{
	if (which >= context->filters_length)
		return;
	free_filter(&context->filters[which]);
	memmove(&context->filters[which], &context->filters[which + 1],
		(context->filters_length - which - 1) * sizeof *context->filters);
	context->filters_length--;
}

size_t desk_filter_of_prompt(const struct desk *desk)
{
	const struct context *context = &desk->context;
	size_t i = 0;
	while (i < context->filters_length && context->filters[i].name)
		i++;
	return i;
}

/* Makes room at `which` for a filter; NULL: there is none. */
static struct saved_filter *desk_filter_insert(struct context *context, size_t which)
{
	size_t n = context->filters_length;
	struct saved_filter *filters = context->filters;
	if (n < FILTERS_MAX)
		filters = realloc(filters, (n + 1) * sizeof *filters);
	if (!filters || n >= FILTERS_MAX)
		return NULL;
	context->filters = filters;
	memmove(filters + which + 1, filters + which, (n - which) * sizeof *filters);
	context->filters_length++;
	filters[which] = (struct saved_filter){.on = true};
	return &filters[which];
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
		desk_filter_drop(context, which);
		desk_filters(desk);
		return true;
	}
	char *copy = strdup(text);
	struct saved_filter *place =
		!copy ? NULL
		: which < context->filters_length
			? &context->filters[which]
			: desk_filter_insert(context, which == SIZE_MAX
							      ? 0
							      : context->filters_length);
	if (!place) {
		snprintf(error->text, sizeof error->text, "no room for another filter");
		error->offset = 0;
		filter_free(filter);
		free(copy);
		return false;
	}
	filter_free(place->filter);
	free(place->text);
	place->text = copy;
	place->filter = filter;
	place->on = true;
	desk_filters(desk);
	return true;
}

bool desk_filter_prompted(struct desk *desk, const char *text, struct filter_error *error)
{
	size_t which = desk_filter_of_prompt(desk);
	/* The new filter is inserted before the first that has a name. */
	return desk_filter_set(desk, which < desk->context.filters_length ? which : SIZE_MAX,
			       text, error);
}

static size_t desk_filter_find(const struct context *context, const char *name)
{
	size_t i = 0;
	while (i < context->filters_length &&
	       (!context->filters[i].name || strcmp(context->filters[i].name, name)))
		i++;
	return i;
}

bool desk_filter_name(struct desk *desk, size_t which, const char *name)
{
	struct context *context = &desk->context;
	char *copy = NULL;
	if (which >= context->filters_length)
		return false;
	if (name[strspn(name, NAME_CHARACTERS)] || strlen(name) > 32 || !strcmp(name, "-")) {
		desk_fail(desk, "a name has letters, digits, _ . and -, 32 at most");
		return false;
	}
	size_t other = desk_filter_find(context, name);
	if (other < context->filters_length && other != which) {
		desk_fail(desk, "another filter is named %s", name);
		return false;
	}
	if (name[0] && !(copy = strdup(name)))
		return false;
	free(context->filters[which].name);
	context->filters[which].name = copy;
	desk_touch(desk);
	return true;
}

void desk_filter_switch(struct desk *desk, const char *name)
{
	struct context *context = &desk->context;
	size_t which = desk_filter_find(context, name);
	if (which == context->filters_length) {
		desk_fail(desk, "no filter is named \"%.100s\": F lists them", name);
		return;
	}
	context->filters[which].on = !context->filters[which].on;
	context_say(context, false, "filter %s is %s", name,
		    context->filters[which].on ? "on" : "off");
	desk_filters(desk);
}

bool desk_filters_start(struct desk *desk)
{
	struct filter_error error;
	size_t last = desk->context.filters_length;
	if (!desk_filter_set(desk, last, NOISE, &error) ||
	    !desk_filter_name(desk, last, "noise"))
		return false;
	desk->context.filters[last].on = false;
	desk_filters(desk);
	return true;
}
