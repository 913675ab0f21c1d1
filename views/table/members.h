/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_MEMBERS_H
#define VIEWS_TABLE_MEMBERS_H
/*
 * Which of a snapshot's rows make up a row of a table (its new side), for who asks more
 * of them than the table says: told by numbers, so that any thread may look it up while
 * the table goes on, or away.
 */
#include "views/row/row.h"

struct members;

/* Of a table whose view asked for `members`: one reference.  NULL: it did not, or the
 * view is cumulative or a tree of callees, whose rows share what they count. */
struct members *members_of(const struct table *table);
struct members *members_retain(struct members *members);
void members_release(struct members *members);  /* NULL is allowed */
/* The number by which members_each knows a row of that table. */
uint32_t members_row(const struct table *table, const struct row *row);
/* Calls back for each of the snapshot's rows that counts in one of these rows: `which`
 * is the place of the number.  False: the callback gave up, or there is no memory. */
bool members_each(const struct members *members, const uint32_t *rows, size_t length,
		  bool (*each)(void *user, size_t which, const struct snapshot_row *row),
		  void *user);

#endif
