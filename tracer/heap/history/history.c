/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	nothing  +changes->  tick 1  +changes->  tick 2  ...  tick n
 *	                                 state                  end
 *
 * The first tick's list of changes starts from nothing.  Once older ticks were cut off,
 * the first tick's state is all that is left of them.  A moment is rebuilt from whichever
 * is the fewest entries away: the state before it, the state after it, nothing, or the
 * end.
 */
#include "tracer/heap/history/history_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"

#define SPACING 4u                      /* lists between two states, in multiples of a
					 * state's entries */
#define SPACING_LEAST 4096u
#define OPEN_SECONDS 120.0              /* after which nobody waits for a stack any
					 * more */
#define OPEN_LINKS 256u

void history_news_free(struct history_news *news)
{
	free(news->changes);
	free(news->list.bytes.of);
	free(news->open);
	free(news->settled);
	*news = (struct history_news){ 0 };
}

struct history *history_new(void)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history)
		history->has_end = true;
	return history;
}

static uint64_t link_bytes(const struct link *link)
{
	return sizeof(*link) + sizeof(link) + link->totals.room + link->changes.room +
	       link->state.room + link->open_length * sizeof(*link->open);
}

static void link_free(struct link *link)
{
	free(link->totals.of);
	free(link->changes.of);
	free(link->state.of);
	free(link->open);
	free(link);
}

void history_remove(struct history *history, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		history->bytes -= link_bytes(history->links[i]);
		link_free(history->links[i]);
	}
	if (to < history->length)       /* where links may be NULL */
		memmove(&history->links[from], &history->links[to],
			(history->length - to) * sizeof(*history->links));
	history->length -= to - from;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	history_remove(history, 0, history->length);
	free(history->links);
	free(history->gone);
	ledger_free(&history->end);
	free(history);
}

static size_t spacing_of(size_t keys)
{
	size_t spacing = SPACING * keys;

	return spacing > SPACING_LEAST ? spacing : SPACING_LEAST;
}

size_t history_spacing(const struct history *history)
{
	return spacing_of(history->end.length);
}

/* Shrinks the allocation to what is in use. */
static void history_fit(struct bytes *bytes)
{
	uint8_t *less = realloc(bytes->of, bytes->length ? bytes->length : 1);

	if (less) {
		bytes->of = less;
		bytes->room = bytes->length ? bytes->length : 1;
	}
}

bool history_set_totals(struct link *link, const uint64_t totals[HISTORY_TOTALS])
{
	uint8_t room[HISTORY_TOTALS * VARINT_MAX];
	struct bytes packed = { .of = room, .room = sizeof(room) };

	for (unsigned i = 0; i < HISTORY_TOTALS; i++)
		bytes_varint(&packed, totals[i]);
	link->totals.of = malloc(packed.length);
	if (!link->totals.of)
		return false;
	memcpy(link->totals.of, room, packed.length);
	link->totals.length = link->totals.room = packed.length;
	return true;
}

/* Puts a list or state in place of the link's old one.  False: out of memory. */
static bool replace(struct history *history, struct link *link, struct bytes *old, size_t *entries,
		    const struct ledger *ledger)
{
	struct bytes bytes = { 0 };
	size_t n = ledger_encode(ledger, &bytes);

	if (n == SIZE_MAX) {
		free(bytes.of);
		return false;
	}
	history_fit(&bytes);
	history->bytes -= link_bytes(link);
	free(old->of);
	*old = bytes;
	*entries = n;
	history->bytes += link_bytes(link);
	link->unsaved = true;
	return true;
}

bool history_set_changes(struct history *history, struct link *link, const struct ledger *ledger)
{
	link->tick.highest = UINT32_MAX;
	return replace(history, link, &link->changes, &link->tick.changes_length, ledger);
}

bool history_set_state(struct history *history, struct link *link, const struct ledger *ledger)
{
	return replace(history, link, &link->state, &link->tick.state_length, ledger);
}

int history_load(struct history *history, struct link *link, bool state)
{
	struct bytes *bytes = state ? &link->state : &link->changes;
	size_t entries = state ? link->tick.state_length : link->tick.changes_length;

	if (bytes->of || !entries)
		return 0;
	if (!history->fetch)
		return -EINVAL;
	int error = history->fetch(history->user, link->tick.id, state, bytes);

	history->bytes += bytes->room;
	return error;
}

int history_apply(struct history *history, struct link *link, struct ledger *ledger, int sign)
{
	int error = history_load(history, link, false);

	if (!error)
		error = ledger_add_list(ledger, link->changes.of, link->changes.length, sign);
	for (size_t i = 0; !error && i < link->open_length; i++)
		if (!ledger_add(ledger, &link->open[i].change, sign))
			error = -ENOMEM;
	return error;
}

int history_apply_state(struct history *history, struct link *link, struct ledger *ledger)
{
	int error = history_load(history, link, true);

	return error ? error : ledger_add_list(ledger, link->state.of, link->state.length, 1);
}

/* --- adding ticks --- */

/* Appends the changes of a list to those in any order, for which there is room. */
static void spread_list(struct history_news *news, const struct change_list *list)
{
	struct change_reader reader = change_reader(list->bytes.of, list->bytes.length);

	while (change_next(&reader, &news->changes[news->changes_length]))
		news->changes_length++;
}

/* For news that start anew: first takes away all that there was, then adds the
 * changes. */
static bool begin_anew(struct history *history, const struct history_news *news,
		       struct history_news *whole)
{
	const struct ledger *end = &history->end;
	size_t most = end->length + news->changes_length + news->list.length;

	*whole = *news;
	whole->list = (struct change_list){ .length = 0 };
	whole->changes = calloc(most + 1, sizeof(*whole->changes));
	if (!whole->changes)
		return false;
	for (size_t i = 0; i < end->length; i++) {
		whole->changes[i] = end->rows[i];
		memset(whole->changes[i].by, 0, sizeof(whole->changes[i].by));
		change_add(&whole->changes[i], &end->rows[i], -1);
	}
	if (news->changes_length)
		memcpy(whole->changes + end->length, news->changes,
		       news->changes_length * sizeof(*news->changes));
	whole->changes_length = end->length + news->changes_length;
	spread_list(whole, &news->list);
	return true;
}

static void forget_end(struct history *history)
{
	ledger_free(&history->end);
	history->has_end = false;
}

/* Whether the figures at this tick, which has n changes, will not be asked for to add another
 * one, or to make a state. */
static bool is_last(const struct history *history, const struct history_news *news, size_t n)
{
	/* There will be at least so many. */
	size_t keys = n > history->end.length ? n : history->end.length;

	return news->why & HISTORY_END && !news->open_length && !history->open_links &&
	       history->since_state + n < spacing_of(keys);
}

/* Makes the changes the link's list. */
static bool take_list(struct link *link, struct history_news *news)
{
	size_t n = changes_order(news->changes, news->changes_length);
	struct change_list list = { .length = 0 };
	bool fine = n != SIZE_MAX;

	if (n) {
		fine = fine && change_list_merge(&list, news->changes, n, &news->list);
	} else {
		list = news->list;
		news->list = (struct change_list){ .length = 0 };
	}
	history_fit(&list.bytes);
	link->changes = list.bytes;
	link->tick.changes_length = list.length;
	link->tick.highest = list.last.trace;
	return fine;
}

static bool take_changes(struct history *history, struct link *link,
			 struct history_news *news)
{
	if (news->anew) {
		struct history_news whole;
		bool fine = begin_anew(history, news, &whole);

		whole.anew = false;
		fine = fine && take_changes(history, link, &whole);
		free(whole.changes);
		return fine;
	}
	if (!take_list(link, news))
		return false;
	if (is_last(history, news, link->tick.changes_length)) {
		forget_end(history);
		return true;
	}
	return (!link->tick.changes_length ||
		ledger_reserve(&history->end, link->tick.changes_length)) &&
	       ledger_add_list(&history->end, link->changes.of, link->changes.length, 1) == 0;
}

static bool take_open(struct history *history, struct link *link, const struct history_news *news)
{
	if (!news->open_length)
		return true;
	link->open = malloc(news->open_length * sizeof(*link->open));
	if (!link->open)
		return false;
	memcpy(link->open, news->open, news->open_length * sizeof(*link->open));
	link->open_length = news->open_length;
	for (size_t i = 0; i < link->open_length; i++)
		if (!ledger_add(&history->end, &link->open[i].change, 1))
			return false;
	return true;
}

/* When there is a new peak, the tick of the one before need not be kept any more. */
static void forget_peak(struct history *history)
{
	for (size_t i = history->length; i-- > 0;) {
		struct link *link = history->links[i];

		if (!(link->tick.why & HISTORY_PEAK))
			continue;
		link->tick.why &= ~(unsigned)HISTORY_PEAK;
		link->unsaved = true;
		return;
	}
}

static bool history_append(struct history *history, struct link *link)
{
	if (!array_grow(&history->links, &history->room, history->length + 1,
			sizeof(*history->links)))
		return false;
	history->links[history->length++] = link;
	history->bytes += link_bytes(link);
	history->open_links += link->open_length > 0;
	history->since_state += link->tick.changes_length + link->open_length;
	return true;
}

/* Accepts stacks that have not been found for a long time as they are; at the end,
 * all. */
static bool expire_old(struct history *history, const struct history_news *news)
{
	uint32_t newest = 0;

	if (news->anew)
		return history_expire(history, UINT32_MAX);
	for (size_t i = 0; i < history->length && history->open_links; i++) {
		struct link *link = history->links[i];

		if (!link->open_length)
			continue;
		if (history->open_links <= OPEN_LINKS &&
		    news->time - link->tick.time < OPEN_SECONDS)
			break;
		for (size_t k = 0; k < link->open_length; k++)
			if (link->open[k].ticket > newest)
				newest = link->open[k].ticket;
		break;
	}
	return newest <= history->expired || history_expire(history, newest);
}

static struct link *new_link(struct history *history, const struct history_news *news)
{
	struct link *link = calloc(1, sizeof(*link));
	double last = history->length ? history->links[history->length - 1]->tick.time : 0;

	if (!link)
		return NULL;
	link->tick = (struct history_tick){
		.id = ++history->ids,
		.time = news->time > last ? news->time : last,
		.why = news->why,
		.state_length = NO_STATE,
	};
	link->unsaved = true;
	if (history_set_totals(link, news->totals))
		return link;
	link_free(link);
	return NULL;
}

static bool link_add(struct history *history, struct link *link,
		     struct history_news *news)
{
	if (news->why & HISTORY_PEAK)
		forget_peak(history);
	if (!take_changes(history, link, news) || !take_open(history, link, news) ||
	    !history_append(history, link)) {
		link_free(link);
		return false;
	}
	if (!history_settle(history, news->settled, news->settled_length) ||
	    !expire_old(history, news))
		return false;
	/* Open changes would become a part of the state, although they may be booked anew
	 * later. */
	if (!history->has_end || history->since_state < history_spacing(history) ||
	    history->open_links)
		return true;
	history->since_state = 0;
	return history_set_state(history, link, &history->end);
}

void history_rest(struct history *history)
{
	struct link **less = NULL;

	if (history->open_links || history->gave_up || !history->length)
		return;
	forget_end(history);
	less = realloc(history->links, history->length * sizeof(*less));
	if (!less)
		return;
	history->links = less;
	history->room = history->length;
}

/* After a rest: the figures at the last tick.  False: out of memory. */
static bool history_wake(struct history *history)
{
	if (!history->has_end && history->length &&
	    history_at(history, history->length - 1, &history->end) != 0)
		return false;
	history->has_end = true;
	return true;
}

int history_add(struct history *history, struct history_news *news)
{
	bool awake = !history->gave_up && history_wake(history);
	struct link *link = awake ? new_link(history, news) : NULL;

	if (history->gave_up)
		return -ENOSPC;
	if (link && link_add(history, link, news))
		return 0;
	history_give_up(history);
	return -ENOMEM;
}

/* --- asking for moments --- */

size_t history_ticks(const struct history *history) { return history->length; }

const struct history_tick *history_tick(const struct history *history, size_t at)
{
	return &history->links[at]->tick;
}

void history_totals(const struct history *history, size_t at, uint64_t to[HISTORY_TOTALS])
{
	const struct bytes *totals = &history->links[at]->totals;
	struct change_reader reader = change_reader(totals->of, totals->length);

	for (unsigned i = 0; i < HISTORY_TOTALS; i++)
		to[i] = change_varint(&reader);
}

size_t history_before(const struct history *history, double time)
{
	size_t at;

	BISECT(at, history->length, history->links[at]->tick.time <= time);
	return at ? at - 1 : SIZE_MAX;
}

uint64_t history_bytes(const struct history *history)
{
	return history->bytes + ledger_bytes(&history->end);
}

static bool has_state(const struct link *link) { return link->tick.state_length != NO_STATE; }

static size_t history_entries(const struct link *link)
{
	return link->tick.changes_length + link->open_length;
}

/* The nearest state at a tick or before it, and the cost of starting from there.
 * SIZE_MAX: from nothing. */
static size_t look_back(const struct history *history, size_t at, size_t *cost)
{
	size_t i = at;

	for (*cost = 0; !has_state(history->links[i]); i--) {
		*cost += history_entries(history->links[i]);
		if (!i)
			return SIZE_MAX;
	}
	*cost += history->links[i]->tick.state_length;
	return i;
}

/* The nearest state after it, or the end (length), which some histories lack:
 * SIZE_MAX. */
static size_t look_ahead(const struct history *history, size_t at, size_t most, size_t *cost)
{
	*cost = 0;
	for (size_t i = at + 1; i < history->length; i++) {
		*cost += history_entries(history->links[i]);
		if (*cost >= most)
			return SIZE_MAX;
		if (has_state(history->links[i])) {
			*cost += history->links[i]->tick.state_length;
			return i;
		}
	}
	*cost += history->end.length;
	return history->has_end ? history->length : SIZE_MAX;
}

static int copy_end(const struct history *history, struct ledger *ledger)
{
	for (size_t i = 0; i < history->end.length; i++)
		if (!ledger_add(ledger, &history->end.rows[i], 1))
			return -ENOMEM;
	return 0;
}

static int go_back(struct history *history, size_t from, size_t at, struct ledger *ledger)
{
	int error = from == history->length ? copy_end(history, ledger) :
		    history_apply_state(history, history->links[from], ledger);
	size_t last = from == history->length ? from - 1 : from;

	for (size_t i = last; !error && i > at; i--)
		error = history_apply(history, history->links[i], ledger, -1);
	return error;
}

static int go_forward(struct history *history, size_t from, size_t at, struct ledger *ledger)
{
	int error = from == SIZE_MAX ? 0 :
		    history_apply_state(history, history->links[from], ledger);

	for (size_t i = from + 1; !error && i <= at; i++)
		error = history_apply(history, history->links[i], ledger, 1);
	return error;
}

int history_at(struct history *history, size_t at, struct ledger *ledger)
{
	size_t forward, backward;
	size_t before = look_back(history, at, &forward);
	size_t behind = look_ahead(history, at, forward, &backward);

	if (!ledger_reserve(ledger, history->end.length))
		return -ENOMEM;
	if (behind != SIZE_MAX && backward < forward)
		return go_back(history, behind, at, ledger);
	return go_forward(history, before, at, ledger);
}

double history_step(const struct history *history, double from, double to)
{
	double longest = 0;

	for (size_t i = 1; i < history->length; i++) {
		double last = history->links[history->length - 1]->tick.time;
		double age = last - history->links[i]->tick.time;
		double step = history->links[i]->tick.time - history->links[i - 1]->tick.time;

		if (age >= from && age < to && step > longest)
			longest = step;
	}
	return longest;
}
