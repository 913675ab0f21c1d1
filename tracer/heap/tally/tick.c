/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/tally/tick.h"

#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include "tracer/heap/tally/ahead.h"
#include "tracer/heap/tally/saved.h"

void ticks_free(struct ticks *ticks)
{
	free(ticks->running.of);
	free(ticks->before.of);
	free(ticks->settled);
	history_news_free(&ticks->news);
	*ticks = (struct ticks){ .tickets = ticks->tickets };
}

/* Out of memory: later ticks could not be complete, so none is reported any more. */
static void ticks_fail(struct tallies *tallies)
{
	ticks_free(&tallies->ticks);
	tallies->ticks.failed = true;
	tallies->tick_time = 0;
}

/* Notes that a tally was this at the tick. */
static void note_as(struct tallies *tallies, struct tally *tally,
		    const struct figures *was)
{
	struct tick_notes *notes = &tallies->ticks.running;

	if (!tallies->tick_time)
		return;
	if (!array_grow(&notes->of, &notes->room, notes->length + 1, sizeof(*notes->of))) {
		ticks_fail(tallies);
		return;
	}
	bool open = tally->state == TALLY_PROVISIONAL;
	struct tally_rest *rest = tally_make_rest(tallies, tally);

	rest->note = (uint32_t)notes->length;
	notes->of[notes->length++] = (struct tick_note){
		.tally = tally,
		.was = { (int64_t)was->size, (int64_t)was->count,
			 (int64_t)was->allocations, (int64_t)was->total },
		.ticket = open ? tally->trace : 0,
		.root = open ? tally_at(tallies, rest->forward)->trace : 0,
		.thread = tally->thread,
		.domain = tally->domain,
	};
	notes->open += notes->of[rest->note].ticket != 0;
}

void ticks_begin(struct tallies *tallies)
{
	const uint64_t now = ++tallies->clock;

	/* All tallies that there are by now changed since then: they are a forked child's
	 * blocks.  They are saved before anything is noted, or each would have two notes. */
	for (uint32_t i = 0; i < tallies->length; i++)
		tally_save(tallies, tally_at(tallies, i));
	tallies->tick_time = now;
	for (uint32_t i = 0; i < tallies->length && tallies->tick_time; i++)
		note_as(tallies, tally_at(tallies, i), &(struct figures){ 0 });
	tallies->ticks.running.added = tallies->length;
}

void tally_note(struct tallies *tallies, struct tally *tally)
{
	const struct figures was = tally_figures(tallies, tally);

	note_as(tallies, tally, &was);
}

/* The note of a tally that has changed since the last tick. */
static const struct tick_note *note_of(const struct tallies *tallies,
				       const struct tally *tally)
{
	return &tallies->ticks.running.of[tally_rest(tallies, tally)->note];
}

void tally_note_settled(struct tallies *tallies, const struct tally *tally, uint32_t trace)
{
	struct ticks *ticks = &tallies->ticks;

	/* A tally that began after the last tick has never been reported. */
	if (!tallies->tick_time || !note_of(tallies, tally)->was[CHANGE_ALLOCATIONS])
		return;
	if (!array_grow(&ticks->settled, &ticks->settled_room, ticks->settled_length + 1,
			sizeof(*ticks->settled))) {
		ticks_fail(tallies);
		return;
	}
	ticks->settled[ticks->settled_length++] = (struct history_settled){ tally->trace, trace };
}

/* How many notes and tallies there are to look at. */
static size_t notes_all(const struct tick_notes *notes)
{
	return notes->length + (notes->end - notes->added);
}

/* Makes room for the changes of all notes; those of new tallies mostly go to the list. */
static bool make_news(struct ticks *ticks)
{
	size_t open = ticks->running.open, room = ticks->running.length - open + 1;

	ticks->news = (struct history_news){
		.changes = large_malloc(room * sizeof(struct change)),
		.open = malloc((open + 1) * sizeof(struct history_open)),
		.settled = ticks->settled,
		.settled_length = ticks->settled_length,
	};
	ticks->changes_room = room;
	ticks->settled = NULL;
	ticks->settled_length = ticks->settled_room = 0;
	return ticks->news.changes && ticks->news.open;
}

bool ticks_step(struct tallies *tallies)
{
	struct ticks *ticks = &tallies->ticks;
	struct tick_notes notes = ticks->before;

	if (!tallies->tick_time || ticks->telling)
		return false;
	ticks->running.end = tallies->length;
	if (!make_news(ticks)) {
		ticks_fail(tallies);
		return false;
	}
	ticks->before = ticks->running;
	ticks->running = notes;
	ticks->running.length = ticks->running.open = ticks->told = 0;
	ticks->running.added = tallies->length;
	ticks->telling = true;
	tallies->tick_time = ++tallies->clock;
	return true;
}

/* Computes by how much a tally had changed at the tick that ended the stretch of a
 * note. */
static bool tell_one(const struct tallies *tallies, const struct tick_note *note,
		     struct change *change)
{
	const struct tally *tally = note->tally;
	bool changed = tally->saved >= tallies->tick_time;
	const struct tick_note *later = changed ? note_of(tallies, tally) : NULL;
	const struct figures now = tally_figures(tallies, tally);
	bool ended = note->ticket && tally->trace != note->ticket;
	const int64_t is[] = { (int64_t)now.size, (int64_t)now.count,
			       (int64_t)now.allocations, (int64_t)now.total };

	*change = (struct change){
		.trace = note->ticket ? note->root : tally->trace,
		.thread = note->thread,
		.domain = note->domain,
	};
	for (unsigned i = 0; i < CHANGE_FIGURES; i++)
		change->by[i] = (ended ? 0 : later ? later->was[i] : is[i]) - note->was[i];
	return !change_is_none(change);
}

/* What is to be reported in that place: a note, or *added for a tally that needed none.
 * NULL: the tally was added as a provisional one, which has a note. */
static const struct tick_note *next_note(const struct tallies *tallies, size_t at,
					 struct tick_note *added)
{
	const struct tick_notes *before = &tallies->ticks.before;

	if (at < before->length)
		return &before->of[at];
	uint32_t index = before->added + (uint32_t)(at - before->length);
	struct tally *tally = tally_at(tallies, index);

	tally_fetch_ahead(tallies, index);
	*added = (struct tick_note){
		.tally = tally, .thread = tally->thread, .domain = tally->domain,
	};
	return tally->state == TALLY_KEYED ? added : NULL;
}

/* Whether a new tally's change is in order: its key lies between that of the list's last
 * change and that of the tally added after it, whose change would otherwise find no place
 * in the list, nor would those behind that. */
static bool is_in_order(const struct tallies *tallies, const struct change *change)
{
	const struct ticks *ticks = &tallies->ticks;
	const struct change_list *list = &ticks->news.list;
	uint32_t next = ticks->before.added + (uint32_t)(ticks->told - ticks->before.length);
	uint64_t key = change_key(change);

	if (list->length && key <= change_key(&list->last))
		return false;
	if (next >= ticks->before.end)
		return true;
	const struct tally *tally = tally_at(tallies, next);

	return tally->state != TALLY_KEYED ||
	       key < tally_key(tally->trace, tally->thread, tally->domain);
}

/* Stacks are numbered as they come, so those of new tallies are mostly in order, and
 * their changes need no more room than the bytes of the list.  False: out of memory. */
static bool put_change(struct tallies *tallies, const struct change *change)
{
	struct ticks *ticks = &tallies->ticks;
	struct history_news *news = &ticks->news;

	if (ticks->told > ticks->before.length && is_in_order(tallies, change))
		return change_list_put(&news->list, change);
	if (!array_grow(&news->changes, &ticks->changes_room, news->changes_length + 1,
			sizeof(*news->changes)))
		return false;
	news->changes[news->changes_length++] = *change;
	return true;
}

/* Reports what stands in the next place, if it changed.  False: out of memory. */
static bool tell_next(struct tallies *tallies)
{
	struct ticks *ticks = &tallies->ticks;
	struct history_news *told = &ticks->news;
	struct tick_note added;
	const struct tick_note *note = next_note(tallies, ticks->told++, &added);
	struct change change;

	if (!note || !tell_one(tallies, note, &change))
		return true;
	if (!note->ticket)
		return put_change(tallies, &change);
	told->open[told->open_length++] = (struct history_open){ change, note->ticket };
	return true;
}

bool ticks_tell(struct tallies *tallies, size_t most, struct history_news *news)
{
	struct ticks *ticks = &tallies->ticks;

	for (; most && ticks->telling && ticks->told < notes_all(&ticks->before); most--)
		if (!tell_next(tallies))
			ticks_fail(tallies);
	if (!ticks->telling || ticks->told < notes_all(&ticks->before))
		return false;
	ticks->telling = false;
	*news = ticks->news;
	ticks->news = (struct history_news){ 0 };
	return true;
}

bool ticks_noted(const struct tallies *tallies)
{
	const struct ticks *ticks = &tallies->ticks;

	return tallies->tick_time && (ticks->running.length || ticks->settled_length ||
				      tallies->length > ticks->running.added);
}
