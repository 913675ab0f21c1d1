/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_SHOWING_H
#define TUI_DESK_PARTS_SHOWING_H
/* The actions that only change how the heap is shown. */
#include "tui/shown/shown.h"

/* Does one of these actions, and says at the foot what it did or why not.  Returns
 * reaction bits; REACT_IGNORED if it is a different action. */
unsigned showing_act(struct wishes *wishes, struct timeline *timeline, struct foot *foot,
		     enum action action, const char *text);
/* " +NAME -NAME": the columns asked for and hidden, "" if none. */
void showing_columns(const struct wishes *wishes, char *text, size_t size);

#endif
