/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_HISTORY_PARTS_H
#define TRACER_HEAP_HISTORY_HISTORY_PARTS_H
/* The inside of a history, shared by history.c (ticks come, moments are rebuilt),
 * history_open.c (blocks whose stacks are not known yet), history_thin.c (ticks go) and
 * history_keep.c (it is kept elsewhere). */
#include "tracer/heap/history/history.h"

#define NO_STATE SIZE_MAX

struct link {
	struct history_tick tick;
	struct bytes changes, state;    /* no bytes where there are entries: to be fetched */
	struct history_open *open;
	size_t open_length;
	bool unsaved;
};

struct history {
	struct link **links;
	size_t length, room;
	struct ledger end;              /* figures at the last tick */
	bool has_end;                   /* of one that was put together from elsewhere: no */
	bool gave_up;
	uint64_t ids;                   /* given so far */
	uint64_t bytes;                 /* of all links */
	size_t since_state;             /* entries of lists behind the last state */
	size_t open_links;
	uint32_t expired;               /* tickets up to this one are not waited for */
	unsigned pressure;              /* see history_thin.c */
	uint64_t *gone;                 /* ids that were dropped and are kept elsewhere */
	size_t gone_length, gone_room;
	int (*fetch)(void *user, uint64_t id, bool state, struct bytes *bytes);
	void *user;
};

/* Entries of lists after which a state is worth its bytes. */
size_t history_spacing(const struct history *history);
/* The bytes of a link's list or state are there, fetched if need be.  0 or -errno. */
int history_load(struct history *history, struct link *link, bool state);
/* Puts a link's list or state into `ledger`, added or (-1) taken away.  0 or -errno. */
int history_apply(struct history *history, struct link *link, struct ledger *ledger, int sign);
int history_apply_state(struct history *history, struct link *link, struct ledger *ledger);
/* Makes the ledger's figures a link's list or state, in place of what it had.  False: out
 * of memory. */
bool history_set_changes(struct history *history, struct link *link,
			 const struct ledger *ledger);
bool history_set_state(struct history *history, struct link *link, const struct ledger *ledger);
/* Takes the links [from, to) out and frees them. */
void history_remove(struct history *history, size_t from, size_t to);
/* Nothing is kept any more: it does not fit, or what was told is not all. */
void history_give_up(struct history *history);

/* Books the open changes of settled tickets under their traces; those that nobody waits
 * for any more stay where they are.  False: out of memory. */
bool history_settle(struct history *history, const struct history_settled *settled,
		    size_t length);
/* Nobody waits for tickets up to this one. */
bool history_expire(struct history *history, uint32_t ticket);

#endif
