/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_FILTER_LIST_H
#define TUI_DESK_PARTS_FILTER_LIST_H
/* The list of filters: the ready-made one, their names, and the file on disk. */
#include "tui/shown/shown.h"

/* Adds the filter `noise`, switched off.  False: out of memory. */
bool filters_start(struct saved_filters *saved);
/* Names a filter ("": removes its name).  False: there is none, or the foot says why
 * not. */
bool filters_name(struct saved_filters *saved, struct foot *foot, size_t which,
		  const char *name);
/* Writes the list to disk; the foot says where, or why not. */
void filters_save(const struct saved_filters *saved, struct foot *foot);
/* Reads it from disk, in place of the current list; all are off unless the user `asked`
 * for it.  True: it was read, as far as the file is right (the foot says what is wrong).
 * If there is no file, the foot says so only if `asked`. */
bool filters_load(struct saved_filters *saved, struct foot *foot, bool asked);

#endif
