/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading.  The cells of a tally are replayed in order; at each mark where a slice ends,
 * the contents of all columns are added up.
 */
#include "tracer/heap/growth/census_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP 0.2                     /* share of the run */

/* The mark that is nearest to that number of events. */
static unsigned nearest(const struct census *census, double events)
{
	unsigned at = 0;

	while (at + 1 < census->marks_length &&
	       (double)(census->marks[at].events + census->marks[at + 1].events) / 2 < events)
		at++;
	return at;
}

/* Cuts the stretch from a mark to the last one into twelve slices with about as many
 * events each. */
static void plan_slices(const struct census *census, unsigned first,
			struct census_plan *plan)
{
	unsigned last = census->marks_length - 1;
	uint64_t from = census->marks[first].events;
	double events = (double)(census->marks[last].events - from);

	plan->there = true;
	for (unsigned i = 0; i <= GROWTH_SLICES; i++) {
		unsigned at = nearest(census, (double)from + events * i / GROWTH_SLICES);
		unsigned least = i ? plan->at[i - 1] + 1u : first;
		unsigned most = last - (GROWTH_SLICES - i);

		at = at < least ? least : at;
		plan->at[i] = (uint8_t)(at > most ? most : at);
	}
}

static void plan_window(struct census *census, unsigned window, double share)
{
	struct growth_span *span = &census->axis.span[window];
	struct census_plan *plan = &census->plans[window];
	double from = share * census->tick;
	unsigned first = 0, last = census->marks_length - 1;

	from = from > census->warm ? from : census->warm;
	*plan = (struct census_plan){ false };
	*span = (struct growth_span){ 0 };
	while (first < last && census->marks[first].tick < from)
		first++;
	if (last - first < GROWTH_SLICES)
		return;
	plan_slices(census, first, plan);
	span->from = census->marks[first].tick;
	span->events = census->marks[last].events - census->marks[first].events;
	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		span->end[i] = census->marks[plan->at[i + 1]].tick;
}

/* The seconds until window 0 can be planned, if there are as many censuses as now. */
static double time_to_wait(const struct census *census)
{
	unsigned gap = census->gap ? census->gap : 1;

	for (unsigned more = 1; more <= CENSUS_MAX; more++) {
		double at = census->tick + (double)more * gap;
		double from = fmax(WARM_UP * at, census->warm);
		unsigned marks = from <= census->tick ? more : (unsigned)((at - from) / gap) + 1;

		for (unsigned i = census->marks_length; i-- > 0 && census->marks[i].tick >= from;)
			marks++;
		if (marks > GROWTH_SLICES)
			return at - census->tick;
	}
	return 0;
}

void census_plan(struct census *census)
{
	static const double shares[GROWTH_WINDOWS] = { WARM_UP, 0.5, 0.7 };
	size_t room = census->ends_room + 1;    /* the open column too */

	census->axis.now = census->tick;
	for (unsigned i = 0; i < GROWTH_WINDOWS; i++)
		plan_window(census, i, shares[i]);
	census->axis.wait = census->plans[0].there ? 0 : time_to_wait(census);
	if (census->values_room >= room)
		return;
	for (unsigned i = 0; i < 2; i++) {
		free(census->values[i]);
		census->values[i] = calloc(room, sizeof(float));
	}
	free(census->touched);
	census->touched = calloc(room, sizeof(*census->touched));
	census->values_room = census->values[0] && census->values[1] && census->touched ?
			      room : 0;
}

bool census_axis(const struct census *census, struct growth_axis *axis)
{
	*axis = census->axis;
	return census->marks_length > 0;
}

/* What is alive at a mark, by the columns in which the tally ever had blocks. */
struct census_state {
	const struct census *census;
	unsigned touched;
	float live, held;               /* bytes and blocks of all columns at one
					 * instant */
};

/* Bytes (or blocks) of the columns that began at `from` or later and ended by `to`. */
static float born_between(const struct census_state *state, unsigned which, uint32_t from,
			  uint32_t to)
{
	const struct census *census = state->census;
	float sum = 0;

	for (unsigned i = 0; i < state->touched; i++) {
		uint16_t column = census->touched[i];

		if (census_stop(census, column) <= to && census_start(census, column) >= from)
			sum += census->values[which][column];
	}
	return sum;
}

/* What remains of the births in the window's first third, and of those in each slice. */
static void read_stay(const struct census_state *state, unsigned which, unsigned window,
		      unsigned slice, float *oldest, float *born)
{
	const struct census_mark *marks = state->census->marks;
	const uint8_t *at = state->census->plans[window].at;
	bool last = slice == GROWTH_SLICES - 1;

	if (last || slice == GROWTH_SLICES * 2 / 3 - 1)
		oldest[last] += born_between(state, which, marks[at[0]].tick,
					    marks[at[GROWTH_SLICES / 3]].tick);
	for (unsigned i = 0; last && i < GROWTH_SLICES; i++)
		born[i] += born_between(state, which, marks[at[i]].tick,
					marks[at[i + 1]].tick);
}

static void read_mark(const struct census_state *state, unsigned window, unsigned slice,
		      struct growth_curve *curve)
{
	struct growth_part *part = &curve->part[window];
	struct growth_count *count = &curve->count[window];
	const struct census_mark *marks = state->census->marks;
	const uint8_t *at = state->census->plans[window].at;
	uint32_t begin = marks[at[slice]].tick;

	part->bytes[slice] += born_between(state, 0, 0, begin);
	part->blocks[slice] += born_between(state, 1, 0, begin);
	part->live[slice] += state->live;
	part->held[slice] += state->held;
	read_stay(state, 0, window, slice, part->oldest, part->born);
	read_stay(state, 1, window, slice, count->oldest, count->born);
}

static void read_slices(const struct census_state *state, unsigned mark,
			struct growth_curve *curve)
{
	for (unsigned w = 0; w < GROWTH_WINDOWS; w++) {
		const struct census_plan *plan = &state->census->plans[w];

		for (unsigned i = 0; plan->there && i < GROWTH_SLICES; i++)
			if (plan->at[i + 1] == mark)
				read_mark(state, w, i, curve);
	}
}

/* Sets the parts of the run that end before the next mark to what there was at this
 * mark. */
static void read_run(const struct census_state *state, unsigned mark, unsigned *part,
		     struct growth_curve *curve)
{
	const struct census *census = state->census;
	bool last = mark + 1 == census->marks_length;
	double until = last ? (double)INFINITY : (double)census->marks[mark + 1].tick;
	double width = census->axis.now / GROWTH_RUN;

	for (; *part < GROWTH_RUN && (*part + 1) * width < until; ++*part)
		if ((*part + 1) * width >= census->marks[mark].tick)
			curve->run[*part] += state->live;
}

/* Spreads each column evenly over the bins that it covers. */
static void read_births(const struct census_state *state, struct growth_curve *curve)
{
	const struct census *census = state->census;
	double width = census->axis.now / GROWTH_BINS;

	for (unsigned i = 0; i < state->touched && width > 0; i++) {
		uint16_t column = census->touched[i];
		double from = census_start(census, column), to = census_stop(census, column);

		for (unsigned bin = (unsigned)(from / width); bin < GROWTH_BINS; bin++) {
			double low = bin * width > from ? bin * width : from;
			double high = (bin + 1) * width < to ? (bin + 1) * width : to;

			if (high <= low)
				break;
			curve->births[bin] += (float)(census->values[0][column] *
						      (high - low) / (to - from));
		}
	}
}

static void play_cell(struct census_state *state, const struct census_cell *cell)
{
	const struct census *census = state->census;
	unsigned i = 0;

	if (cell->column == CENSUS_LIVE) {
		state->live = cell->bytes;
		state->held = cell->blocks;
		return;
	}
	while (i < state->touched && census->touched[i] != cell->column)
		i++;
	if (i == state->touched)
		census->touched[state->touched++] = cell->column;
	census->values[0][cell->column] = cell->bytes;
	census->values[1][cell->column] = cell->blocks;
}

bool census_curve(const struct census *census, uint32_t tally, struct growth_curve *curve)
{
	struct census_state state = { .census = census };
	const struct census_trail *trail;
	uint32_t at = 0;
	unsigned part = 0;

	if (tally >= census->trails_length || !census->values_room)
		return false;
	trail = &census->trails[tally];
	if (!trail->length)
		return false;
	for (unsigned mark = 0; mark < census->marks_length; mark++) {
		for (; at < trail->length &&
		       trail->cells[at].census <= census->marks[mark].number; at++)
			play_cell(&state, &trail->cells[at]);
		read_slices(&state, mark, curve);
		read_run(&state, mark, &part, curve);
	}
	read_births(&state, curve);
	for (unsigned i = 0; i < state.touched; i++) {
		census->values[0][census->touched[i]] = 0;
		census->values[1][census->touched[i]] = 0;
	}
	return true;
}
