/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads limits, and compares figures with them (limit.h). */
#include "views/filter/limit.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "views/format/format.h"

static const struct {
	const char *name;
	bool counts, at_exit;
} figures[] = {
	[LIMIT_PEAK] = {"peak", false, false},
	[LIMIT_EXIT] = {"exit", false, true},
	[LIMIT_EXIT_BLOCKS] = {"exit-blocks", true, true},
	[LIMIT_TOTAL] = {"total", false, false},
	[LIMIT_ALLOCS] = {"allocs", true, false},
	[LIMIT_LEAKING] = {"leaking", true, true},
	[LIMIT_UNREACHABLE] = {"unreachable", false, true},
};
#define FIGURE_WORDS "peak, exit, exit-blocks, total, allocs"

const char *limit_figure_name(enum limit_figure figure) { return figures[figure].name; }
bool limit_counts(enum limit_figure figure) { return figures[figure].counts; }
bool limit_at_exit(enum limit_figure figure) { return figures[figure].at_exit; }

uint64_t limit_value(enum limit_figure figure, const struct figures *sums)
{
	switch (figure) {
	case LIMIT_EXIT_BLOCKS: return sums->count;
	case LIMIT_TOTAL: return sums->total;
	case LIMIT_ALLOCS: return sums->allocations;
	default: return sums->size;
	}
}

bool limit_broken(const struct limit *limit, uint64_t value)
{
	return limit->below ? value >= limit->bound : value > limit->bound;
}

__attribute__((format(printf, 3, 4))) static int
limit_refuse(struct filter_error *error, size_t offset, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	error->offset = offset;
	vsnprintf(error->text, sizeof(error->text), format, list);
	va_end(list);
	return -1;
}

int limit_parse_bound(enum limit_figure figure, const char *text, uint64_t *bound,
		      struct filter_error *error)
{
	if (limit_counts(figure))
		return format_parse_count(text, bound) == 0
			       ? 0
			       : limit_refuse(
					 error, 0,
					 "not a number of blocks, such as 20000 or 20K");
	return format_parse_size(text, bound) == 0 ? 0 :
		limit_refuse(error, 0, "not a size, such as 512, 64K or 5M");
}

/* Adds a limit to the list.  -1 if it is wrong, or the list is full, with the error set;
 * then its filter is freed. */
static int limit_keep(struct limit_list *list, const struct limit *limit, bool wrong,
		      struct filter_error *error)
{
	if (!wrong && list->length < LIMITS_MAX) {
		list->limits[list->length++] = *limit;
		return 0;
	}
	if (!wrong)
		limit_refuse(error, 0, "more than %d limits; leave some out", LIMITS_MAX);
	filter_free(limit->filter);
	return -1;
}

int limits_set(struct limit_list *list, enum limit_figure figure, const char *text,
	       struct filter_error *error)
{
	struct limit limit = {.text = text, .figure = figure}, *place = NULL;

	if (limit_parse_bound(figure, text, &limit.bound, error))
		return -1;
	for (size_t i = 0; i < list->length && !place; i++)
		if (list->limits[i].figure == figure && !list->limits[i].filter)
			place = &list->limits[i];
	if (place) {
		*place = limit;
		return 0;
	}
	return limit_keep(list, &limit, false, error);
}

/* Parses the words after the filter; *at is a position in `text`, a copy. */
static int limit_parse_test(struct limit *limit, char *text, size_t offset,
			    struct filter_error *error)
{
	char *at = text + strspn(text, " "), *end = at + strcspn(at, " <"), *value;
	unsigned figure = 0;

	while (figure < LIMIT_FIGURES && (strlen(figures[figure].name) != (size_t)(end - at) ||
					  memcmp(at, figures[figure].name, (size_t)(end - at))))
		figure++;
	if (figure == LIMIT_FIGURES)
		return limit_refuse(error, offset + (size_t)(at - text),
				    "expected a figure: one of " FIGURE_WORDS);
	limit->figure = (enum limit_figure)figure;
	end += strspn(end, " ");
	if (*end != '<')
		return limit_refuse(error, offset + (size_t)(end - text),
				    "expected < or <=");
	limit->below = end[1] != '=';
	value = end + 1 + !limit->below;
	value += strspn(value, " ");
	value[strcspn(value, " ")] = '\0';
	if (limit_parse_bound(limit->figure, value, &limit->bound, error)) {
		error->offset = offset + (size_t)(value - text);
		return -1;
	}
	if (limit->below && !limit->bound)
		return limit_refuse(error, offset + (size_t)(value - text),
				    "nothing is less than 0; <= 0 allows none at all");
	return 0;
}

int limits_add_ceiling(struct limit_list *list, const char *text, struct filter_error *error)
{
	const char *colon = strrchr(text, ':');
	struct limit limit = {.text = text};
	struct filter_list filters = {.length = 1};
	char copy[1024];

	if (!colon)
		return limit_refuse(error, strlen(text), "expected EXPR: FIGURE < VALUE");
	if (strlen(text) >= sizeof(copy))
		return limit_refuse(error, 0, "longer than %zu bytes", sizeof(copy) - 1);
	strcpy(copy, text);
	if (limit_parse_test(&limit, copy + (colon + 1 - text),
			     (size_t)(colon + 1 - text), error))
		return -1;
	copy[colon - text] = '\0';
	limit.filter = filter_parse(copy, error);
	if (!limit.filter)
		return -1;
	filters.filters[0] = limit.filter;
	const char *wrong = filters_not_of_stacks(&filters);

	if (wrong)
		limit_refuse(error, 0, "a ceiling %s", wrong);
	return limit_keep(list, &limit, wrong, error);
}

int limits_add_leaking(struct limit_list *list, const char *text, struct filter_error *error)
{
	struct limit limit = {.text = text ? text : "", .figure = LIMIT_LEAKING};
	struct filter_list filters = {.length = 1};

	if (*limit.text) {
		limit.filter = filter_parse(limit.text, error);
		if (!limit.filter)
			return -1;
	}
	filters.filters[0] = limit.filter;
	const char *field = limit.filter ? filters_diff_field(&filters) : NULL;

	if (field)
		limit_refuse(error, 0, "%s is a figure of diffs, and a run has none", field);
	return limit_keep(list, &limit, field, error);
}

/* Parses the filter after the colon, which must be about stacks, like that of a
 * ceiling. */
static int parse_lost_filter(struct limit *limit, const char *text, size_t offset,
			     struct filter_error *error)
{
	struct filter_list filters = {.length = 1};

	limit->filter = filter_parse(text, error);
	if (!limit->filter) {
		error->offset += offset;
		return -1;
	}
	filters.filters[0] = limit->filter;
	if (!filters_not_of_stacks(&filters))
		return 0;
	limit_refuse(error, offset, "a limit %s", filters_not_of_stacks(&filters));
	filter_free(limit->filter);
	return -1;
}

int limits_add_unreachable(struct limit_list *list, const char *text,
			   struct filter_error *error)
{
	struct limit limit = {.text = text, .figure = LIMIT_UNREACHABLE};
	size_t length = strcspn(text, ":");
	char bound[64];

	if (length >= sizeof(bound))
		return limit_refuse(error, 0, "not a size, such as 0, 512 or 64K");
	memcpy(bound, text, length);
	bound[length] = '\0';
	if (limit_parse_bound(limit.figure, bound, &limit.bound, error))
		return -1;
	if (text[length] && parse_lost_filter(&limit, text + length + 1, length + 1, error))
		return -1;
	return limit_keep(list, &limit, false, error);
}

void limits_free(struct limit_list *list)
{
	while (list->length)
		filter_free(list->limits[--list->length].filter);
}
