/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_ROW_TYPE_H
#define VIEWS_ROW_ROW_TYPE_H
/* The type of a row's blocks, as a look at the heap found it. */
#include <stddef.h>
#include <stdint.h>

/* The type that has the most of a row's bytes. */
struct row_type {
	const char *name;               /* from the program, not safe to print; "-": no
					 * known type */
	uint32_t rank;                  /* the larger, the earlier from A to Z; 0 for
					 * "-" */
	uint32_t others;                /* number of other types among the row's blocks */
};

/* The name for programs, which is not made safe; NULL: not known. */
static inline const char *row_type_name(const struct row_type *type)
{
	return type->rank ? type->name : NULL;
}

#endif
