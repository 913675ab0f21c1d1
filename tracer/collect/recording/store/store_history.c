/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The blobs are the history's own lists (heap/history/change.h).  A tick that was merged
 * with others, or whose stacks became known, replaces what was written before. */
#include "tracer/collect/recording/store/store_history.h"

#include <stdlib.h>
#include "tracer/collect/recording/store/store_parts.h"

struct saving {
	struct store *store;
	uint32_t process;
	struct error *error;
};

static uint64_t history_id(uint32_t process, uint64_t tick)
{
	return (uint64_t)process << 32 | (tick & UINT32_MAX);
}

/* Writes the traces that a list's keys refer to; `highest`: none is above that one. */
static int write_traces(const struct saving *saving, const struct bytes *list,
			uint32_t highest)
{
	struct change_reader reader = change_reader(list->of, list->length);
	struct change change;
	uint32_t last = 0;

	if (highest < store_traces_whole(saving->store))
		return 0;               /* as after the moment of a program's end */
	while (change_next(&reader, &change)) {
		if (change.trace == last)
			continue;
		last = change.trace;
		if (store_trace(saving->store, (struct trace_id){ last }, saving->error))
			return -1;
	}
	return 0;
}

static void bind_blob(struct store *store, int at, const struct bytes *bytes)
{
	static const char nothing[1] = "";

	sqlite3_bind_blob64(store->statements[STORE_HISTORY], at,
			    bytes->length ? (const void *)bytes->of : nothing, bytes->length,
			    SQLITE_STATIC);
}

static int put_tick(void *user, const struct history_tick *tick, const struct bytes *totals,
		    const struct bytes *changes, const struct bytes *state)
{
	const struct saving *saving = user;
	struct store *store = saving->store;

	store_bind(store, STORE_HISTORY, 1, history_id(saving->process, tick->id));
	store_bind(store, STORE_HISTORY, 2, saving->process);
	store_bind(store, STORE_HISTORY, 3, tick->id);
	store_bind_real(store, STORE_HISTORY, 4, tick->time);
	store_bind(store, STORE_HISTORY, 5, tick->why);
	bind_blob(store, 6, totals);
	store_bind(store, STORE_HISTORY, 7, tick->changes_length);
	sqlite3_bind_null(store->statements[STORE_HISTORY], 8);
	sqlite3_bind_null(store->statements[STORE_HISTORY], 10);
	bind_blob(store, 9, changes);
	if (state) {
		store_bind(store, STORE_HISTORY, 8, tick->state_length);
		bind_blob(store, 10, state);
	}
	int result = store_step(store, STORE_HISTORY, saving->error);

	if (!result)
		result = write_traces(saving, changes, tick->highest);
	return result || !state ? result : write_traces(saving, state, UINT32_MAX);
}

static int drop_tick(void *user, uint64_t id)
{
	const struct saving *saving = user;

	store_bind(saving->store, STORE_FORGET_HISTORY, 1,
		   history_id(saving->process, id));
	return store_step(saving->store, STORE_FORGET_HISTORY, saving->error);
}

int store_forget_history(struct store *store, uint32_t process, struct error *error)
{
	if (store_begin(store, error))
		return -1;
	store_bind(store, STORE_FORGET_PAST, 1, history_id(process, 0));
	store_bind(store, STORE_FORGET_PAST, 2, history_id(process, UINT32_MAX));
	return store_step(store, STORE_FORGET_PAST, error);
}

int store_history(struct store *store, struct catalog *catalog, uint32_t process,
		  struct history *history, struct error *error)
{
	struct saving saving = { store, process, error };
	const struct history_saver saver = { &saving, put_tick, drop_tick };

	if (store_begin(store, error) || store_follow(store, catalog, error))
		return -1;
	if (history_save(history, &saver))
		return -1;
	return store_traces(store, error);
}
