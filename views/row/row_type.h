/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_ROW_TYPE_H
#define VIEWS_ROW_ROW_TYPE_H
/* What the blocks of a row are, as a look at the heap found. */
#include <stddef.h>
#include <stdint.h>

/* What most of a row's bytes are. */
struct row_type {
	const char *name;               /* foreign text; "-": of no known type */
	uint32_t rank;                  /* the larger the earlier from A to Z; 0 of "-" */
	uint32_t others;                /* types that the row's blocks have beside it */
};

/* For programs: the name, which is foreign text; NULL: not known. */
static inline const char *row_type_name(const struct row_type *type)
{
	return type->rank ? type->name : NULL;
}

#endif
