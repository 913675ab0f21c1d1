/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_HEAP_HISTORY_FIXTURE_H
#define TESTS_UNIT_HEAP_HISTORY_FIXTURE_H
/* A history beside a naive one, which copies all figures at each tick. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/history/trail.h"
#include "tests/random.h"

#define KEYS 300u
#define TICKS 1200u
#define ROOT (KEYS + 1)
#define GENEROUS (UINT64_C(1) << 30)

/* By key number: trace k + 1, thread k % 3, domain k % 2. */
struct state {
	double time;
	int64_t by[KEYS][CHANGE_FIGURES];
};

struct world {
	struct history *history;
	struct state now, *at;          /* by id - 1 */
	unsigned length;
	/* The block whose stack is not known, if `ticket`. */
	uint32_t ticket, tickets, key;
	unsigned born;
	struct change block;
};

static inline struct change change_of(unsigned key)
{
	return (struct change){
		.trace = key + 1, .thread = (uint16_t)(key % 3), .domain = (uint16_t)(key % 2),
	};
}

static inline void begin(struct world *w)
{
	*w = (struct world){ .history = history_new(), .at = calloc(TICKS + 1, sizeof(*w->at)) };
}

static inline void end(struct world *w)
{
	history_free(w->history);
	free(w->at);
}

/* What the naive one has of a key, at one tick and all that come. */
static inline void count(struct state *state, unsigned key, const struct change *change, int sign)
{
	for (unsigned i = 0; i < CHANGE_FIGURES; i++)
		state->by[key][i] += sign * change->by[i];
}

/* One block that is told of under the root, and four ticks later of its own trace. */
static inline void tell_open(struct world *w, struct history_news *news)
{
	static struct history_open open;
	static struct history_settled settled;

	if (!w->ticket && pick(3) == 0) {
		w->ticket = ++w->tickets;
		w->key = (unsigned)pick(KEYS);
		w->born = w->length;
		w->block = change_of(w->key);
		w->block.trace = ROOT;
		w->block.by[CHANGE_SIZE] = w->block.by[CHANGE_TOTAL] = 77;
		w->block.by[CHANGE_COUNT] = w->block.by[CHANGE_ALLOCATIONS] = 1;
		open = (struct history_open){ w->block, w->ticket };
		news->open = &open;
		news->open_length = 1;
		return;
	}
	if (!w->ticket || w->length < w->born + 4)
		return;
	/* The tally is settled: what it held is another's now. */
	open = (struct history_open){ change_of(w->key), w->ticket };
	open.change.trace = ROOT;
	change_add(&open.change, &w->block, -1);
	news->open = &open;
	news->open_length = 1;
	struct change *own = &news->changes[news->changes_length++];

	*own = w->block;
	own->trace = w->key + 1;
	settled = (struct history_settled){ w->ticket, w->key + 1 };
	news->settled = &settled;
	news->settled_length = 1;
	/* As if it had been known from the first: the copies are of that. */
	for (unsigned i = w->born; i < w->length; i++)
		count(&w->at[i], w->key, &w->block, 1);
	count(&w->now, w->key, &w->block, 1);
	w->ticket = 0;
}

/* Some changes, or all, come as a list. */
static inline void some_in_order(struct history_news *news)
{
	size_t n = changes_order(news->changes, news->changes_length);
	bool all = pick(2);

	news->changes_length = 0;
	for (size_t i = 0; i < n; i++)
		if (all || pick(3))
			assert_true(change_list_put(&news->list, &news->changes[i]));
		else
			news->changes[news->changes_length++] = news->changes[i];
}

static inline void tick(struct world *w, double time, unsigned why, unsigned most, bool open)
{
	struct change changes[2 * KEYS + 1];
	struct history_news news = { .time = time, .why = why, .changes = changes };

	for (uint64_t n = pick(most); n > 0; n--) {
		unsigned key = (unsigned)pick(KEYS);
		struct change *change = &changes[news.changes_length++];

		*change = change_of(key);
		for (unsigned i = 0; i < CHANGE_FIGURES; i++)
			change->by[i] = (int64_t)pick(pick(50) ? 1000 : UINT64_C(1) << 40) - 300;
		if (pick(2))
			change->by[CHANGE_ALLOCATIONS] = change->by[CHANGE_COUNT];
		count(&w->now, key, change, 1);
	}
	news.totals[3] = w->length;
	news.totals[HISTORY_TOTALS - 1] = UINT64_MAX - w->length - 1;
	if (pick(2))
		some_in_order(&news);
	if (open)
		tell_open(w, &news);
	assert_int_equal(history_add(w->history, &news), 0);
	free(news.list.bytes.of);
	w->now.time = time;
	w->at[w->length++] = w->now;
}

/* A tick's figures are the naive one's, to the byte. */
static inline void same(struct world *w, size_t at)
{
	const struct history_tick *tick = history_tick(w->history, at);
	const struct state *state = &w->at[tick->id - 1];
	struct ledger ledger = { 0 };
	int64_t found[KEYS][CHANGE_FIGURES] = { { 0 } };
	uint64_t totals[HISTORY_TOTALS];

	assert_int_equal(history_at(w->history, at, &ledger), 0);
	for (size_t i = 0; i < ledger.length; i++) {
		const struct change *row = &ledger.rows[i];

		if (row->trace == ROOT)
			assert_true(change_is_none(row));
		else
			memcpy(found[row->trace - 1], row->by, sizeof(found[0]));
	}
	assert_memory_equal(found, state->by, sizeof(found));
	assert_true(tick->time == state->time);
	history_totals(w->history, at, totals);
	assert_int_equal(totals[3], tick->id - 1);
	assert_int_equal(totals[HISTORY_TOTALS - 1], UINT64_MAX - tick->id);
	ledger_free(&ledger);
}

static inline void tidy(struct world *w, uint64_t limit)
{
	while (history_tidy(w->history, limit))
		;
}

#endif
