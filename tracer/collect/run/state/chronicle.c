/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue, whose lock is held only for moments, and the histories, with a lock of their
 * own.  All histories share one limit: the largest one is thinned. */
#include "tracer/collect/run/state/chronicle.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/heap/sum.h"

#define STEPS 64                        /* of history_tidy in one call */

struct entry {
	uint32_t process;
	uint64_t image;
	struct history_news news;
	uint32_t head;                  /* not 0: no news, but it is counted with this one now */
};

/* What those left that are counted with one process, to be added to its history. */
struct ends {
	uint32_t head;
	double time;
	uint64_t totals[HISTORY_TOTALS];
	struct ledger figures;
};

struct past {
	uint32_t process;
	uint64_t image;                 /* whose ticks were added last */
	struct history *history;
	bool changed;                   /* it has changed since its ticks were last
					 * shown */
	bool tidy;                      /* nothing of it has to go by age until it
					 * changes */
};

/* Where a process is in a list: its index + 1 by process - 1, since a supervisor may have
 * started tens of thousands. */
struct places {
	uint32_t *of;
	size_t length, room;
};

/* What any thread may read while the histories are being worked on. */
struct shown {
	uint32_t process;
	struct tick_list ticks;
	struct history_extent extent;
};

struct chronicle {
	struct catalog *catalog;
	uint64_t limit, sample;

	pthread_mutex_t lock;           /* around the queue */
	struct entry *queue;
	size_t queue_length, queue_room;
	bool broken;                    /* something was lost for want of room: all of it
					 * ends */

	pthread_mutex_t work;           /* protects the histories; taken before the
					 * queue's lock */
	struct past *pasts;
	size_t length, room;
	struct places places;           /* of the pasts */
	struct places gone;             /* of those that the recording is to forget, as places */
	bool crowded;                   /* some were counted with another one */

	pthread_mutex_t look;           /* protects what is shown of them; taken last */
	struct shown *shown;
	size_t shown_length, shown_room;
	struct places shown_places;
};

/* SIZE_MAX: it is not in the list. */
static size_t place_of(const struct places *places, uint32_t process)
{
	return process && process <= places->length && places->of[process - 1] ?
	       places->of[process - 1] - 1u : SIZE_MAX;
}

/* False: out of memory. */
static bool place_set(struct places *places, uint32_t process, size_t at)
{
	if (!array_grow(&places->of, &places->room, process, sizeof(*places->of)))
		return false;
	while (places->length < process)
		places->of[places->length++] = 0;
	places->of[process - 1] = (uint32_t)at + 1;
	return true;
}

struct chronicle *chronicle_new(struct catalog *catalog, uint64_t limit, uint64_t sample)
{
	struct chronicle *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->catalog = catalog;
	c->limit = limit;
	c->sample = sample;
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->work, NULL);
	pthread_mutex_init(&c->look, NULL);
	return c;
}

static void forget_pasts(struct chronicle *c)
{
	for (size_t i = 0; i < c->length; i++)
		history_free(c->pasts[i].history);
	c->length = c->places.length = 0;
	pthread_mutex_lock(&c->look);
	for (size_t i = 0; i < c->shown_length; i++)
		free(c->shown[i].ticks.of);
	c->shown_length = c->shown_places.length = 0;
	pthread_mutex_unlock(&c->look);
}

void chronicle_free(struct chronicle *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->queue_length; i++)
		history_news_free(&c->queue[i].news);
	forget_pasts(c);
	free(c->queue);
	free(c->pasts);
	free(c->places.of);
	free(c->gone.of);
	free(c->shown);
	free(c->shown_places.of);
	pthread_mutex_destroy(&c->look);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->work);
	free(c);
}

/* False: all ends. */
static bool queue_entry(struct chronicle *c, const struct entry *entry)
{
	pthread_mutex_lock(&c->lock);
	if (!c->broken &&
	    array_grow(&c->queue, &c->queue_room, c->queue_length + 1, sizeof(*c->queue)))
		c->queue[c->queue_length++] = *entry;
	else
		c->broken = true;
	bool fine = !c->broken;
	pthread_mutex_unlock(&c->lock);
	return fine;
}

void chronicle_news(struct chronicle *c, uint32_t process, uint64_t image,
		    struct history_news *news)
{
	const struct entry entry = { .process = process, .image = image, .news = *news };

	if (!queue_entry(c, &entry))
		history_news_free(news);
}

void chronicle_join(struct chronicle *c, uint32_t process, uint32_t head)
{
	queue_entry(c, &(struct entry){ .process = process, .head = head });
}

static struct past *find_past(struct chronicle *c, uint32_t process)
{
	size_t at = place_of(&c->places, process);

	return at == SIZE_MAX ? NULL : &c->pasts[at];
}

static struct past *past_for(struct chronicle *c, const struct entry *entry)
{
	struct past *past = find_past(c, entry->process);

	if (past)
		return past;
	if (!array_grow(&c->pasts, &c->room, c->length + 1, sizeof(*c->pasts)))
		return NULL;
	struct history *history = history_new();

	if (!history || !place_set(&c->places, entry->process, c->length)) {
		history_free(history);
		return NULL;
	}
	past = &c->pasts[c->length++];
	*past = (struct past){ entry->process, entry->image, history, true, false };
	return past;
}

/* Takes what is queued; false: some of it was lost. */
static bool take_queue(struct chronicle *c, struct entry **entries, size_t *length)
{
	pthread_mutex_lock(&c->lock);
	bool whole = !c->broken;

	*entries = c->queue;
	*length = c->queue_length;
	c->queue = NULL;
	c->queue_length = c->queue_room = 0;
	pthread_mutex_unlock(&c->lock);
	return whole;
}

static void enter_news(struct chronicle *c, struct entry *entry)
{
	struct past *past = past_for(c, entry);

	if (past) {
		/* After an exec the process is another program, which begins with
		 * nothing. */
		entry->news.anew = entry->image != past->image;
		past->image = entry->image;
		if (c->crowded)         /* a supervisor's forks have no end */
			entry->news.why &= ~(unsigned)HISTORY_FORK;
		past->changed = true;
		past->tidy = false;
		history_add(past->history, &entry->news);
		if (entry->news.why & HISTORY_END)
			history_rest(past->history);
	}
	history_news_free(&entry->news);
}

/* --- processes that are counted with another one --- */

/* The last element takes the place of one that goes. */
static void place_free(struct places *places, uint32_t process, uint32_t last)
{
	places->of[last - 1] = places->of[process - 1];
	places->of[process - 1] = 0;
}

static void forget_shown(struct chronicle *c, uint32_t process)
{
	pthread_mutex_lock(&c->look);
	size_t at = place_of(&c->shown_places, process);

	if (at != SIZE_MAX) {
		free(c->shown[at].ticks.of);
		c->shown[at] = c->shown[--c->shown_length];
		place_free(&c->shown_places, process, c->shown[c->shown_length].process);
	}
	pthread_mutex_unlock(&c->look);
}

static void forget_past(struct chronicle *c, struct past *past)
{
	uint32_t process = past->process;

	c->crowded = true;
	history_free(past->history);
	*past = c->pasts[--c->length];
	place_free(&c->places, process, c->pasts[c->length].process);
	place_set(&c->gone, process, 0);
	forget_shown(c, process);
}

/* Those of a head; NULL: out of memory. */
static struct ends *ends_for(struct ends **all, size_t *length, uint32_t head)
{
	for (size_t i = 0; i < *length; i++)
		if ((*all)[i].head == head)
			return &(*all)[i];
	struct ends *more = realloc(*all, (*length + 1) * sizeof(*more));

	if (!more)
		return NULL;
	*all = more;
	more[*length] = (struct ends){ .head = head };
	return &more[(*length)++];
}

/* Adds what a process left: all that it ever allocated, and held at its end. */
static void ends_add(struct ends *ends, struct history *history)
{
	uint64_t totals[HISTORY_TOTALS];
	struct ledger figures = { 0 };
	size_t last = history_ticks(history);

	if (!last-- || history_at(history, last, &figures)) {
		ledger_free(&figures);
		return;
	}
	for (size_t i = 0; i < figures.length; i++)
		ledger_add(&ends->figures, &figures.rows[i], 1);
	ledger_free(&figures);
	history_totals(history, last, totals);
	ends->time = fmax(ends->time, history_tick(history, last)->time);
	if (totals[0] > ends->totals[0])
		ends->totals[0] = totals[0];    /* its nframe; all others are sums */
	for (unsigned i = 1; i < HISTORY_TOTALS; i++)
		ends->totals[i] += totals[i];
}

/* Adds it to the history of the head, as one more end. */
static void enter_ends(struct chronicle *c, struct ends *ends)
{
	struct past *past = find_past(c, ends->head);
	size_t length = past ? history_ticks(past->history) : 0;
	struct history_news news = { .time = ends->time, .why = HISTORY_END };

	if (length && ends->time > 0) {
		history_totals(past->history, length - 1, news.totals);
		news.totals[0] = ends->totals[0] > news.totals[0] ? ends->totals[0] : news.totals[0];
		for (unsigned i = 1; i < HISTORY_TOTALS; i++)
			news.totals[i] += ends->totals[i];
		news.changes = ends->figures.rows;
		news.changes_length = ends->figures.length;
		history_add(past->history, &news);
		past->changed = true;
		past->tidy = false;
	}
	ledger_free(&ends->figures);
}

/* --- what is queued; the work lock must be held --- */

static void enter_all(struct chronicle *c)
{
	struct entry *entries;
	struct ends *ends = NULL;
	size_t length, ends_length = 0;

	if (!take_queue(c, &entries, &length))
		forget_pasts(c);
	for (size_t i = 0; i < length; i++) {
		struct past *past = entries[i].head ? find_past(c, entries[i].process) : NULL;
		struct ends *with = past ? ends_for(&ends, &ends_length, entries[i].head) : NULL;

		if (with)
			ends_add(with, past->history);
		if (past)
			forget_past(c, past);
		if (!entries[i].head)
			enter_news(c, &entries[i]);
	}
	for (size_t i = 0; i < ends_length; i++)
		enter_ends(c, &ends[i]);
	free(ends);
	free(entries);
}

/* Makes one step of tidying where it is needed most.  False: nothing is left to do. */
static bool tidy_step(struct chronicle *c)
{
	uint64_t all = 0, most = 0;
	struct history *largest = NULL;
	bool some = false;

	for (size_t i = 0; i < c->length; i++) {
		uint64_t bytes = history_bytes(c->pasts[i].history);

		all += bytes;
		if (bytes > most) {
			most = bytes;
			largest = c->pasts[i].history;
		}
	}
	for (size_t i = 0; i < c->length; i++) {
		struct past *past = &c->pasts[i];
		struct history *history = past->history;

		/* Age is counted from a history's own last tick. */
		if (past->tidy && history != largest)
			continue;
		uint64_t others = all - history_bytes(history);
		uint64_t limit = history != largest ? UINT64_MAX :
				 c->limit > others ? c->limit - others : 0;

		past->tidy = !history_tidy(history, limit);
		past->changed |= !past->tidy;
		some |= !past->tidy;
	}
	return some;
}

/* --- shown --- */

/* The index of a process, or one after the last if it is not there.  The lock must be
 * held. */
static size_t find_shown(const struct chronicle *c, uint32_t process)
{
	size_t at = place_of(&c->shown_places, process);

	return at == SIZE_MAX ? c->shown_length : at;
}

/* A list of ticks is kept as long as its process's row. */
static void fit_ticks(struct tick_list *list)
{
	struct tick *less = list->length ? realloc(list->of, list->length * sizeof(*less)) : NULL;

	if (!less)
		return;
	list->of = less;
	list->room = list->length;
}

/* If there is no memory for it, what was shown last stays. */
static void show_past(struct chronicle *c, const struct past *past)
{
	struct shown shown = { .process = past->process };

	if (!past_ticks(past->history, past->process > 1, &shown.ticks))
		return;
	fit_ticks(&shown.ticks);
	past_extent(past->history, &shown.extent);
	pthread_mutex_lock(&c->look);
	size_t at = find_shown(c, past->process);

	if (at < c->shown_length) {
		free(c->shown[at].ticks.of);
		c->shown[at] = shown;
	} else if (array_grow(&c->shown, &c->shown_room, at + 1, sizeof(*c->shown)) &&
		   place_set(&c->shown_places, past->process, at)) {
		c->shown[c->shown_length++] = shown;
	} else {
		free(shown.ticks.of);
	}
	pthread_mutex_unlock(&c->look);
}

bool chronicle_ticks(struct chronicle *c, uint32_t process, struct tick_list *list)
{
	bool fine = true;

	list->length = 0;
	pthread_mutex_lock(&c->look);
	for (size_t i = 0; i < c->shown_length && fine; i++)
		if (!process || c->shown[i].process == process)
			fine = past_ticks_add(list, &c->shown[i].ticks);
	pthread_mutex_unlock(&c->look);
	return fine;
}

void chronicle_extent(struct chronicle *c, uint32_t process, struct history_extent *extent)
{
	pthread_mutex_lock(&c->look);
	size_t at = find_shown(c, process ? process : 1);

	*extent = at < c->shown_length ? c->shown[at].extent : (struct history_extent){ 0 };
	pthread_mutex_unlock(&c->look);
}

void chronicle_work(struct chronicle *c)
{
	pthread_mutex_lock(&c->work);
	enter_all(c);
	for (unsigned i = 0; i < STEPS && tidy_step(c); i++)
		;
	for (size_t i = 0; i < c->length; i++)
		if (c->pasts[i].changed) {
			show_past(c, &c->pasts[i]);
			c->pasts[i].changed = false;
		}
	pthread_mutex_unlock(&c->work);
}

/* --- asked --- */

/* 0, or -ENOENT: there is no tick that early; *over: the process has ended by then. */
static int chronicle_past_at(struct chronicle *c, struct past *past, double time, bool *over,
		   struct snapshot **out)
{
	struct ledger ledger = { 0 };
	size_t at = history_before(past->history, time);

	*out = NULL;
	if (at == SIZE_MAX)
		return -ENOENT;
	const struct history_tick *tick = history_tick(past->history, at);
	int error = history_at(past->history, at, &ledger);

	*over = (tick->why & HISTORY_END) && past->process > 1;
	if (!error)
		error = past_snapshot(out, c->catalog, past->history, at, &ledger, NULL, NULL);
	ledger_free(&ledger);
	if (*out) {
		(*out)->process = past->process;
		(*out)->sample = c->sample;
	}
	return error;
}

static int chronicle_sum_at(struct chronicle *c, double time, struct snapshot **out)
{
	struct sum *sum = sum_new(c->catalog);
	struct snapshot *part, *newest = NULL;
	int error = sum ? 0 : -ENOMEM;
	bool over;

	for (size_t i = 0; i < c->length && !error; i++) {
		error = chronicle_past_at(c, &c->pasts[i], time, &over, &part);
		if (error == -ENOENT) {
			error = 0;
			continue;
		}
		if (!error && !sum_add(sum, part, !over))
			error = -ENOMEM;
		if (part && (!newest || part->time > newest->time)) {
			snapshot_release(newest);
			newest = part;
		} else {
			snapshot_release(part);
		}
	}
	if (!error)
		error = newest ? 0 : -ENOENT;
	*out = error ? NULL : sum_snapshot(sum);
	if (*out) {
		(*out)->kind = MOMENT_TICK;
		(*out)->time = newest->time;
		memcpy((*out)->name, newest->name, sizeof(newest->name));
	}
	snapshot_release(newest);
	sum_free(sum);
	return error || *out ? error : -ENOMEM;
}

int chronicle_at(struct chronicle *c, uint32_t process, double time, struct snapshot **out)
{
	struct past *past;
	bool over;
	int error = -ENOENT;

	*out = NULL;
	pthread_mutex_lock(&c->work);
	enter_all(c);
	if (!process)
		error = chronicle_sum_at(c, time, out);
	else if ((past = find_past(c, process)))
		error = chronicle_past_at(c, past, time, &over, out);
	pthread_mutex_unlock(&c->work);
	return error;
}

int chronicle_trails(struct chronicle *c, uint32_t process, struct trails *trails)
{
	int error = 0;

	pthread_mutex_lock(&c->work);
	enter_all(c);
	for (size_t i = 0; i < c->length && !error; i++)
		if (!process || c->pasts[i].process == process)
			error = history_trails(c->pasts[i].history, c->pasts[i].process > 1, trails,
					       NULL, NULL);
	pthread_mutex_unlock(&c->work);
	return error;
}

bool chronicle_span(struct chronicle *c, uint32_t process, double *first, double *last)
{
	bool found = false;

	pthread_mutex_lock(&c->work);
	enter_all(c);
	for (size_t i = 0; i < c->length; i++) {
		const struct history *history = c->pasts[i].history;
		size_t length = history_ticks(history);

		if ((process && c->pasts[i].process != process) || !length)
			continue;
		double begins = history_tick(history, 0)->time;
		double ends = history_tick(history, length - 1)->time;

		*first = !found || begins < *first ? begins : *first;
		*last = !found || ends > *last ? ends : *last;
		found = true;
	}
	pthread_mutex_unlock(&c->work);
	return found;
}

int chronicle_save(struct chronicle *c, struct store *store, struct error *error)
{
	int result = 0;

	pthread_mutex_lock(&c->work);
	enter_all(c);
	for (uint32_t i = 1; i <= c->gone.length && !result; i++)
		if (place_of(&c->gone, i) != SIZE_MAX) {
			result = store_forget_history(store, i, error);
			c->gone.of[i - 1] = 0;
		}
	for (size_t i = 0; i < c->length && !result; i++)
		result = store_history(store, c->catalog, c->pasts[i].process,
				       c->pasts[i].history, error);
	pthread_mutex_unlock(&c->work);
	return result;
}
