/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes to the list of filters.  The tables follow them.
 */
#include <stdio.h>
#include <string.h>
#include "tui/desk/desk_filter.h"
#include "tui/desk/desk_data.h"

bool desk_filter_set(struct desk *desk, size_t which, const char *text,
		     struct filter_error *error)
{
	if (!saved_set(&desk->filters, which, text, error))
		return false;
	desk_filters(desk);
	return true;
}

bool desk_filter_prompted(struct desk *desk, const char *text, struct filter_error *error)
{
	const struct saved_filters *saved = &desk->filters;
	size_t which = saved_find(saved, NULL);
	/* If there is none yet, it is added before the filters with names. */
	return desk_filter_set(desk, which < saved->length ? which : SIZE_MAX, text, error);
}

const char *desk_filter_lacks(const struct desk *desk, struct filter *filter,
			      char problem[256])
{
	const struct filter_list list = {.length = 1, .filters = {filter}};
	return desk->shown.now
		       ? table_lacks(&list, desk->shown.old, desk->shown.now, problem) : NULL;
}

bool desk_filter_try(struct desk *desk, size_t which, const char *text)
{
	struct filter_error error;
	struct filter_list *active = &desk->wishes.active;
	char problem[256];
	struct filter *filter = filter_parse(text, &error);
	if (!filter || desk_filter_lacks(desk, filter, problem)) {
		filter_free(filter);
		return false;
	}
	saved_active(&desk->filters, which, FILTERS_MAX - 1, active);
	if (text[strspn(text, " \t")])
		active->filters[active->length++] = filter;
	filter_free(desk->prompt.filter);
	desk->prompt.filter = filter;
	desk_view_changed(desk);
	return true;
}

void desk_filter_untry(struct desk *desk)
{
	if (!desk->prompt.filter)
		return;
	desk_filters(desk);
	filter_free(desk->prompt.filter);
	desk->prompt.filter = NULL;
}

void desk_filter_switch(struct desk *desk, const char *name)
{
	const struct saved_filters *saved = &desk->filters;
	size_t which = saved_find(saved, name);
	if (which == saved->length) {
		desk_fail(desk, "no filter is named \"%.100s\": F lists them", name);
		return;
	}
	bool *on = &saved->all[which].on;
	*on = !*on;
	foot_say(&desk->foot, false, "filter %s is %s", name, *on ? "on" : "off");
	desk_filters(desk);
}
