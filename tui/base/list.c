/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The selection, the top and the height of a list (list.h). */
#include "tui/base/list.h"

#include <stdint.h>

/* Keeps the selection on the screen, and leaves no line empty that a row could fill. */
static void scroll(struct list *list)
{
	if (list->selected < list->top)
		list->top = list->selected;
	if (list->selected >= list->top + list->height)
		list->top = list->selected - list->height + 1;
	size_t last = list->length > list->height ? list->length - list->height : 0;
	if (list->top > last)
		list->top = last;
}

void list_fit(struct list *list, size_t length, size_t height)
{
	list->length = length;
	list->height = height ? height : 1;
	if (list->selected >= length)
		list->selected = length ? length - 1 : 0;
	scroll(list);
}

void list_select(struct list *list, size_t index)
{
	list->selected = index < list->length ? index
			 : list->length	      ? list->length - 1
					      : 0;
	scroll(list);
}

static size_t minus(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

bool list_move(struct list *list, enum action action)
{
	size_t at = list->selected, page = list->height > 1 ? list->height - 1 : 1;
	switch (action) {
	case ACTION_UP:
		list_select(list, minus(at, 1));
		return true;
	case ACTION_DOWN:
		list_select(list, at + 1);
		return true;
	case ACTION_PAGE_UP:
		list_select(list, minus(at, page));
		return true;
	case ACTION_PAGE_DOWN:
		list_select(list, at + page);
		return true;
	case ACTION_HOME:
		list_select(list, 0);
		return true;
	case ACTION_END:
		list_select(list, minus(list->length, 1));
		return true;
	default:
		return false;
	}
}

size_t list_at(const struct list *list, size_t y)
{
	return y < list->height && list->top + y < list->length ? list->top + y
								: SIZE_MAX;
}
