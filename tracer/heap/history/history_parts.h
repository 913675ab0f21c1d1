/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_HISTORY_PARTS_H
#define TRACER_HEAP_HISTORY_HISTORY_PARTS_H
/* The inside of a history, for the files that implement it: history.c (ticks are added,
 * moments are rebuilt), history_open.c (blocks whose stacks are not known yet),
 * history_thin.c (ticks are dropped) and history_keep.c (histories stored elsewhere). */
#include "tracer/heap/history/history.h"

#define NO_STATE SIZE_MAX

struct link {
	struct history_tick tick;
	struct bytes totals;            /* as varints: most are small, and a short-lived
					 * process has little else */
	struct bytes changes, state;    /* no bytes although there are entries: to be
					 * fetched */
	struct history_open *open;
	size_t open_length;
	bool unsaved;
};

struct history {
	struct link **links;
	size_t length, room;
	struct ledger end;              /* figures at the last tick */
	bool has_end;                   /* false if it was put together from elsewhere, or
					 * rests */
	bool gave_up;
	uint64_t ids;                   /* number of ids given out so far */
	uint64_t bytes;                 /* size of all links */
	size_t since_state;             /* entries of the lists since the last state */
	size_t open_links;
	uint32_t expired;               /* nobody waits for tickets up to this one */
	unsigned pressure;              /* see history_thin.c */
	uint64_t *gone;                 /* ids of dropped ticks that are still stored
					 * elsewhere */
	size_t gone_length, gone_room;
	int (*fetch)(void *user, uint64_t id, bool state, struct bytes *bytes);
	void *user;
};

/* Sets a new link's totals.  False: out of memory. */
bool history_set_totals(struct link *link, const uint64_t totals[HISTORY_TOTALS]);
/* The number of entries in lists after which a new state is worth its size. */
size_t history_spacing(const struct history *history);
/* Makes sure that the bytes of a link's list or state are in memory, and fetches them if
 * need be. 0 or -errno. */
int history_load(struct history *history, struct link *link, bool state);
/* Adds a link's list or state to `ledger`, or with -1 subtracts it.  0 or -errno. */
int history_apply(struct history *history, struct link *link, struct ledger *ledger, int sign);
int history_apply_state(struct history *history, struct link *link, struct ledger *ledger);
/* Puts the ledger's figures in place of a link's list or state.  False: out of memory. */
bool history_set_changes(struct history *history, struct link *link,
			 const struct ledger *ledger);
bool history_set_state(struct history *history, struct link *link, const struct ledger *ledger);
/* Takes out and frees the links [from, to). */
void history_remove(struct history *history, size_t from, size_t to);
/* Stops keeping anything: it does not fit, or some changes were not reported. */
void history_give_up(struct history *history);

/* Books the open changes of settled tickets under their traces, and those that nobody
 * waits for any more under the traces that they have.  False: out of memory. */
bool history_settle(struct history *history, const struct history_settled *settled,
		    size_t length);
/* Says that nobody waits for tickets up to this one any more. */
bool history_expire(struct history *history, uint32_t ticket);

#endif
