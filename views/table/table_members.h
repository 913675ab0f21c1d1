/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TABLE_MEMBERS_H
#define VIEWS_TABLE_TABLE_MEMBERS_H
/* Which of a snapshot's rows make up the rows of a table (views/members/members.h). */
#include "views/members/members.h"
#include "views/table/table.h"

/* Whether it can be asked: the table's view has asked for `members`, and it is not by
 * holder, where a row is any part of the snapshot's. */
bool table_has_members(const struct table *table);
/* Whether its members are what a row holds.  By type they are the stacks that hold
 * (nearly) nothing of another one: false of a type that has much of its blocks from
 * others. */
bool table_member_told(const struct table *table, const struct row *row);
/* The number of a row of that table. */
uint32_t table_member(const struct table *table, const struct row *row);
/* For members_sets with these numbers: one reference.  NULL: out of memory.  In the
 * table's own thread. */
struct members *table_members(const struct table *table, const uint32_t *rows, size_t length);

#endif
