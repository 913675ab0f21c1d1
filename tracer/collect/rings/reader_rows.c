/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory for the rows of frozen moments, and for as many different figures as the moment
 * before had.  Finding its pages is a large part of freezing, so whoever asks for a moment
 * does that, and the reader need not wait for it.
 */
#include "tracer/collect/rings/reader_parts.h"

#include <stdlib.h>

#include "tracer/ground/large.h"
#include "tracer/ground/shared/page.h"

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

/* If there is no memory for the rows, the reader looks for it once more. */
void reader_ask_frozen(struct reader *r, struct request *q)
{
	size_t known = rows_known(r, q->process), room = known + known / 8 + 256;
	struct snapshot_row *rows = calloc(room, sizeof(*rows));

	bool found = rows && large_populate(rows, known * sizeof(*rows));

	for (size_t i = 0; rows && !found && i < known * sizeof(*rows); i += PAGE)
		((volatile char *)rows)[i] = 0;
	q->room.rows = rows;
	q->room.length = rows ? room : 0;
	row_figures_reserve(&q->room.figures, kinds_known(r, NULL));
	reader_ask(r, q);
	kinds_known(r, q);
	snapshot_room_free(&q->room);
}
