/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_CHANGES_H
#define VIEWS_MEMBERS_CHANGES_H
#include "tracer/heap/snapshot.h"

/* Leaves in two moments of one process, of which `base` is the earlier one, only the rows
 * that differ in bytes or blocks (at a peak, where blocks are not counted, in bytes).
 * What grew between the two is the same afterwards, and is found much sooner.  The caller
 * must own both alone, and they must have neither curves nor a look.  If they have
 * different numbers of rows, nothing is removed. */
void snapshot_keep_changes(struct snapshot *now, struct snapshot *base);

#endif
