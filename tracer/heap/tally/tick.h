/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_TICK_H
#define TRACER_HEAP_TALLY_TICK_H
/*
 * What changed from one tick to the next, for the history.  A tick is one step of the
 * tallies' clock, as a peak is; the first change of a tally behind it notes what the
 * tally was.  So the notes of the stretch between two ticks name all that changed in it,
 * and what a tally was at the end of the stretch stands in the notes of the next one, or
 * is what it is now.  That is told a little at a time, and no list of all tallies is ever
 * walked.
 *
 *	tick 7      notes: running      tick 8      notes: running      now
 *	            ..................  told: those of before, a few at a time
 */
#include <stdbool.h>
#include "tracer/heap/history/history.h"

struct tally;
struct tallies;

/* A tally at the last tick, or at its own beginning. */
struct tick_note {
	struct tally *tally;
	int64_t was[CHANGE_FIGURES];
	uint32_t ticket;                /* not 0: it was provisional, of this number, ... */
	uint32_t root;                  /* ... and counted under this trace; */
	uint16_t thread, domain;        /* since it may be another's by now */
};

struct tick_notes {
	struct tick_note *of;
	size_t length, room;
};

/* Of one model's tallies. */
struct ticks {
	bool failed;                    /* memory was wanting: nothing is noted any more */
	bool telling;                   /* `before` is not told to its end */
	uint32_t tickets;               /* given to provisional tallies so far */
	struct tick_notes running, before;
	size_t told;                    /* of `before` */
	struct history_news news;       /* that they are told to; its arrays are large enough */
	struct history_settled *settled;        /* since the last tick, of older tickets */
	size_t settled_length, settled_room;
};

/* From now on changes are noted; that is before the first one, or with all that there
 * is as the first change. */
void ticks_begin(struct tallies *tallies);
void ticks_free(struct ticks *ticks);

/* Notes what a tally is; called before its first change behind a tick, and when it
 * begins. */
void tally_note(struct tallies *tallies, struct tally *tally);
/* The ticket of a provisional tally is settled: before its figures move. */
void tally_note_settled(struct tallies *tallies, const struct tally *tally, uint32_t trace);

/* A tick.  False: that before is not told yet, or nothing is noted. */
bool ticks_step(struct tallies *tallies);
/* Tells at most so many changes.  True: all of the stretch that the last tick ended
 * are in *news (time, reason and totals are the caller's), whose arrays are the
 * caller's now. */
bool ticks_tell(struct tallies *tallies, size_t most, struct history_news *news);

#endif
