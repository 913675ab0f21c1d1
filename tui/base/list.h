/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_LIST_H
#define TUI_BASE_LIST_H
/*
 * The arithmetic of a scrolling list, independent of what it shows.  After the rows have
 * changed, the owner keeps the selection on its row by calling list_select with the row's
 * new index.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tui/base/action.h"

struct list {
	size_t length;                  /* number of rows */
	size_t top;                     /* first row on the screen */
	size_t selected;
	size_t height;                  /* rows that the screen shows; at least 1 */
};

/* Brings all members into range after length or height has changed. */
void list_fit(struct list *list, size_t length, size_t height);
void list_select(struct list *list, size_t index);
/* Moves the selection: up, down, page up... False if the action is not a movement. */
bool list_move(struct list *list, enum action action);
/* The row that is shown at line `y` of the list, or SIZE_MAX. */
size_t list_at(const struct list *list, size_t y);

#endif
