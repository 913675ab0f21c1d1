/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory for the rows of frozen moments.  Finding its pages is the larger part of freezing.
 * So whoever asks for a moment does that, and the reader need not wait for it; and before
 * the first whole state is written the store's thread does it ahead of the time, as at the
 * end of a short run somebody waits for that thread:
 *
 *	rows   |---------- touched ---------|--- rows since then ---|------- room -------|
 *	       pages that were found ahead   found by who asks       untouched, no pages
 *
 * Likewise memory for as many different figures as the rows of the moment before had.
 */
#include "tracer/collect/rings/reader_parts.h"
#include "tracer/ground/large.h"
#include "tracer/ground/shared/page.h"

#include <stdlib.h>

#define WORTH 8192u                     /* rows: the pages of fewer are found at once */
#define ROOM 4u                         /* times the rows that there are now */

/* Writes to each page of the first `known` rows. */
static void rows_touch(struct rows *rows, size_t known)
{
	size_t from = rows->touched * sizeof(*rows->of), to = known * sizeof(*rows->of);

	for (size_t i = from; rows->of && i < to; i += PAGE)
		((volatile char *)rows->of)[i] = 0;
	if (known > rows->touched)
		rows->touched = known;
}

/* Millions of rows take tens of MiB, for which small pages would take long.  If there is
 * no memory for so many, there is room for none, so that fewer are tried next. */
static struct rows rows_new(size_t room)
{
	struct snapshot_row *of = large_calloc(room, sizeof(*of));

	return (struct rows){ .of = of, .room = of ? room : 0 };
}

/* The most rows of a process, or of any if it is 0. */
static size_t rows_known(struct reader *r, uint32_t process)
{
	size_t most = 0;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->length; i++) {
		const struct shown *shown = &r->shown[i];

		if ((!process || shown->process == process) && shown->status.rows > most)
			most = shown->status.rows;
	}
	pthread_mutex_unlock(&r->lock);
	return most;
}

/* Takes the rows out, so that nobody else has them meanwhile, or puts others there. */
static struct rows rows_swap(struct reader *r, struct rows rows)
{
	pthread_mutex_lock(&r->lock);
	struct rows before = r->spare;

	r->spare = rows;
	pthread_mutex_unlock(&r->lock);
	return before;
}

bool reader_make_room(struct reader *r)
{
	size_t known = rows_known(r, 0);
	struct rows rows;

	if (known < WORTH)
		return false;
	rows = rows_swap(r, (struct rows){ 0 });
	if (rows.room < known) {
		free(rows.of);
		rows = rows_new(ROOM * known);
	}
	bool more = known >= rows.touched + WORTH;

	rows_touch(&rows, known);
	rows = rows_swap(r, rows);
	free(rows.of);
	return more;
}

/* How many different figures the rows of the last moment had; `q`: has been answered, and is
 * that moment now. */
static uint32_t kinds_known(struct reader *r, const struct request *q)
{
	uint32_t kinds = 0;

	for (size_t i = 0; q && i < q->snapshots_length; i++)
		if (q->snapshots[i]->figures.length > kinds)
			kinds = q->snapshots[i]->figures.length;
	pthread_mutex_lock(&r->lock);
	if (q)
		r->kinds = kinds;
	kinds = r->kinds;
	pthread_mutex_unlock(&r->lock);
	return kinds;
}

void reader_ask_frozen(struct reader *r, struct request *q)
{
	size_t known = rows_known(r, q->process), room = known + known / 8 + 256;
	struct rows rows = rows_swap(r, (struct rows){ 0 });

	if (rows.room < room) {
		free(rows.of);
		rows = rows_new(room);
	}
	rows_touch(&rows, known);
	q->room.rows = rows.of;
	q->room.length = rows.room;
	row_figures_reserve(&q->room.figures, kinds_known(r, NULL));
	reader_ask(r, q);
	kinds_known(r, q);
	snapshot_room_free(&q->room);
}
