/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_LIST_H
#define TUI_BASE_LIST_H
/*
 * The arithmetic of a scrolling list that knows nothing of what it shows.
 * Who fills it keeps the selection on its row by calling list_select with the
 * row's new index after the rows changed.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tui/base/action.h"

struct list {
	size_t length;                  /* rows there are */
	size_t top;                     /* first row on the screen */
	size_t selected;
	size_t height;                  /* rows that the screen shows; at least 1 */
};

/* Brings everything into range after length or height changed. */
void list_fit(struct list *list, size_t length, size_t height);
void list_select(struct list *list, size_t index);
/* Up, down, page up... : false if the action is no movement. */
bool list_move(struct list *list, enum action action);
/* The row shown at line `y` of the list, or SIZE_MAX. */
size_t list_at(const struct list *list, size_t y);

#endif
