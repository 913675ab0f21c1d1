/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_CUTS_H
#define VIEWS_TABLE_CUTS_H
/* How much of a table is on stacks that end before their root. */
#include "views/row/row.h"

/* Why the stack of a row is cut.  If the row has several stacks, the answer is about the
 * one with the most bytes. */
enum cut cuts_why(const struct table *table, const struct row *row);
/* The sum of table->cut. */
struct figures cuts_sum(const struct table *table);
/* For table.c: counts a snapshot's row in table->cut, if its stack is cut in a way that
 * moves figures of the table's view. */
void cuts_add(struct table *table, const struct snapshot_row *row);

#endif
