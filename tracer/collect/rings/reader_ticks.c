/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ticks of the history: one a second, and one at each moment that is to be kept.  The
 * changes up to a tick are reported a few in each of the following rounds; whoever needs
 * another tick before they have all been reported waits for the rest.
 */
#include "tracer/collect/rings/reader_parts.h"

#include <string.h>
#include "tracer/heap/model_tick.h"
#include "tracer/heap/past.h"

#define TOLD 8192u                      /* changes that are reported in a round */

/* Passes on what has been reported.  True: nothing is left to report. */
static bool tell_news(struct reader *r, struct image *image, size_t most)
{
	struct history_news news;

	if (!image->telling)
		return true;
	if (!model_tell(image->model, most, &news)) {
		image->telling = !model_ticks_failed(image->model);
		return !image->telling;
	}
	news.time = image->tick.time;
	news.why = image->tick.why;
	memcpy(news.totals, image->ticked, sizeof(news.totals));
	image->telling = false;
	r->ops.news(r->user, image, &news);
	return true;
}

/* The reasons to keep a tick that follow from its totals. */
static unsigned why_kept(struct image *image, const struct totals *totals)
{
	uint32_t modules = catalog_modules(image->family->catalog);
	unsigned why = (totals->peak_ever > image->ticked_peak ? HISTORY_PEAK : 0) |
		       (modules > image->ticked_modules ? HISTORY_MODULE : 0);

	image->ticked_peak = totals->peak_ever;
	image->ticked_modules = modules;
	return why;
}

void reader_tick_image(struct reader *r, struct image *image, unsigned why, double time)
{
	struct totals totals;

	if (!r->ops.news)
		return;
	tell_news(r, image, SIZE_MAX);
	if (!model_tick(image->model))
		return;
	image_totals(image, &totals);
	image->tick = (struct history_tick){
		.time = time,
		.why = why | why_kept(image, &totals),
	};
	past_totals(&totals, image_shown(image), image->ticked);
	image->telling = true;
}

/* A time in whole microseconds, so that it can be written and read again; never the same
 * twice. */
double reader_tick_time(struct reader *r)
{
	if (!r->ops.news)
		return 0;
	uint64_t now = (uint64_t)(r->ops.now(r->user) * 1e6);

	r->tick_time = now > r->tick_time ? now : r->tick_time + 1;
	return (double)r->tick_time / 1e6;
}

double reader_tick_all(struct reader *r, unsigned why)
{
	double time = reader_tick_time(r);

	for (size_t i = 0; i < r->length; i++)
		if (r->images[i]->state == IMAGE_LIVE)
			reader_tick_image(r, r->images[i], why, time);
	return time;
}

void reader_tick_begin(struct reader *r, struct image *image, unsigned why)
{
	if (!r->ops.news)
		return;
	model_ticks(image->model);
	reader_tick_image(r, image, why, reader_tick_time(r));
}

void reader_tick_end(struct reader *r, struct image *image, unsigned why)
{
	if (!r->ops.news)
		return;
	if (!(image->tick.why & why) || model_noted(image->model))
		reader_tick_image(r, image, why, reader_tick_time(r));
	if (!r->untold)
		tell_news(r, image, SIZE_MAX);
}

bool reader_tell_rest(struct reader *r)
{
	if (!r->untold || !atomic_load(&r->awaited))
		return false;
	for (size_t i = 0; i < r->length; i++)
		if (!tell_news(r, r->images[i], TOLD))
			return true;
	pthread_mutex_lock(&r->lock);
	r->untold = false;
	pthread_cond_broadcast(&r->answered);
	pthread_mutex_unlock(&r->lock);
	return false;
}

double reader_tick_here(struct reader *r, struct image *image, enum history_why why)
{
	double time = reader_tick_time(r);

	reader_tick_image(r, image, why, time);
	return time;
}

void reader_ticks(struct reader *r)
{
	bool told = true;

	if (!r->ops.news)
		return;
	for (size_t i = 0; i < r->length; i++)
		told &= tell_news(r, r->images[i], TOLD);
	if (!told)
		return;
	uint64_t second = (uint64_t)(r->ops.now(r->user) + HISTORY_EARLY);

	if (second == r->tick_second)
		return;
	r->tick_second = second;
	reader_tick_all(r, 0);
}
