/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_ESTATE_H
#define TRACER_COLLECT_RUN_STATE_ESTATE_H
/*
 * What is kept of the processes of a live run that have ended: the last figures of each,
 * and of the newest also their moments "exit" and "peak"; besides, the sums of those
 * moments over all processes, and the peaks of parts of their heaps (parts.h).  The
 * reader's thread adds to it, and any thread may ask.  Its lock is held only within these
 * calls.  A process is its index in the program's list + 1.
 */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"

#define ESTATE_KEPT (64u << 20)         /* bytes of ended processes' rows and curves that
					 * are kept */

struct estate;

/* A new estate for so many parts; the catalog must outlive it.  NULL: out of memory. */
struct estate *estate_new(struct catalog *catalog, unsigned parts);
void estate_free(struct estate *estate);        /* may be NULL */

/* A process has ended, with these moments (references that are taken over; NULL: there
 * was no memory for it). */
void estate_add(struct estate *estate, uint32_t process, struct snapshot *exit,
		struct snapshot *peak);
/* The same; others will be counted with it.  Neither moment is NULL, here and in the three calls
 * below. */
void estate_add_head(struct estate *estate, uint32_t process, struct snapshot *exit,
		     struct snapshot *peak);
/* Another process has ended, which is counted with that one: all is added up, but of peaks
 * the highest is that of all. */
void estate_join(struct estate *estate, uint32_t head, struct snapshot *exit,
		 struct snapshot *peak);
/* The same two steps for processes that were added before: others will be counted with it; or
 * it is counted with that one, and its place is vacant. */
void estate_lead(struct estate *estate, uint32_t process, const struct snapshot *exit,
		 const struct snapshot *peak);
void estate_move(struct estate *estate, uint32_t process, uint32_t head,
		 const struct snapshot *exit, const struct snapshot *peak);
/* The moments "exit" and "peak" of those with which others were counted since the last
 * such call: *length references in a malloced array; NULL: none, or no memory. */
struct snapshot **estate_changed(struct estate *estate, size_t *length);
/* The moment "peak" or "exit" of a process, as a reference; NULL: it was dropped, or was
 * never there. */
struct snapshot *estate_moment(struct estate *estate, uint32_t process, bool peak);
/* The sum of all those moments, as a reference.  NULL: none has ended, or no memory. */
struct snapshot *estate_sum(struct estate *estate, bool peak);
/* The last figures of a process; zero if it has not ended. */
void estate_last(struct estate *estate, uint32_t process, struct totals *totals,
		 struct unknown_frees *unknown);
/* Sets *heavier to the process other than `but` that held most at its end, if that is
 * more than what *heavier says; not to one with which others are counted. */
void estate_heavier(struct estate *estate, uint32_t but, struct heavier *heavier);

/* What a part of the heaps held at its peak, in the process where that was highest. */
struct part_peak {
	uint64_t sum;                   /* of the peaks of all processes */
	struct snapshot *highest;       /* NULL: none had any */
	uint32_t process;               /* whose that was */
};

/* Adds the peak of a process; the snapshot is taken over. */
void part_peak_add(struct part_peak *peak, struct snapshot *snapshot, uint32_t process);
/* Adds the peak that an ended process had in this part (NULL: none), taken over. */
void estate_add_part(struct estate *estate, unsigned part, struct snapshot *snapshot,
		     uint32_t process);
/* Whether the highest peak of a part, among those that have ended, is that process's. */
bool estate_has_highest(struct estate *estate, uint32_t process);
/* The part's peak over all ended processes; `highest` is a reference. */
struct part_peak estate_part(struct estate *estate, unsigned part);

#endif
