/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counting.  Each tally has a short list of the columns in which it has blocks.  The walk
 * adds up there, and each sum that differs from that of the census before is kept as a
 * cell.  When memory runs out, a tally's figures stay as they were, or it has none.
 */
#include "tracer/heap/growth/census_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"

#define BYTES_MAX (UINT64_C(64) << 20)  /* for all trails */
#define MARKS_LEAST 26u                 /* marks that windows need: half as many, and
					 * one */

struct census *census_new(void)
{
	struct census *census = calloc(1, sizeof(*census));

	if (census)
		census->gap = 1;
	return census;
}

void census_free(struct census *census)
{
	if (!census)
		return;
	for (size_t i = 0; i < census->trails_length; i++) {
		free(census->trails[i].cells);
		free(census->trails[i].counts);
	}
	free(census->trails);
	free(census->ends);
	free(census->values[0]);
	free(census->values[1]);
	free(census->touched);
	free(census);
}

/* The number of ticks with events until the next census: the gap, with a random part.
 * With even gaps, blocks that come and go in step with the censuses would seem to
 * stay. */
static unsigned census_wait(const struct census *census)
{
	unsigned chance = (census->number * 2654435761u) >> 16;

	return (census->gap + 1) / 2 + chance % census->gap;
}

void census_pass(struct census *census, uint32_t tick, uint64_t events)
{
	if (tick == census->seen_tick)
		return;
	census->active += events != census->seen_events;
	census->seen_tick = tick;
	census->seen_events = events;
}

bool census_due(const struct census *census)
{
	return census->active >= census_wait(census) && !census->full &&
	       census->ends_length < UINT16_MAX - 1u;
}

void census_warm(struct census *census, uint32_t tick)
{
	census->warm = tick;
}

void census_begin(struct census *census, uint32_t tick, uint64_t events)
{
	assert(!census->ends_length || census->ends[census->ends_length - 1] <= tick);
	census->active = 0;
	census->tick = tick;
	census->events = events;
	census->number++;
	census->column = 0;
	if (array_grow(&census->ends, &census->ends_room, census->ends_length + 1,
		       sizeof(*census->ends)))
		census->ends[census->ends_length++] = tick;
	else
		census->full = true;
}

/* The column of a birth; the last one is still open. */
static uint32_t census_column(struct census *census, uint32_t birth)
{
	size_t at, last = census->ends_length - 1;

	if (birth >= census->tick)
		return (uint32_t)last + 1;
	if (birth < census->ends[census->column] && birth >= census_start(census, census->column))
		return census->column;
	BISECT(at, last, census->ends[at] <= birth);
	census->column = (uint32_t)at;
	assert(birth < census->ends[at] && birth >= census_start(census, census->column));
	return census->column;
}

static struct census_trail *trail_of(struct census *census, uint32_t tally)
{
	if (tally >= census->trails_length) {
		size_t from = census->trails_length;

		if (!array_grow(&census->trails, &census->trails_room, tally + (size_t)1,
				sizeof(*census->trails)))
			return NULL;
		memset(census->trails + from, 0,
		       (tally + (size_t)1 - from) * sizeof(*census->trails));
		census->trails_length = tally + (size_t)1;
	}
	return &census->trails[tally];
}

/* Makes one of a trail's lists half as long again. */
static bool census_lengthen(struct census *census, void **list, uint32_t *room,
			    size_t item)
{
	uint32_t more = *room + *room / 2 + 4;
	void *longer = realloc(*list, more * item);

	if (!longer)
		return false;
	census->bytes += (more - *room) * item;
	*list = longer;
	*room = more;
	return true;
}

/* The entry of a column in a trail's list, added if it is new.  NULL: out of memory. */
static struct census_count *count_of(struct census *census, struct census_trail *trail,
				     uint32_t column)
{
	uint32_t at = trail->counts_length;

	while (at && trail->counts[at - 1].column > column)
		at--;
	if (at && trail->counts[at - 1].column == column)
		return &trail->counts[at - 1];
	if (trail->counts_length == trail->counts_room) {
		void *list = trail->counts;

		if (!census_lengthen(census, &list, &trail->counts_room,
				     sizeof(*trail->counts)))
			return NULL;
		trail->counts = list;
	}
	assert(trail->counts_length < trail->counts_room);
	memmove(&trail->counts[at + 1], &trail->counts[at],
		(trail->counts_length - at) * sizeof(*trail->counts));
	trail->counts_length++;
	trail->counts[at] = (struct census_count){ .column = (uint16_t)column };
	return &trail->counts[at];
}

static void count_in(struct census *census, uint32_t tally, uint32_t column, uint64_t bytes,
		     uint64_t blocks)
{
	struct census_trail *trail = trail_of(census, tally);
	struct census_count *count = trail ? count_of(census, trail, column) : NULL;

	if (!count)
		return;
	count->sum_bytes += bytes;
	count->sum_blocks += blocks;
}

void census_count(struct census *census, uint32_t tally, uint32_t birth, uint64_t bytes,
		  uint64_t blocks)
{
	if (!census->full)
		count_in(census, tally, census_column(census, birth), bytes, blocks);
}

void census_fetch(const struct census *census, uint32_t tally)
{
	if (tally < census->trails_length)
		__builtin_prefetch(&census->trails[tally], 1);
}

void census_fetch_counts(const struct census *census, uint32_t tally)
{
	if (tally >= census->trails_length)
		return;
	const struct census_trail *trail = &census->trails[tally];

	if (trail->counts)
		__builtin_prefetch(trail->counts + trail->counts_length, 1);
}

void census_live(struct census *census, uint32_t tally, uint64_t bytes, uint64_t blocks)
{
	if (!census->full && blocks)
		count_in(census, tally, CENSUS_LIVE, bytes, blocks);
}

/* The index of the mark under which a census' figures stand now. */
static unsigned census_mark_of(const struct census *census, uint16_t number)
{
	unsigned at = 0;

	while (at < census->marks_length && census->marks[at].number < number)
		at++;
	return at;
}

/* Of several cells of a column under one mark keeps the last alone, and drops a column
 * that came and went between two marks. */
static void trail_thin(const struct census *census, struct census_trail *trail)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < trail->length; i++) {
		const struct census_cell cell = trail->cells[i];
		unsigned mark = census_mark_of(census, cell.census);
		uint32_t same = kept;

		while (same && trail->cells[same - 1].column != cell.column)
			same--;
		if (same && census_mark_of(census, trail->cells[same - 1].census) == mark) {
			memmove(&trail->cells[same - 1], &trail->cells[same],
				(kept - same) * sizeof(cell));
			trail->cells[kept - 1] = cell;
		} else if (same || cell.blocks > 0) {
			trail->cells[kept++] = cell;
		}
	}
	assert(kept <= trail->length);
	trail->length = kept;
}

static void trail_tell(struct census *census, struct census_trail *trail,
		       const struct census_cell *cell)
{
	if (trail->length == trail->room && trail->room > CENSUS_MAX)
		trail_thin(census, trail);
	if (trail->length + trail->length / 4 >= trail->room) {
		void *list = trail->cells;

		if (!census_lengthen(census, &list, &trail->room, sizeof(*cell)) &&
		    trail->length == trail->room)
			return;
		trail->cells = list;
	}
	assert(trail->length < trail->room);
	assert(!trail->length || trail->cells[trail->length - 1].census <= cell->census);
	trail->cells[trail->length++] = *cell;
}

static void trail_end(struct census *census, struct census_trail *trail)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < trail->counts_length; i++) {
		struct census_count count = trail->counts[i];
		const struct census_cell cell = { census->number, count.column,
						  (float)count.sum_bytes,
						  (float)count.sum_blocks };

		if (cell.bytes != count.bytes || cell.blocks != count.blocks)
			trail_tell(census, trail, &cell);
		if (!count.sum_blocks)
			continue;
		trail->counts[kept++] = (struct census_count){
			.column = count.column,
			.bytes = cell.bytes,
			.blocks = cell.blocks,
		};
	}
	assert(kept <= trail->counts_length);
	trail->counts_length = kept;
}

/* Forgets every other census, but never the newest. */
static void marks_thin(struct census *census)
{
	unsigned kept = 0;

	for (unsigned i = (census->marks_length + 1) % 2; i < census->marks_length; i += 2)
		census->marks[kept++] = census->marks[i];
	/* The newest is among them, since every other one is counted from it. */
	assert(kept == (census->marks_length + 1) / 2);
	census->marks_length = kept;
	census->gap *= 2;
}

static void shrink_trails(struct census *census)
{
	for (size_t i = 0; i < census->trails_length; i++) {
		struct census_trail *trail = &census->trails[i];
		void *less;

		trail_thin(census, trail);
		if (trail->length + 8 > trail->room / 2)
			continue;
		less = realloc(trail->cells, (trail->length + 8) * sizeof(*trail->cells));
		if (!less)
			continue;
		assert(census->bytes >=
		       (trail->room - trail->length - 8) * sizeof(*trail->cells));
		census->bytes -= (trail->room - trail->length - 8) * sizeof(*trail->cells);
		trail->cells = less;
		trail->room = trail->length + 8;
	}
}

void census_end(struct census *census)
{
	for (size_t i = 0; i < census->trails_length; i++)
		trail_end(census, &census->trails[i]);
	if (census->marks_length == CENSUS_MAX)
		marks_thin(census);
	assert(census->marks_length < CENSUS_MAX);
	assert(!census->marks_length ||
	       census->marks[census->marks_length - 1].number < census->number);
	census->marks[census->marks_length++] =
		(struct census_mark){ census->number, census->tick, census->events };
	if (census->bytes > BYTES_MAX && census->marks_length > MARKS_LEAST) {
		marks_thin(census);
		shrink_trails(census);
	}
	census->full = census->full || census->bytes > BYTES_MAX + BYTES_MAX / 2;
	census_plan(census);
}
