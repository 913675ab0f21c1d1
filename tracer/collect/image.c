/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting an image together and taking it apart; the small queue by which the
 * names thread tells the reader where irregular stacks belong. */
#include "tracer/collect/image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NAMES_SLICE 0.1                 /* seconds between two beats */

/* In the names thread. */
static void settled(void *user, uint32_t ticket, struct trace_id trace)
{
	struct image *image = user;

	pthread_mutex_lock(&image->settled_lock);
	if (image->settled_length == image->settled_room) {
		size_t room = image->settled_room ? 2 * image->settled_room : 256;
		struct settled *more = realloc(image->settled, room * sizeof(*more));
		if (more) {
			image->settled = more;
			image->settled_room = room;
		}
	}
	/* Out of memory: the block stays under the root. */
	if (image->settled_length < image->settled_room)
		image->settled[image->settled_length++] = (struct settled){ ticket, trace };
	pthread_mutex_unlock(&image->settled_lock);
}

void image_settle(struct image *image)
{
	pthread_mutex_lock(&image->settled_lock);
	struct settled *list = image->settled;
	size_t n = image->settled_length;
	image->settled = NULL;
	image->settled_length = image->settled_room = 0;
	pthread_mutex_unlock(&image->settled_lock);
	for (size_t i = 0; i < n; i++)
		model_settle(image->model, list[i].ticket, list[i].trace);
	free(list);
}

static int start_names(struct image *image, const struct image_options *options)
{
	const struct symbolizer_options names = {
		.catalog = image->catalog,
		.lock = &image->lock,
		.settled = settled,
		.user = image,
		.pid = options->pid,
		.source_maps = options->source_maps,
		.wrappers = options->wrappers,
	};
	image->symbolizer = symbolizer_new(&names);
	return image->symbolizer ? 0 : -1;
}

/* The tracer sees that the reader lives meanwhile. */
void image_name(struct image *image, double seconds)
{
	while (seconds > 0 && !symbolizer_flush(image->symbolizer, NAMES_SLICE)) {
		atomic_fetch_add(&segment_control(image->segment)->reader_beat, 1);
		seconds -= NAMES_SLICE;
	}
}

static void wait_for_names(struct image *image)
{
	image_name(image, INFINITY);
}

static bool has_names(const struct catalog *catalog, struct trace_id trace)
{
	struct site_id site;
	unsigned frames;

	while (catalog_trace(catalog, trace, &trace, &site))
		if (site.v >= WIRE_SITE_FIRST && !catalog_site_frames(catalog, site, &frames))
			return false;
	return true;
}

/* A part is told by names: the first event of a new stack waits for them. */
static uint64_t keeps(void *user, const struct snapshot_row *row)
{
	struct image *image = user;

	if (!has_names(image->catalog, row->trace))
		wait_for_names(image);
	return image->parts.keeps(image->parts.user, image->catalog, image->nframe, row);
}

/* An irregular stack is known before the next event, or a part's peak would
 * miss its block. */
static void settle_now(void *user)
{
	wait_for_names(user);
	image_settle(user);
}

static int watch_parts(struct image *image, const struct parts *parts)
{
	struct watch *watch;

	if (!parts->length)
		return 0;
	image->parts = *parts;
	watch = watch_new(parts->length, keeps, image);
	model_watch(image->model, watch);
	return watch ? 0 : -1;
}

static int start_reading(struct image *image, const struct image_options *options)
{
	const struct mirror_options mirror = {
		.segment = image->segment,
		.catalog = image->catalog,
		.lock = &image->lock,
		.symbolizer = image->symbolizer,
		.max_traces = options->segment.max_traces,
	};
	image->mirror = mirror_new(&mirror);
	image->model = model_new_in(image->catalog, pages_memory(&image->pages));
	if (image->model)
		model_sample(image->model, options->segment.sample);
	const struct drain_options drain = {
		.segment = image->segment,
		.model = image->model,
		.catalog = image->catalog,
		.lock = &image->lock,
		.mirror = image->mirror,
		.symbolizer = image->symbolizer,
		.settle = options->parts.length ? settle_now : NULL,
		.image = image,
		.call = options->call,
		.user = options->user,
	};
	image->drain = drain_new(&drain);
	if (!image->mirror || !image->model || !image->drain)
		return -1;
	return watch_parts(image, &options->parts);
}

int image_new(struct image **out, const struct image_options *options, struct error *error)
{
	struct image *image = calloc(1, sizeof(*image));
	*error = (struct error){ 125, "cannot trace: out of memory" };
	if (!image)
		return -1;
	image->pid = options->pid;
	image->nframe = options->segment.nframe;
	image->python_nframe = options->segment.python_nframe;
	pthread_mutex_init(&image->lock, NULL);
	pthread_mutex_init(&image->settled_lock, NULL);
	image->catalog = catalog_new();
	if (!image->catalog || segment_create(&image->segment, &options->segment, error) != 0 ||
	    start_names(image, options) != 0 || start_reading(image, options) != 0) {
		image_free(image);
		return -1;
	}
	*out = image;
	return 0;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	if (image->symbolizer)
		symbolizer_free(image->symbolizer);
	drain_free(image->drain);
	mirror_free(image->mirror);
	if (image->model)
		model_free(image->model);
	segment_free(image->segment);
	if (image->catalog)
		catalog_release(image->catalog);
	free(image->settled);
	pthread_mutex_destroy(&image->lock);
	pthread_mutex_destroy(&image->settled_lock);
	free(image);
}

unsigned image_python(const struct image *image)
{
	return segment_control(image->segment)->python_version;
}

void image_totals(const struct image *image, struct totals *totals)
{
	model_totals(image->model, totals);
	totals->lost = drain_lost(image->drain);
	totals->truncated = segment_control(image->segment)->truncated;
}

struct snapshot *image_freeze(struct image *image, enum moment_kind kind)
{
	struct snapshot_row *none = NULL;

	return image_freeze_in(image, kind, &none, 0);
}

struct snapshot *image_freeze_in(struct image *image, enum moment_kind kind,
				 struct snapshot_row **rows, size_t room)
{
	struct snapshot *snapshot = model_freeze_in(image->model, kind, rows, room);
	if (!snapshot)
		return NULL;
	snapshot->kind = kind;
	snapshot->nframe = image_python(image) ? image->python_nframe : image->nframe;
	snapshot->totals.lost = drain_lost(image->drain);
	snapshot->totals.truncated = segment_control(image->segment)->truncated;
	return snapshot;
}

struct snapshot *image_part(struct image *image, unsigned part)
{
	struct watch_sums sums;

	if (part >= image->parts.length || !model_part(image->model, part, &sums))
		return NULL;
	struct snapshot *snapshot = model_freeze_part(image->model, part);
	if (snapshot)
		snapshot->nframe = image->nframe;
	return snapshot;
}

bool image_pause(struct image *image, bool pause)
{
	uint32_t from = pause ? WIRE_ON : WIRE_PAUSED;

	return atomic_compare_exchange_strong(&segment_control(image->segment)->state, &from,
					      pause ? WIRE_PAUSED : WIRE_ON);
}

bool image_paused(const struct image *image)
{
	return atomic_load(&segment_control(image->segment)->state) == WIRE_PAUSED;
}
