/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How images come and go:
 *
 *	taken -> LIVE --ended--> READ --names known, reported--> LEFT or freed
 *
 * LEFT is a model alone, kept while a forked child may still come for its blocks.  A
 * round reads all rings of one image after the other.
 *
 * The current bytes of all processes are the sum over the living.  A process that has
 * ended holds nothing, until the run has ended: then the sum is what each process never
 * freed.  The peak of that sum is computed once a round, from the sum at the round's end,
 * and for each image that had a peak of its own in the round, from that peak plus what
 * the others hold.  That is exact while one process at a time allocates, and otherwise as
 * exact as a round is short (16 ms, less under load).
 */
#include "tracer/collect/rings/reader_parts.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/heap/inherit.h"
#include "tracer/heap/sum.h"
#include "tracer/wire/quiet.h"

#define FORKS_EVERY 200000000L          /* ns between two checks for children that will
					 * not come */
#define EASE_EVERY 1000000000L          /* ns for which memory is unused before it is
					 * given back */
#define ROUNDS_MAX 4096                 /* rounds to read an ended image; a thread that
					 * still writes then is ignored */
#define CENSUS_SHARE 50                 /* censuses take this part of the time, */
#define CENSUS_AT_LEAST 1000000L        /* ns in one go, since what one step has brought
					 * into the caches helps the next, */
#define CENSUS_AT_MOST 4000000L         /* and at most so many */
#define CHANGED_EVERY 50000000L         /* ns between two calls of changed() */

/* Seconds since the run began; 0 if births are not recorded. */
static double seconds_now(const struct reader *r)
{
	return r->ops.now ? r->ops.now(r->user) : 0;
}

/* Updates an image's status; `now` is the time of the round's end. */
static void reader_images_note(struct image *image, double now,
			       struct reader_status *status)
{
	uint64_t peak_before = status->totals.peak_ever;

	image_totals(image, &status->totals);
	if (status->totals.peak_ever > peak_before)
		image->peak_at = status->totals.peak_at = now;
	image_counts(image, &status->counts);
	unknown_sum(model_unknown(image->model), &status->unknown);
	status->live = image->state == IMAGE_LIVE;
	status->rows = model_rows(image->model);
}

static void add_counts(struct image_counts *to, const struct image_counts *from)
{
	to->irregular += from->irregular;
	to->tracer_bytes += from->tracer_bytes;
	to->referee_stacks += from->referee_stacks;
	to->referee_wrong += from->referee_wrong;
	to->filtered += from->filtered;
	if (!*to->unseen)
		memcpy(to->unseen, from->unseen, sizeof(to->unseen));
}

static bool holds(const struct reader *r, const struct image *image)
{
	return image->state == IMAGE_LIVE || (r->finished && image->state == IMAGE_READ);
}

/* The highest value that the sum can have reached in this round. */
static uint64_t highest(const struct reader *r, uint64_t current)
{
	uint64_t most = current;

	for (size_t i = 0; i < r->length; i++) {
		struct image *image = r->images[i];
		const struct totals *t = &r->shown[i].status.totals;
		uint64_t with = current - t->current + t->peak;

		if (holds(r, image) && t->peak > image->peak && with > most)
			most = with;
		image->peak = t->peak;
	}
	return most;
}

/* The lock must be held. */
static void reader_images_sum_up(struct reader *r, double now)
{
	struct reader_status all = { .live = false };
	struct totals *totals = &all.totals;

	sum_history(totals, &r->gone);
	all.counts.filtered = r->gone_filtered;
	all.unknown = r->gone_unknown;
	if (r->finished) {
		totals->current = r->gone.current;
		totals->blocks = r->gone.blocks;
	}
	for (size_t i = 0; i < r->length; i++) {
		const struct image *image = r->images[i];
		const struct reader_status *one = &r->shown[i].status;

		if (image->state == IMAGE_LEFT)
			continue;
		sum_history(totals, &one->totals);
		unknown_add_all(&all.unknown, &one->unknown);
		add_counts(&all.counts, &one->counts);
		all.live |= one->live;
		all.rows += one->rows;
		if (holds(r, image)) {
			totals->current += one->totals.current;
			totals->blocks += one->totals.blocks;
		}
	}
	uint64_t most = r->finished ? 0 : highest(r, totals->current);
	totals->peak = r->all.totals.peak > most ? r->all.totals.peak : most;
	totals->peak_ever = r->all.totals.peak_ever > most ? r->all.totals.peak_ever : most;
	totals->peak_at = r->all.totals.peak_ever < most ? now : r->all.totals.peak_at;
	r->all = all;
}

void reader_publish(struct reader *r)
{
	double seconds = seconds_now(r);
	struct timespec now;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->length; i++)
		reader_images_note(r->images[i], seconds, &r->shown[i].status);
	reader_images_sum_up(r, seconds);
	uint64_t events = r->all.totals.events;
	pthread_mutex_unlock(&r->lock);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (events != r->events_told && reader_since(&r->told, &now) >= CHANGED_EVERY) {
		r->events_told = events;
		r->told = now;
		r->ops.changed(r->user);
	}
}

size_t reader_live(const struct reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->length; i++)
		n += r->images[i]->state == IMAGE_LIVE;
	return n;
}

bool reader_waits(const struct reader *r)
{
	for (size_t i = 0; i < r->length && !r->finished; i++)
		if (r->images[i]->state == IMAGE_READ)
			return true;
	return false;
}

bool reader_quiet(const struct reader *r)
{
	for (size_t i = 0; i < r->length; i++)
		if (r->images[i]->state == IMAGE_LIVE &&
		    segment_control(r->images[i]->segment)->quiet != WIRE_LOUD)
			return true;
	return false;
}

uint64_t reader_fill(const struct reader *r)
{
	uint64_t fill = 0;

	for (size_t i = 0; i < r->length; i++) {
		const struct image *image = r->images[i];
		uint64_t its = image->state == IMAGE_LIVE ? drain_fill(image->drain) : 0;

		fill = its > fill ? its : fill;
	}
	return fill;
}

void reader_beat(struct reader *r)
{
	for (size_t i = 0; i < r->length; i++)
		if (r->images[i]->segment)
			atomic_fetch_add(&segment_control(r->images[i]->segment)->reader_beat, 1);
}

static uint64_t read_image(struct image *image, bool final)
{
	uint64_t slots = drain_round(image->drain, final);

	image_settle(image);
	image_name_callers(image);
	segment_grow(image->segment);
	atomic_fetch_add(&segment_control(image->segment)->reader_beat, 1);
	return slots;
}

/* Once a second advances the clock of births; an image that has loaded a module since
 * then counts as warming up again. */
static void next_tick(struct reader *r)
{
	double seconds = seconds_now(r);

	if ((uint32_t)seconds == r->tick)
		return;
	r->tick = (uint32_t)seconds;
	for (size_t i = 0; i < r->length; i++) {
		struct image *image = r->images[i];

		model_birth_tick(image->model, r->tick);
		if (image->state != IMAGE_LIVE)
			continue;
		uint32_t modules = segment_control(image->segment)->modules;

		if (modules != image->modules)
			model_warm(image->model);
		image->modules = modules;
	}
}

uint64_t reader_round(struct reader *r)
{
	uint64_t slots = 0;

	next_tick(r);
	for (size_t i = 0; i < r->length; i++)
		if (r->images[i]->state == IMAGE_LIVE)
			slots += read_image(r->images[i], false);
	reader_publish(r);
	reader_ticks(r);
	if (reader_waits(r) || reader_since(&r->asked_forks, &r->looked) > FORKS_EVERY)
		reader_let_go(r);
	return slots;
}

void reader_ease(struct reader *r)
{
	if (reader_since(&r->eased, &r->looked) <= EASE_EVERY)
		return;
	r->eased = r->looked;
	for (size_t i = 0; i < r->length; i++)
		model_ease(r->images[i]->model);
}

/* A step of a census.  The images take turns, each until its census is over: steps of
 * several in turn would find nothing of their own in the caches.  False: none is due. */
static bool census_step(struct reader *r)
{
	for (size_t k = 0; k < r->length; k++, r->census_at++) {
		r->census_at %= r->length;
		const struct image *image = r->images[r->census_at];

		if (image->state == IMAGE_LIVE && model_census(image->model))
			return true;
	}
	return false;
}

/* Time for censuses is saved up until it is enough for a good many steps, and they have
 * at most a quarter of the pause.  Even without a pause there is one step a round, since
 * otherwise a reader that never rests would never finish one. */
void reader_census(struct reader *r, long pause)
{
	struct timespec begun, now;
	long most = pause / 4;

	for (size_t k = 0; k < r->length; k++)
		if (r->images[k]->state == IMAGE_LIVE)
			model_pass(r->images[k]->model);
	if (pause && r->census_time < CENSUS_AT_LEAST)
		return;
	if (most > r->census_time)
		most = r->census_time;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	now = begun;
	while (census_step(r)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (reader_since(&begun, &now) >= most)
			break;
	}
	r->census_time -= reader_since(&begun, &now);
	if (r->census_time < 0)
		r->census_time = 0;
}

void reader_census_save(struct reader *r, long ns)
{
	r->census_time += ns / CENSUS_SHARE;
	if (r->census_time > CENSUS_AT_MOST)
		r->census_time = CENSUS_AT_MOST;
}

/* --- images that come --- */

static struct image *by_number(const struct reader *r, uint64_t number)
{
	for (size_t i = 0; i < r->length; i++)
		if (r->images[i]->number == number)
			return r->images[i];
	return NULL;
}

/* The parent published its fork before the child could say hello, so it is known after
 * one round of the parent. */
static void inherit(struct reader *r, struct image *child, uint64_t number, uint64_t fork)
{
	struct image *parent = by_number(r, number);

	if (parent && parent->state == IMAGE_LIVE)
		read_image(parent, false);
	bool known = parent && model_inherit(child->model, parent->model, fork) == 0;

	if (!parent)
		model_orphan(child->model);
	if (!known)
		model_forget(child->model);
	child->misses = !known || image_misses(parent);
}

bool reader_add(struct reader *r, struct image *image, uint64_t parent, uint64_t fork)
{
	if (r->finished)
		return false;
	if (r->length == r->room) {
		size_t room = r->room ? 2 * r->room : 16;
		pthread_mutex_lock(&r->lock);
		struct image **images = realloc(r->images, room * sizeof(*images));
		struct shown *shown = realloc(r->shown, room * sizeof(*shown));
		r->images = images ? images : r->images;
		r->shown = shown ? shown : r->shown;
		r->room = images && shown ? room : r->room;
		pthread_mutex_unlock(&r->lock);
		if (!images || !shown)
			return false;
	}
	if (parent) {
		inherit(r, image, parent, fork);
		reader_tick_all(r, HISTORY_FORK);
	}
	reader_tick_begin(r, image, parent ? HISTORY_FORK : HISTORY_EXEC);
	segment_own(image->segment);
	model_birth_tick(image->model, r->tick);
	pthread_mutex_lock(&r->lock);
	r->shown[r->length] = (struct shown){ .process = image->process };
	reader_images_note(image, seconds_now(r), &r->shown[r->length].status);
	r->images[r->length++] = image;
	pthread_mutex_unlock(&r->lock);
	return true;
}

/* --- images that go --- */

static void remove_image(struct reader *r, size_t at)
{
	struct image *image = r->images[at];

	if (image->segment)
		segment_disown(image->segment);
	pthread_mutex_lock(&r->lock);
	r->length--;
	memmove(&r->images[at], &r->images[at + 1],
		(r->length - at) * sizeof(*r->images));
	memmove(&r->shown[at], &r->shown[at + 1], (r->length - at) * sizeof(*r->shown));
	pthread_mutex_unlock(&r->lock);
	image_free(image);
}

static void set_state(struct reader *r, struct image *image, enum image_state state)
{
	pthread_mutex_lock(&r->lock);
	image->state = state;
	pthread_mutex_unlock(&r->lock);
}

static void read_to_end(struct reader *r, struct image *image)
{
	if (image->state != IMAGE_LIVE)
		return;
	for (int i = 0; i < ROUNDS_MAX; i++)
		if (read_image(image, true) == 0 && !drain_pending(image->drain))
			break;
	reader_publish(r);              /* its last peak counts in the sum */
	reader_tick_end(r, image, HISTORY_END);
	segment_disown(image->segment);
	set_state(r, image, IMAGE_READ);
	pthread_mutex_lock(&r->lock);   /* reader_each may be looking at the segment */
	image_close(image);
	pthread_mutex_unlock(&r->lock);
}

struct asking {
	struct reader *reader;
	const struct image *parent;
};

static bool ask_gone(void *user, int32_t pid)
{
	const struct asking *asking = user;
	return asking->reader->ops.gone(asking->reader->user, asking->parent, pid);
}

/* Whether a child may still come for this image's blocks. */
static bool reader_images_wanted(struct reader *r, struct image *image)
{
	struct asking asking = { r, image };
	return model_forks(image->model, ask_gone, &asking) > 0;
}

void reader_ask_forks(struct reader *r)
{
	for (size_t i = 0; i < r->length; i++)
		reader_images_wanted(r, r->images[i]);
}

static void reader_images_leave(struct reader *r, struct image *image)
{
	struct unknown_frees unknown;
	struct totals totals;

	image_totals(image, &totals);
	unknown_sum(model_unknown(image->model), &unknown);
	pthread_mutex_lock(&r->lock);
	sum_history(&r->gone, &totals);
	unknown_add_all(&r->gone_unknown, &unknown);
	r->gone.current += totals.current;
	r->gone.blocks += totals.blocks;
	r->gone_filtered += image->last.filtered;
	image->state = IMAGE_LEFT;
	pthread_mutex_unlock(&r->lock);
}

void reader_let_go(struct reader *r)
{
	bool ask = reader_since(&r->asked_forks, &r->looked) > FORKS_EVERY;

	if (ask)
		r->asked_forks = r->looked;
	for (size_t i = r->length; i-- > 0;) {
		struct image *image = r->images[i];

		if (image->state == IMAGE_READ && symbolizer_idle(image->space) && !r->finished &&
		    !atomic_load(&r->keeping)) {
			image_settle(image);
			reader_tick_end(r, image, HISTORY_END);
			r->ops.ended(r->user, image);
			reader_images_leave(r, image);
		}
		if ((ask || image->state == IMAGE_LEFT) &&
		    !reader_images_wanted(r, image) && image->state == IMAGE_LEFT)
			remove_image(r, i);
	}
}

void reader_ended(struct reader *r, uint32_t process, bool discard)
{
	for (size_t i = r->length; i-- > 0;) {
		struct image *image = r->images[i];

		if (image->process != process || image->state == IMAGE_LEFT)
			continue;
		read_to_end(r, image);
		if (discard)
			set_state(r, image, IMAGE_LEFT);
	}
	reader_let_go(r);
}

void reader_read_all(struct reader *r)
{
	for (size_t i = 0; i < r->length; i++)
		read_to_end(r, r->images[i]);
}

void reader_drop_all(struct reader *r)
{
	while (r->length > 0) {
		read_to_end(r, r->images[r->length - 1]);
		remove_image(r, r->length - 1);
	}
	free(r->images);
	free(r->shown);
}
