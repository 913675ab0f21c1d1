/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_HISTORY_H
#define TRACER_HEAP_HISTORY_HISTORY_H
/*
 * What the heap was, tick by tick: a chain of lists of changes (change.h), each against
 * the tick before it, and now and then beside one the state, all figures at that tick.
 * A list is added on the way forward and taken away on the way back, so that any tick is
 * the nearest state and the lists between.  Pure.  One thread at a time.
 */
#include "tracer/heap/history/ledger.h"

/* Why a tick is kept for as long as there is room; 0: a second had gone by. */
enum history_why {
	HISTORY_MARK = 1, HISTORY_SNAPSHOT = 2, HISTORY_PEAK = 4, HISTORY_FORK = 8,
	HISTORY_EXEC = 16, HISTORY_MODULE = 32, HISTORY_END = 64, HISTORY_CUT = 128
	/* CUT: older ticks found no room; this one is the first */
};
#define HISTORY_WHY_MAX 255u

/* Numbers beside the figures, which mean what who adds ticks says. */
#define HISTORY_TOTALS 23u

/* A change of one block whose stack is not known yet: it counts under its trace until
 * the ticket is settled. */
struct history_open {
	struct change change;
	uint32_t ticket;                /* ascending by birth, not 0 */
};
struct history_settled {
	uint32_t ticket, trace;
};

/* What happened up to a tick.  The arrays are from malloc. */
struct history_news {
	double time;                    /* seconds since the start */
	unsigned why;
	bool anew;                      /* all that was before is gone, and nothing has begun: the
					 * changes are against nothing */
	uint64_t totals[HISTORY_TOTALS];
	struct change *changes;         /* in any order */
	size_t changes_length;
	struct history_open *open;
	size_t open_length;
	struct history_settled *settled;        /* of tickets that stood in older news */
	size_t settled_length;
};
/* Frees its arrays. */
void history_news_free(struct history_news *news);

struct history_tick {
	uint64_t id;                    /* from 1, ascending */
	double time;
	unsigned why;
	uint64_t totals[HISTORY_TOTALS];
	size_t changes_length, state_length;    /* entries; state: SIZE_MAX is none */
};

struct history;

/* NULL: out of memory. */
struct history *history_new(void);
void history_free(struct history *history);     /* may be NULL */

/* Adds a tick; the news are the caller's still, but in another order.  A time that is not
 * behind the last one's is taken for that.  0, or -ENOMEM: it has no ticks any more, and
 * takes none; later, and where history_tidy found that nothing fits, -ENOSPC. */
int history_add(struct history *history, const struct history_news *news);

size_t history_ticks(const struct history *history);
/* Valid until the next change. */
const struct history_tick *history_tick(const struct history *history, size_t at);
/* The last tick that is not behind `time`, or SIZE_MAX. */
size_t history_before(const struct history *history, double time);
/* All figures at a tick, added to a ledger that is empty.  0, -ENOMEM, or -EINVAL: what
 * was fetched is damaged. */
int history_at(struct history *history, size_t at, struct ledger *ledger);

/* Bytes that it takes. */
uint64_t history_bytes(const struct history *history);
/*
 * One step towards what age and `limit` bytes allow: merges lists of ticks that are to
 * go. By age a second is kept for ten minutes, 10 for two hours, a minute for a day, ten
 * minutes beyond.  Where that does not fit, steps get longer, those of the oldest first,
 * up to an eighth of their age; then what is kept for a reason goes, and then the oldest
 * ticks.  False: nothing is to be done.
 */
bool history_tidy(struct history *history, uint64_t limit);
/* The longest step between ticks that are `from` to `to` seconds older than the last one;
 * 0: there are none. */
double history_step(const struct history *history, double from, double to);

/* How it is kept elsewhere: what changed since the last call.  `put` replaces what there
 * was of that id; lists are `length` bytes, state is NULL if there is none.  Both 0 or
 * -1, which ends it and is what history_save returns: what was not told is told again. */
struct history_saver {
	void *user;
	int (*put)(void *user, const struct history_tick *tick, const struct bytes *changes,
		   const struct bytes *state);
	int (*drop)(void *user, uint64_t id);
};
int history_save(struct history *history, const struct history_saver *saver);

/* One that is kept elsewhere: a tick behind those there are, whose lists are asked for
 * when they are needed.  False: out of memory, or it is not behind the last one. */
bool history_put(struct history *history, const struct history_tick *tick);
/* `fetch` puts the bytes of a list into *bytes: 0 or -errno. */
void history_fetch(struct history *history,
		   int (*fetch)(void *user, uint64_t id, bool state, struct bytes *bytes),
		   void *user);

#endif
