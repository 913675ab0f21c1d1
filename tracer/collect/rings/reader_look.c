/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows the blocks of a stopped process, for a look at its heap (reader.h).  The blocks
 * and the snapshot in whose rows they count are of the same instant, as the reader does
 * nothing in between.
 */
#include "tracer/collect/rings/reader_look.h"
#include "tracer/collect/rings/reader_parts.h"

#include <errno.h>
#include <stdlib.h>

#define BLOCKS_A_BEAT (1u << 20)
#define ROUNDS_TO_END 64                /* for rings into which nobody writes any more */

static struct image *look_at_whom(struct reader *r, uint32_t process)
{
	for (size_t i = 0; i < r->length; i++)
		if (r->images[i]->process == process && r->images[i]->state == IMAGE_LIVE)
			return r->images[i];
	return NULL;
}

/* Reads rings as usual until the process has stopped.  0 or -errno. */
static int read_until_it_stands(struct reader *r, const struct reader_sight *sight)
{
	int stands;

	while (sight->standing && (stands = sight->standing(sight->user)) <= 0) {
		if (stands < 0)
			return stands;
		reader_round(r);
		reader_beat(r);
	}
	return 0;
}

/* Other processes go on running, so their rings are read meanwhile too. */
static struct image *read_what_stands(struct reader *r, struct request *q)
{
	struct image *image = look_at_whom(r, q->process);

	q->error = image ? read_until_it_stands(r, q->sight) : -ESRCH;
	image = q->error ? NULL : look_at_whom(r, q->process);
	q->error = image ? 0 : q->error ? q->error : -ESRCH;
	if (q->sight->stirred && image) {
		reader_round(r);        /* a round reads all that was there when it
					 * began */
		return image;
	}
	for (int i = 0; image && i < ROUNDS_TO_END && drain_pending(image->drain); i++)
		reader_round(r);
	if (image && drain_pending(image->drain))
		q->error = -EAGAIN;
	return image;
}

static void freeze_as_shown(struct reader *r, struct request *q, struct image *image)
{
	double time = reader_tick_time(r);
	struct snapshot *snapshot = image_freeze_in(image, MOMENT_NAMED, &q->room, NULL);

	if (!snapshot) {
		q->error = -ENOMEM;
		return;
	}
	reader_tick_image(r, image, HISTORY_SNAPSHOT, time);
	snapshot->time = time;
	q->snapshots[q->snapshots_length++] = snapshot;
	if (q->sight->shown)
		q->sight->shown(q->sight->user, image->model, snapshot);
}

struct showing {
	struct reader *reader;
	const struct reader_sight *sight;
	uint64_t shown;
};

/* Programs whose rings are full wait for the reader only while they see that it is
 * alive. */
static int show_and_beat(void *user, const struct model_block *block)
{
	struct showing *showing = user;

	if (++showing->shown % BLOCKS_A_BEAT == 0)
		reader_beat(showing->reader);
	return showing->sight->show(showing->sight->user, block);
}

static int note_moved(void *user, uint64_t address, uint64_t size)
{
	model_note_stirred(user, address, size);
	return 0;
}

static int show_stirred(struct image *image, const struct reader_sight *sight)
{
	/* This realloc began before stirred memory was watched. */
	drain_moving(image->drain, note_moved, image->model);
	return model_stirred(image->model, sight->stirred, sight->user);
}

/* Blocks are shown with their row in the snapshot, so stacks must be settled first. */
static void show_blocks(struct reader *r, struct request *q)
{
	const struct reader_sight *sight = q->sight;
	struct image *image = read_what_stands(r, q);

	if (q->error)
		return;
	image_settle(image);
	if (sight->stirred)
		q->error = show_stirred(image, sight);
	else if (sight->moving)
		q->error = drain_moving(image->drain, sight->moving, sight->user);
	if (!q->error && sight->settled)
		sight->settled(sight->user);
	struct showing showing = { r, sight, 0 };

	if (!q->error && sight->mapped)
		q->error = model_mappings(image->model, sight->mapped, sight->user);
	if (!q->error)
		q->error = model_blocks(image->model, show_and_beat, &showing);
	if (!q->error && q->room.rows)
		q->snapshots = calloc(1, sizeof(*q->snapshots));
	if (q->snapshots)
		freeze_as_shown(r, q, image);
}

int reader_look(struct reader *r, uint32_t process, const struct reader_sight *sight,
		struct snapshot **snapshot)
{
	struct request q = {
		.question = show_blocks, .process = process, .sight = sight,
	};

	if (!snapshot) {
		reader_ask(r, &q);
		return q.error;
	}
	reader_ask_frozen(r, &q);
	*snapshot = reader_only(&q);
	return !q.error && !*snapshot ? -ENOMEM : q.error;
}

static void watch_stirred(struct reader *r, struct request *q)
{
	struct image *image = look_at_whom(r, q->process);

	if (image)
		model_watch_stirred(image->model, q->on);
}

void reader_watch_stirred(struct reader *r, uint32_t process, bool on)
{
	struct request q = { .question = watch_stirred, .process = process, .on = on };

	reader_ask(r, &q);
}

static void answer_caller(struct reader *r, struct request *q)
{
	for (size_t i = 0; i < r->length; i++) {
		struct image *image = r->images[i];

		if (image->number == q->parent && image->state == IMAGE_LIVE)
			drain_answer(image->drain, q->caller, q->error, q->value,
				     q->text);
	}
}

void reader_answer(struct reader *r, uint64_t image, struct drain_caller caller, int status,
		   const uint64_t value[2], const char *text)
{
	struct request q = {
		.question = answer_caller, .parent = image, .caller = caller,
		.error = status, .value = value, .text = text,
	};
	reader_ask(r, &q);
}
