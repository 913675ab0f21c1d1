/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TABLE_MEMBERS_H
#define VIEWS_TABLE_TABLE_MEMBERS_H
/* Which of a snapshot's rows make up the rows of a table (views/members/members.h). */
#include "views/members/members.h"
#include "views/table/table.h"

/* Whether the table's members can be asked for: its view has asked for `members`, and it
 * is not by holder, where the blocks of a row may be any part of those of the snapshot's
 * rows. */
bool table_has_members(const struct table *table);
/* Whether the members hold what the row shows.  By type, the members are the stacks that
 * allocate (nearly) nothing else, so this is false of a type that gets many of its bytes
 * from other stacks. */
bool table_member_told(const struct table *table, const struct row *row);
/* The number of a row of that table. */
uint32_t table_member(const struct table *table, const struct row *row);
/* The members that members_sets takes together with these numbers; the caller gets one
 * reference.  NULL: out of memory.  To be called only in the table's own thread. */
struct members *table_members(const struct table *table, const uint32_t *rows, size_t length);

#endif
