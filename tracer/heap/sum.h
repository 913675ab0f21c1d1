/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_SUM_H
#define TRACER_HEAP_SUM_H
/*
 * Snapshots of several processes as one: rows of equal trace, thread and domain
 * are added up.  A process that has ended holds no memory any more: of it only
 * what it once did is added, unless the end is what is asked for.
 */
#include <stdbool.h>
#include "tracer/heap/snapshot.h"

/* Curves that a sum keeps, of all processes: some 250 MiB. */
#define SUM_CURVES 200000u

struct sum;

/* Adds what ever happened: events, bytes, losses; not what is live, nor peaks. */
void sum_history(struct totals *to, const struct totals *from);

/* NULL: out of memory. */
struct sum *sum_new(struct catalog *catalog);
/* NULL is allowed. */
void sum_free(struct sum *sum);

/* `holds`: its blocks are (still) there.  False: out of memory, the sum lacks
 * some of it. */
bool sum_add(struct sum *sum, const struct snapshot *snapshot, bool holds);

/* One reference, of process 0; kind, time, name and number are the caller's to
 * fill.  Its peaks are the sums of the processes' own.  Curves stand there process by
 * process.  NULL: out of memory. */
struct snapshot *sum_snapshot(const struct sum *sum);

#endif
