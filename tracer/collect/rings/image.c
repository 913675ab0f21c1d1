/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts an image together and takes it apart.  Also the small queue in which the names
 * thread tells the reader the traces of irregular stacks. */
#include "tracer/collect/rings/image.h"
#include "tracer/collect/rings/callers.h"
#include "tracer/ground/array.h"
#include "tracer/wire/python.h"
#include "tracer/wire/quiet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NAMES_SLICE 0.1                 /* seconds between two signs that the reader is
					 * alive */

/* Called in the names thread. */
static void settled(void *user, uint32_t ticket, struct trace_id trace)
{
	struct image *image = user;

	pthread_mutex_lock(&image->settled_lock);
	/* When out of memory, the block stays under the root. */
	if (array_grow(&image->settled, &image->settled_room, image->settled_length + 1,
		       sizeof(*image->settled)))
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

static int image_answer(void *user, struct drain_call *call)
{
	struct image *image = user;

	return image->call(image->user, image, call);
}

/* The first image's ids are the catalog's own; ids of other images are looked up
 * there. */
static bool claim_ids(struct family *family, uint64_t number)
{
	if (number == 1)
		return true;
	pthread_mutex_lock(&family->lock);
	catalog_share_traces(family->catalog);
	pthread_mutex_unlock(&family->lock);
	return false;
}

/* Tracers must see meanwhile that the reader is alive. */
void image_name(struct image *image, double seconds)
{
	while (seconds > 0 && !symbolizer_flush(image->family->symbolizer, NAMES_SLICE)) {
		if (image->waiting)
			image->waiting(image->user);
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

/* Whether a row belongs to a part is decided by names, so the first event of a new stack
 * waits for them. */
static uint64_t image_keeps(void *user, const struct snapshot_row *row)
{
	struct image *image = user;
	struct catalog *catalog = image->family->catalog;

	if (!has_names(catalog, row->trace))
		wait_for_names(image);
	return image->parts.keeps(image->parts.user, catalog, image->nframe, row);
}

/* Settles an irregular stack before the next event; otherwise a part's peak could miss
 * its block. */
static void settle_now(void *user)
{
	wait_for_names(user);
	image_settle(user);
}

static int watch_parts(struct image *image)
{
	struct watch *watch;

	if (!image->parts.length)
		return 0;
	watch = watch_new(image->parts.length, image_keeps, image);
	model_watch(image->model, watch);
	return watch ? 0 : -1;
}

static int start_reading(struct image *image, const struct image_options *options)
{
	const struct mirror_options mirror = {
		.segment = image->segment,
		.catalog = image->family->catalog,
		.lock = &image->family->lock,
		.symbolizer = image->family->symbolizer,
		.space = image->space,
		.max_traces = options->segment.max_traces,
		.nframe = image->nframe > image->python_nframe ? image->nframe :
								 image->python_nframe,
		.own_ids = claim_ids(image->family, image->number),
	};
	image->mirror = mirror_new(&mirror);
	image->model = model_new(image->family->catalog,
				 pages_memory(&image->pages, &image->family->budget,
					      image->family->prefault));
	if (image->model)
		model_sample(image->model, options->segment.sample);
	const struct drain_options drain = {
		.segment = image->segment,
		.model = image->model,
		.catalog = image->family->catalog,
		.lock = &image->family->lock,
		.mirror = image->mirror,
		.space = image->space,
		.namesakes = options->namesakes,
		.settle = image->parts.length ? settle_now : NULL,
		.image = image,
		.call = image_answer,
		.user = image,
		.waiting = image->waiting,
		.waiting_user = image->user,
	};
	image->drain = drain_new(&drain);
	if (!image->mirror || !image->model || !image->drain)
		return -1;
	model_waiting(image->model, image->waiting, image->user);
	return watch_parts(image);
}

int image_new(struct image **out, const struct image_options *options,
	      struct error *error)
{
	struct image *image = calloc(1, sizeof(*image));
	*error = (struct error){ 125, "cannot trace: out of memory" };
	if (!image)
		return -1;
	*image = (struct image){
		.number = ++options->family->images,
		.process = options->process,
		.pid = options->pid,
		.inside = options->inside,
		.referee = options->segment.referee,
		.nframe = options->segment.nframe,
		.python_nframe = options->segment.python_nframe,
		.family = options->family,
		.parts = options->parts,
		.call = options->call,
		.waiting = options->waiting,
		.user = options->user,
	};
	pthread_mutex_init(&image->settled_lock, NULL);
	struct segment_options segment = options->segment;
	segment.image = image->number;
	segment.pid = image->pid;
	segment.prefault = image->family->prefault;
	regions_read(&image->born, image->pid);
	if (segment_create(&image->segment, &segment, error) == 0)
		image->space = symbolizer_join(image->family->symbolizer, image->pid, settled,
					       image);
	if (!image->space || start_reading(image, options) != 0) {
		image_free(image);
		return -1;
	}
	*out = image;
	return 0;
}

void image_close(struct image *image)
{
	if (!image->segment)
		return;
	image_counts(image, &image->last);
	drain_free(image->drain);
	mirror_free(image->mirror);
	segment_free(image->segment);
	image->drain = NULL;
	image->mirror = NULL;
	image->segment = NULL;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	/* This comes first, because it settles stacks of this image. */
	if (image->space)
		symbolizer_leave(image->space);
	drain_free(image->drain);
	mirror_free(image->mirror);
	model_free(image->model);
	segment_free(image->segment);
	free(image->settled);
	regions_drop(&image->born);
	pthread_mutex_destroy(&image->settled_lock);
	free(image);
}

void image_counts(const struct image *image, struct image_counts *counts)
{
	*counts = image->last;
	if (!image->segment)
		return;
	const struct wire_control *control = segment_control(image->segment);
	*counts = (struct image_counts){
		.lost = drain_lost(image->drain),
		.truncated = control->truncated,
		.irregular = control->irregular,
		.python = control->python_version,
		.python_state = control->python_state,
		.tracer_bytes = control->private_bytes,
		.referee_stacks = image->referee ? control->referee_stacks : 0,
		.referee_wrong = image->referee ? control->referee_wrong : 0,
		.filtered = control->quiet == WIRE_QUIET,
		.unborn = !segment_born(image->segment),
		.leaving = control->leaving && control->leaving == (uint32_t)image->inside,
	};
	snprintf(counts->unseen, sizeof(counts->unseen), "%.*s",
		 (int)sizeof(control->unseen) - 1, control->unseen);
}

unsigned image_python(const struct image *image)
{
	return image->segment ? segment_control(image->segment)->python_version :
				image->last.python;
}

/* It ran before its tracer woke, or was forked by such a program; or tracing paused, or
 * events were lost; or blocks of C are left out. */
bool image_misses(const struct image *image)
{
	const struct wire_control *control = image->segment ? segment_control(image->segment) : NULL;
	struct image_counts counts;

	image_counts(image, &counts);
	return image->misses || counts.lost.all ||
	       (control && (atomic_load(&control->older) ||
			    (control->python == WIRE_PYTHON_ONLY && control->python_version)));
}

void image_name_callers(struct image *image)
{
	if (image->mirror)
		callers_name(model_unknown(image->model), image->mirror, image->pid,
			     &image->born);
}

bool image_pause(struct image *image, bool pause)
{
	uint32_t from = pause ? WIRE_ON : WIRE_PAUSED;

	image->misses |= pause;
	return atomic_compare_exchange_strong(&segment_control(image->segment)->state, &from,
					      pause ? WIRE_PAUSED : WIRE_ON);
}

bool image_paused(const struct image *image)
{
	return atomic_load(&segment_control(image->segment)->state) == WIRE_PAUSED;
}

uint32_t image_shown(const struct image *image)
{
	return image_python(image) ? image->python_nframe : image->nframe;
}

static void take_cuts(const struct image *image, uint64_t full, struct totals *totals)
{
	uint64_t cut[CUTS];

	model_cuts(image->model, image_shown(image), cut);
	cut[CUT_FULL] = full;
	totals_cut(totals, cut);
}

/* Adds losses that the model does not know of. */
static void add_losses(const struct image *image, struct totals *totals)
{
	struct image_counts counts;

	image_counts(image, &counts);
	totals->lost = counts.lost.all;
	totals->lost_allocations = counts.lost.allocations;
	totals->lost_frees = counts.lost.frees;
	totals->unended = counts.lost.unended;
	take_cuts(image, counts.truncated, totals);
}

void image_totals(const struct image *image, struct totals *totals)
{
	model_totals(image->model, totals);
	totals->peak_at = image->peak_at;
	add_losses(image, totals);
}

struct snapshot *image_freeze(struct image *image, enum moment_kind kind)
{
	struct snapshot_room room = { 0 };
	struct snapshot *snapshot = image_freeze_in(image, kind, &room, NULL);

	snapshot_room_free(&room);
	return snapshot;
}

/* What the model does not know of a moment. */
static void image_complete(const struct image *image, struct snapshot *snapshot)
{
	snapshot->process = image->process;
	snapshot->pid = image->pid;
	snapshot->nframe = image_shown(image);
	snapshot->totals.peak_at = image->peak_at;
	add_losses(image, &snapshot->totals);
}

struct snapshot *image_freeze_in(struct image *image, enum moment_kind kind,
				 struct snapshot_room *room, struct snapshot **peak)
{
	struct snapshot *snapshot = model_freeze_in(image->model, kind, room, peak);

	if (snapshot)
		image_complete(image, snapshot);
	if (peak && *peak)
		image_complete(image, *peak);
	return snapshot;
}

struct snapshot *image_part(struct image *image, unsigned part)
{
	struct watch_sums sums;

	if (part >= image->parts.length || !model_part(image->model, part, &sums))
		return NULL;
	struct snapshot *snapshot = model_freeze_part(image->model, part);
	if (snapshot) {
		snapshot->process = image->process;
		snapshot->nframe = image->nframe;
	}
	return snapshot;
}
