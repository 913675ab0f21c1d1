/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_SUM_H
#define TRACER_HEAP_SUM_H
/*
 * Snapshots of several processes as one: rows of the same trace, thread and domain are
 * added up.  Of a process that has ended, only what it did is added, and not what it
 * held, unless it is the end that is asked for.
 */
#include <stdbool.h>
#include "tracer/heap/snapshot.h"

/* Curves that a sum keeps, of all processes: some 250 MiB. */
#define SUM_CURVES 200000u

struct sum;

/* Adds what ever happened (events, bytes, losses), but neither what is live nor peaks. */
void sum_history(struct totals *to, const struct totals *from);

/* NULL: out of memory. */
struct sum *sum_new(struct catalog *catalog);
/* NULL is allowed. */
void sum_free(struct sum *sum);

/* Adds a snapshot; `holds`: its blocks are (still) there.  False: out of memory, and a
 * part is missing in the sum. */
bool sum_add(struct sum *sum, const struct snapshot *snapshot, bool holds);

/* Frees the curves of a snapshot that nobody shares.  If they would allow verdicts, sums
 * count it among those whose curves were dropped. */
void sum_drop_curves(struct snapshot *snapshot);

/* The sum as a snapshot with one reference, of process 0; the caller sets kind, time,
 * name and number.  Its peaks are the sums of the processes' own.  Curves are kept
 * process by process.  NULL: out of memory. */
struct snapshot *sum_snapshot(const struct sum *sum);

#endif
