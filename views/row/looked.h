/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_LOOKED_H
#define VIEWS_ROW_LOOKED_H
/*
 * What a look at the heap found of groups.  It is kept apart from them, since most tables
 * have no look, and a tree has millions of groups: a group has only the number of its
 * place, which it gets when something is found of it.
 */
#include <string.h>
#include "tracer/ground/array.h"
#include "views/row/row_type.h"
#include "views/row/sum.h"

struct looked {
	struct look_figures look;
	uint64_t retained;              /* 0: not known */
	struct row_type type;           /* name NULL: not known */
};

struct looked_list {
	struct looked *of;              /* from 1 on; 0 is the place of all that have none */
	size_t length, room;
};

/* The place of a group, which is made if it does not exist yet; valid until the next one
 * is made.  NULL: out of memory. */
static inline struct looked *looked_at(struct looked_list *list, uint32_t *place)
{
	if (!*place) {
		if (!array_grow(&list->of, &list->room, list->length + 2, sizeof(*list->of)))
			return NULL;
		*place = (uint32_t)++list->length;
		list->of[*place] = (struct looked){0};
	}
	return &list->of[*place];
}

/* Adds what was found of a stack, or of another group.  False: out of memory. */
static inline bool looked_add(struct looked_list *list, uint32_t *place,
			      const struct look_figures *more)
{
	static const struct look_figures nothing;
	struct looked *looked;

	if (!memcmp(more, &nothing, sizeof(nothing)))
		return true;
	looked = looked_at(list, place);
	if (looked)
		sum_look(&looked->look, more);
	return looked;
}

#endif
