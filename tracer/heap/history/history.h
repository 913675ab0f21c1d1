/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_HISTORY_H
#define TRACER_HEAP_HISTORY_HISTORY_H
/*
 * What the heap was, tick by tick: a chain of lists of changes (change.h), each relative
 * to the tick before it; some ticks also have a state, that is, all figures at that tick.
 * A list is added when going forward and subtracted when going back, so any tick can be
 * rebuilt from the nearest state and the lists in between.  Pure.  One thread at a time.
 */
#include "tracer/heap/history/ledger.h"

/* Reasons to keep a tick for as long as there is room; 0: a second had passed. */
enum history_why {
	HISTORY_MARK = 1, HISTORY_SNAPSHOT = 2, HISTORY_PEAK = 4, HISTORY_FORK = 8,
	HISTORY_EXEC = 16, HISTORY_MODULE = 32, HISTORY_END = 64, HISTORY_CUT = 128
	/* CUT: older ticks were dropped for lack of room, and this one is the first. */
};
#define HISTORY_WHY_MAX 255u
/* A second's tick may be so many seconds early: the last one before 20 s is then of 20 s. */
#define HISTORY_EARLY 0.02
/* Numbers besides the figures, whose meaning is up to the caller that adds ticks. */
#define HISTORY_TOTALS 23u

/* A change of a block whose stack is not known yet: it counts under a provisional trace
 * until its ticket is settled. */
struct history_open {
	struct change change;
	uint32_t ticket;                /* given in order of birth; not 0 */
};
struct history_settled {
	uint32_t ticket, trace;
};
/* What happened up to a tick.  The arrays are from malloc. */
struct history_news {
	double time;                    /* seconds since the start */
	unsigned why;
	bool anew;                      /* all begins anew: changes are from nothing */
	uint64_t totals[HISTORY_TOTALS];
	struct change *changes;         /* in any order */
	size_t changes_length;
	struct change_list list;        /* others, of other keys, which came in order */
	struct history_open *open;
	size_t open_length;
	struct history_settled *settled;        /* tickets of earlier news that have been
						 * settled */
	size_t settled_length;
};
/* Frees the arrays. */
void history_news_free(struct history_news *news);

struct history_tick {
	uint64_t id;                    /* from 1, ascending */
	double time;
	unsigned why;
	size_t changes_length, state_length;    /* entries; a state_length of SIZE_MAX: none */
	uint32_t highest;               /* no change is of a higher trace than this */
};

struct history;

/* NULL: out of memory. */
struct history *history_new(void);
void history_free(struct history *history);     /* may be NULL */

/* Adds a tick; the news still belong to the caller, in another order and without their
 * list.  A time before the last one's is moved to it.  Returns 0, or -ENOMEM, upon which
 * all ticks are dropped and no more are accepted; later calls, and those after
 * history_tidy found that nothing fits, return -ENOSPC. */
int history_add(struct history *history, struct history_news *news);

/* Gives back what only a further tick needs, and more than that tells.  history_add still
 * works after it, but has to rebuild the figures at the last tick first. */
void history_rest(struct history *history);

size_t history_ticks(const struct history *history);
/* A tick, valid until the next change of the history. */
const struct history_tick *history_tick(const struct history *history, size_t at);
void history_totals(const struct history *history, size_t at, uint64_t to[HISTORY_TOTALS]);
/* The last tick at or before `time`, or SIZE_MAX. */
size_t history_before(const struct history *history, double time);
/* Adds all figures at a tick to a ledger, which must be empty.  0, -ENOMEM, or -EINVAL:
 * fetched data is damaged. */
int history_at(struct history *history, size_t at, struct ledger *ledger);

/* Bytes of memory that it takes. */
uint64_t history_bytes(const struct history *history);
/* One step towards what age and `limit` bytes allow: merges lists of ticks that are to
 * go.  By age, a tick a second is kept for ten minutes, one in 10 s for two hours, one a
 * minute for a day, and one in ten minutes after that.  If that does not fit, steps
 * become longer, those of the oldest first, up to an eighth of their age; then ticks go
 * that were kept for a reason, and then the oldest ones.  False: nothing is left to do.
 */
bool history_tidy(struct history *history, uint64_t limit);
/* The longest step of ticks `from` to `to` seconds older than the last one; 0: none. */
double history_step(const struct history *history, double from, double to);

/* Functions that store a history elsewhere.  Both are called for what has changed since
 * the last call.  `put` replaces a tick of the same id; lists are `length` bytes, totals
 * are varints, state is NULL if there is none.  Both return 0, or -1, which ends the call:
 * history_save returns it, and will call again for what was not stored. */
struct history_saver {
	void *user;
	int (*put)(void *user, const struct history_tick *tick, const struct bytes *totals,
		   const struct bytes *changes, const struct bytes *state);
	int (*drop)(void *user, uint64_t id);
};
int history_save(struct history *history, const struct history_saver *saver);

/* Adds a tick that is stored elsewhere after the existing ones; its lists are fetched
 * when they are needed.  False: out of memory, or it is not after the last tick. */
bool history_put(struct history *history, const struct history_tick *tick,
		 const uint64_t totals[HISTORY_TOTALS]);
/* Sets the function that fetches lists: it appends a list's bytes to *bytes and returns 0
 * or -errno. */
void history_fetch(struct history *history,
		   int (*fetch)(void *user, uint64_t id, bool state, struct bytes *bytes),
		   void *user);

#endif
