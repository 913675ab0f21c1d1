/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_SHOWING_H
#define TUI_DESK_PARTS_SHOWING_H
/* How the heap is shown: the actions that change that, and nothing else. */
#include "tui/shown/shown.h"

/* Does an action of these, with its text, and says what it did or why not: enum reaction
 * bits, REACT_IGNORED if it is another one. */
unsigned showing_act(struct wishes *wishes, struct timeline *timeline, struct foot *foot,
		     enum action action, const char *text);
/* " +NAME -NAME": the columns asked for and hidden, "" if none. */
void showing_columns(const struct wishes *wishes, char *text, size_t size);

#endif
