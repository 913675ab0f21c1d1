/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blocks whose stacks are not known yet.  Their changes are kept beside the lists and
 * count under a provisional trace.  When a ticket is settled they move into the lists,
 * under the right trace, in each tick that has them, even in ticks of long ago.  So
 * nobody can see later that the stack was found after the birth; what a tally handed over
 * when it was settled adds up to nothing.
 *
 * When nobody waits for a ticket any more, its changes must stay where they are in all
 * ticks.  Tickets are given in the order of birth, and expire in that order.
 */
#include "tracer/heap/history/history_parts.h"

#include <stdlib.h>
#include <string.h>

struct settling {
	struct history_settled *of;     /* by ticket */
	size_t length;
	uint32_t expired;               /* tickets up to this one are booked where they
					 * are */
};

static int by_ticket(const void *a, const void *b)
{
	const struct history_settled *x = a, *y = b;

	return (x->ticket > y->ticket) - (x->ticket < y->ticket);
}

/* The trace under which an open change is to be booked.  False: it stays open. */
static bool settled_trace(const struct settling *settling, const struct history_open *open,
		     uint32_t *trace)
{
	const struct history_settled key = { .ticket = open->ticket };
	const struct history_settled *found;

	*trace = open->change.trace;
	if (open->ticket <= settling->expired)
		return true;
	found = settling->length ? bsearch(&key, settling->of, settling->length, sizeof(key),
					   by_ticket) : NULL;
	if (found)
		*trace = found->trace;
	return found != NULL;
}

/* Moves one change from the trace where it counted to another. */
static bool move_change(struct history *history, struct change change, uint32_t trace,
			struct ledger *list)
{
	if (!ledger_add(&history->end, &change, -1))
		return false;
	change.trace = trace;
	return ledger_add(&history->end, &change, 1) && ledger_add(list, &change, 1);
}

static bool settle_link(struct history *history, struct link *link,
			const struct settling *settling)
{
	struct ledger list = { 0 };
	size_t kept = 0, moved = 0;
	bool fine = true;

	for (size_t i = 0; i < link->open_length && fine; i++) {
		uint32_t trace;

		if (!settled_trace(settling, &link->open[i], &trace)) {
			link->open[kept++] = link->open[i];
			continue;
		}
		fine = move_change(history, link->open[i].change, trace, &list);
		moved++;
	}
	if (fine && moved) {
		fine = ledger_add_list(&list, link->changes.of, link->changes.length,
				       1) == 0;
		history->bytes -= (link->open_length - kept) * sizeof(*link->open);
		link->open_length = kept;
		history->open_links -= !kept;
		fine = fine && history_set_changes(history, link, &list);
	}
	ledger_free(&list);
	return fine;
}

static bool settle_all(struct history *history, const struct settling *settling)
{
	size_t left = history->open_links;

	/* Starts with the newest ticks, which have most of the open changes. */
	for (size_t i = history->length; i-- > 0 && left;) {
		if (!history->links[i]->open_length)
			continue;
		left--;
		if (!settle_link(history, history->links[i], settling))
			return false;
	}
	return true;
}

bool history_settle(struct history *history, const struct history_settled *settled,
		    size_t length)
{
	struct settling settling = { .length = length, .expired = history->expired };

	if (!history->open_links)
		return true;
	settling.of = malloc((length + 1) * sizeof(*settling.of));
	if (!settling.of)
		return false;
	if (length)
		memcpy(settling.of, settled, length * sizeof(*settled));
	qsort(settling.of, length, sizeof(*settling.of), by_ticket);
	bool fine = settle_all(history, &settling);

	free(settling.of);
	return fine;
}

bool history_expire(struct history *history, uint32_t ticket)
{
	const struct settling settling = { .expired = ticket };

	history->expired = ticket;
	return !history->open_links || settle_all(history, &settling);
}
