/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_KEEPER_H
#define VIEWS_HELD_KEEPER_H
/*
 * What alone keeps the blocks of a row alive, in the tree of dominators: another row, if
 * all paths lead through blocks of it, or else a root.  Rows with one keeper are one
 * cause, however many lines of the program they are.
 */
#include "views/held/held.h"

struct keeper {
	bool row;                       /* it is a row of the table; else a root */
	char name[HELD_NAME];           /* as held_name has it */
	uint64_t others;                /* bytes of other rows that a root alone keeps alive
					 * too; 0 for rows */
};

/* Finds what alone keeps at least nine tenths of a row's bytes alive.  False: there is no
 * such thing, or the table's moment has no look that knows it. */
bool keeper_find(const struct table *table, const struct row *row, struct keeper *keeper);

#endif
