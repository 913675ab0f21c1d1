/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_TICK_H
#define TRACER_HEAP_TALLY_TICK_H
/*
 * What changed from one tick to the next, for the history.  A tick is one step of the
 * tallies' clock, as a peak is; the first change of a tally after it notes what the tally
 * was.  So the notes between two ticks list all tallies that changed in that stretch.
 * What such a tally was at the end of the stretch stands in the notes of the next
 * stretch, or, if it has not changed since, is what it is now.  Changes are reported a
 * few at a time, and the list of all tallies is never walked.  A tally that was added in
 * the stretch had nothing before, so it needs no note: those are told by their numbers.
 *
 *	tick 7      notes: running      tick 8      notes: running      now
 *	            ..................  reported: those before, a few at a time
 */
#include <stdbool.h>
#include "tracer/heap/history/history.h"

struct tally;
struct tallies;

/* What a tally was at the last tick; of a provisional one, also when it was added. */
struct tick_note {
	struct tally *tally;
	int64_t was[CHANGE_FIGURES];
	uint32_t ticket;                /* not 0: the tally was provisional, with this
					 * ticket, ... */
	uint32_t root;                  /* ... and counted under this trace; they are kept
					 * here */
	uint16_t thread, domain;        /* since the tally may be reused by now */
};

struct tick_notes {
	struct tick_note *of;
	size_t length, room;
	size_t open;                    /* how many have a ticket */
	uint32_t added, end;            /* tallies added in the stretch: the first one, and
					 * where the next stretch's begin */
};

/* Of one model's tallies. */
struct ticks {
	bool failed;                    /* out of memory: nothing is noted any more */
	bool telling;                   /* `before` has not been reported to its end */
	uint32_t tickets;               /* number of tickets given out so far */
	struct tick_notes running, before;
	size_t told;                    /* how much of `before` has been reported: notes,
					 * then tallies */
	struct history_news news;       /* where changes are reported to */
	size_t changes_room;            /* of its changes */
	struct history_settled *settled;        /* tickets of earlier ticks that were
						 * settled since the last one */
	size_t settled_length, settled_room;
};

/* From now on changes are noted.  It must be called before the first change; otherwise
 * all that the tallies hold is reported as the first change. */
void ticks_begin(struct tallies *tallies);
void ticks_free(struct ticks *ticks);

/* Notes what a tally is: to be called before its first change after a tick, and when a
 * provisional one is added. */
void tally_note(struct tallies *tallies, struct tally *tally);
/* Notes that the ticket of a provisional tally is settled; to be called before its
 * figures are moved. */
void tally_note_settled(struct tallies *tallies, const struct tally *tally, uint32_t trace);

/* Makes a tick.  False: the one before has not been reported to its end, or nothing is
 * noted. */
bool ticks_step(struct tallies *tallies);
/* Whether anything has changed since the last one. */
bool ticks_noted(const struct tallies *tallies);
/* Reports at most `most` changes.  True: *news has all changes of the stretch that the
 * last tick ended; the caller sets its time, reason and totals, and owns its arrays. */
bool ticks_tell(struct tallies *tallies, size_t most, struct history_news *news);

#endif
