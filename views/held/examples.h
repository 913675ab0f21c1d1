/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_EXAMPLES_H
#define VIEWS_HELD_EXAMPLES_H
/* Addresses of some blocks of a table's rows, as the look at the heap found them that
 * belongs to the table's moment: what nobody holds comes first. */
#include "tracer/heap/tally/look_held.h"
#include "views/table/table.h"

struct examples;

/* The examples of all rows, or of one; the table is borrowed.  NULL: out of memory. */
struct examples *examples_new(const struct table *table, const struct row *only);
void examples_free(struct examples *examples);          /* NULL is allowed */
/* The i-th example of a row of that table, by state and address, at most LOOK_EXAMPLES;
 * NULL: it has no more. */
const struct look_example *examples_at(const struct examples *examples, const struct row *row,
				       size_t i);
/* "garbage", "indirect", "inside", "held". */
const char *examples_state(enum look_state state);
/* "for example at 0x55d0c0de10 (48 B, nobody holds it), 0x55d0c0de50 (48 B)": as many as
 * there is room for, four at most; "" if there is none.  Returns the length. */
size_t examples_text(const struct examples *examples, const struct row *row, char *text,
		     size_t size);

#endif
