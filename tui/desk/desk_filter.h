/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_FILTER_H
#define TUI_DESK_DESK_FILTER_H
/* Changes to the list of filters, which the tables follow. */
#include "tui/desk/desk.h"

/* Changes filter `which` to a text, or removes it if the text is empty.  A `which` behind the
 * last one adds a filter at the end, SIZE_MAX at the beginning.  False: the text is wrong, as
 * *error says, and nothing has changed. */
bool desk_filter_set(struct desk *desk, size_t which, const char *text,
		     struct filter_error *error);
/* The same for the filter without a name, which f edits. */
bool desk_filter_prompted(struct desk *desk, const char *text, struct filter_error *error);
/* Finds a field that the filter tests and that the heap on the screen doesn't have.  Returns
 * its name, with a sentence in `problem`; NULL: there is none. */
const char *desk_filter_lacks(const struct desk *desk, struct filter *filter,
			      char problem[256]);
/* Applies a text while it is being typed, in place of filter `which`; if there is no such
 * filter, in addition to all.  False: it is not a filter (yet), and nothing changes. */
bool desk_filter_try(struct desk *desk, size_t which, const char *text);
/* Ends that: the list of filters applies again. */
void desk_filter_untry(struct desk *desk);
/* Switches the filter of that name on or off; the foot says which, or that there is none. */
void desk_filter_switch(struct desk *desk, const char *name);

#endif
