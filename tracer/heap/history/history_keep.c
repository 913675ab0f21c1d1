/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histories that are stored elsewhere: reports what has changed, and puts a history
 * together again from ticks whose lists are fetched on demand. */
#include "tracer/heap/history/history_parts.h"

#include <stdlib.h>
#include "tracer/ground/array.h"

/* Stores the list as it is now, with open changes under the traces where they count. */
static int put(const struct link *link, const struct history_saver *saver)
{
	bool has_state = link->tick.state_length != NO_STATE;
	struct ledger list = { 0 };
	struct bytes bytes = { 0 };
	struct history_tick tick = link->tick;
	int result = -1;

	if (!link->open_length)
		return saver->put(saver->user, &tick, &link->totals, &link->changes,
				  has_state ? &link->state : NULL);
	bool fine = ledger_add_list(&list, link->changes.of, link->changes.length,
				    1) == 0;
	for (size_t i = 0; fine && i < link->open_length; i++)
		fine = ledger_add(&list, &link->open[i].change, 1);
	tick.highest = UINT32_MAX;
	if (fine)
		tick.changes_length = ledger_encode(&list, &bytes);
	if (fine && tick.changes_length != SIZE_MAX)
		result = saver->put(saver->user, &tick, &link->totals, &bytes,
				    has_state ? &link->state : NULL);
	ledger_free(&list);
	free(bytes.of);
	return result;
}

int history_save(struct history *history, const struct history_saver *saver)
{
	while (history->gone_length) {
		if (saver->drop(saver->user, history->gone[history->gone_length - 1]))
			return -1;
		history->gone_length--;
	}
	for (size_t i = 0; i < history->length; i++) {
		struct link *link = history->links[i];

		if (!link->unsaved)
			continue;
		if (put(link, saver))
			return -1;
		link->unsaved = false;
	}
	return 0;
}

bool history_put(struct history *history, const struct history_tick *tick,
		 const uint64_t totals[HISTORY_TOTALS])
{
	struct link *last = history->length ? history->links[history->length - 1] : NULL;
	struct link *link;

	if (last && (tick->id <= last->tick.id || tick->time < last->tick.time))
		return false;
	link = calloc(1, sizeof(*link));
	if (!link || !array_grow(&history->links, &history->room, history->length + 1,
				 sizeof(*history->links)) || !history_set_totals(link, totals)) {
		free(link);
		return false;
	}
	link->tick = *tick;
	history->links[history->length++] = link;
	history->bytes += sizeof(*link) + sizeof(link) + link->totals.room;
	history->has_end = false;
	return true;
}

void history_fetch(struct history *history,
		   int (*fetch)(void *user, uint64_t id, bool state, struct bytes *bytes),
		   void *user)
{
	history->fetch = fetch;
	history->user = user;
}
