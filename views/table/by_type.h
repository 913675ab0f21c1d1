/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_BY_TYPE_H
#define VIEWS_TABLE_BY_TYPE_H
/* A snapshot whose rows are of one type each, so that they are grouped, drilled into and
 * filtered as any others. */
#include "views/row/row.h"

/* Whether a look found out what the snapshot's blocks are. */
bool by_type_known(const struct snapshot *snapshot);
/* The same moment with a row for each part, which has sizes, counts and what the look
 * found, and nothing else.  Counted; NULL: out of memory. */
struct snapshot *by_type_split(const struct snapshot *snapshot);
/* The type of a row of such a snapshot. */
const char *by_type_name(const struct snapshot *snapshot, const struct snapshot_row *row);

/* Why a table by type can't be, in `problem`; NULL: it can. */
const char *by_type_refused(const struct view *view, const struct snapshot *now,
			    const struct snapshot *old, char problem[256]);

/* The group + 1 of each of a look's parts, by the groups + 1 of the snapshot's rows.  NULL:
 * out of memory. */
uint32_t *by_type_part_groups(const struct snapshot *snapshot, const uint32_t *groups);

#endif
