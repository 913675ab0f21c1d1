/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_MEMBERS_CHANGES_H
#define VIEWS_MEMBERS_CHANGES_H
#include "tracer/heap/snapshot.h"

/* Leaves of two moments of one process, `base` the earlier one, the rows that differ in
 * bytes or blocks (of a peak, which has no blocks, in bytes): what grew between them is the
 * same, and found much sooner.  Both are the caller's alone, without curves or look.  If
 * they have not as many rows, nothing is left out. */
void snapshot_keep_changes(struct snapshot *now, struct snapshot *base);

#endif
