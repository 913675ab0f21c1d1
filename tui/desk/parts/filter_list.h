/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_FILTER_LIST_H
#define TUI_DESK_PARTS_FILTER_LIST_H
/* The list of filters: the ready-made one, names, and the list on disk. */
#include "tui/shown/shown.h"

/* Adds `noise`, which is off; false: out of memory. */
bool filters_start(struct saved_filters *saved);
/* Names a filter ("": takes its name); false: there is none, or the foot says why not. */
bool filters_name(struct saved_filters *saved, struct foot *foot, size_t which,
		  const char *name);
/* Writes the list to disk; the foot says where, or why not. */
void filters_save(const struct saved_filters *saved, struct foot *foot);
/* Reads it from there, in place of what the list has; all are off unless it was `asked`
 * for.  True: it did, as far as the file is right (the foot says what is not).  Without a
 * file nothing is said if nobody asked. */
bool filters_load(struct saved_filters *saved, struct foot *foot, bool asked);

#endif
