/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_FILTER_H
#define TUI_DESK_DESK_FILTER_H
/* The list of filters, as tables follow it. */
#include "tui/desk/desk.h"

/* Sets filter `which`, or adds one behind the others (SIZE_MAX:
 * before them); no text takes it away.  False with what is wrong. */
bool desk_filter_set(struct desk *desk, size_t which, const char *text,
		     struct filter_error *error);
/* The same for the filter of the prompt. */
bool desk_filter_prompted(struct desk *desk, const char *text, struct filter_error *error);
/* The field that a filter tests and that what is shown now lacks, with a sentence; NULL:
 * none. */
const char *desk_filter_lacks(const struct desk *desk, struct filter *filter,
			      char problem[256]);
/* Filters by a text while it is typed, in place of filter `which` (one that is not there:
 * beside all); false: it is no filter (yet), and nothing changes. */
bool desk_filter_try(struct desk *desk, size_t which, const char *text);
/* Filters by the list again. */
void desk_filter_untry(struct desk *desk);
/* Switches the filter of that name on or off. */
void desk_filter_switch(struct desk *desk, const char *name);

#endif
