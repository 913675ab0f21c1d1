/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the columns that a window has room for.  They are left out in the order of
 * their rank; the one that is sorted by always stays, and the location takes what is
 * left. */
#include "tui/detail/curves.h"
#include "tui/screens/grid_parts.h"
#include "views/format/format.h"

#define LOCATION_LEAST 16u
#define NARROW_LEAST 26u                /* of the location beside columns that tell
					 * growth */
/* Columns of a lower rank than this are shown in each window that is not narrow: what a
 * row holds, how fast it grows, its curve, and its share. */
#define ESSENTIAL 4u
#define ESSENTIAL_GROWTH 2u             /* of a table by growth: verdict, rate, curve */
#define MARK_FROM 40u                   /* window's width from which on rows have their
					 * verdict's mark */
#define VERDICT_NARROW 10u              /* cells of a verdict: enough for all words but
					 * the longest */
#define BESIDE 3u                       /* cells between the columns and the location */

/* The width of a curve in a window of a given width. */
static unsigned curve_cells(unsigned width)
{
	return width < 100 ? 8 : width < 140 ? 12 : width < 180 ? 16 : CURVE_MOST;
}

static unsigned column_cells(const struct column *column, unsigned width)
{
	if (column->id == COLUMN_CURVE)
		return curve_cells(width);
	return column->id == COLUMN_VERDICT && width < 100 ? VERDICT_NARROW : column->width;
}

/* The width of a column including the arrow of the order. */
static unsigned title_width(const struct column *column, unsigned width)
{
	unsigned title = format_width(column->title), cells = column_cells(column, width);
	return (cells > title ? cells : title) + 1;
}

bool grid_has_curves(const struct grid *grid, const struct context *context)
{
	return context->travel->timeline.ticks_length && run_clock(context->run) &&
	       curves_can(context->curves, grid->table);
}

/* The order in which columns get room: first the one that is sorted by, then those that
 * were asked for, then by rank.  SIZE_MAX: it gets none. */
static size_t wants_room(const struct grid *grid, const struct context *context,
			 const struct column *column)
{
	uint32_t bit = UINT32_C(1) << column->id;
	/* A live run keeps room for its rate from the start. */
	bool awaited = column->needs == NEEDS_RATE && context->run->gauges.live &&
		       !context->shown->old && run_clock(context->run);
	bool drawn = (column->id == COLUMN_CURVE || column->id == COLUMN_RATE) &&
		     grid_has_curves(grid, context);
	/* Without a history, curves are made from the censuses, once there are some. */
	const struct snapshot *judged = run_clock(context->run) ? context->shown->judged : NULL;
	if (column->id == COLUMN_CURVE && !drawn) {
		if (!judged || !snapshot_judges(judged))
			return SIZE_MAX;
		drawn = curves_judge(context->curves, grid->table, judged);
	}
	if (!awaited && !drawn && (!grid->table || !column_shown(column, grid->table)))
		return SIZE_MAX;
	if (column->id == grid->sort)
		return 0;
	if (context->wishes->columns_less & bit)
		return SIZE_MAX;
	size_t rank = column->place[column_layout(grid->table)].rank;
	return (context->wishes->columns_more & bit ? 1 : COLUMNS) + rank;
}

/* The width that the location keeps when a column of this order is added: columns that
 * were asked for, or tell growth, may take space from it; others only what its rows do
 * not need. */
static unsigned location_keeps(const struct grid *grid, size_t want, unsigned width)
{
	bool growth = column_layout(grid->table) == LAYOUT_GROWTH;
	bool essential = want <= COLUMNS + (growth ? ESSENTIAL_GROWTH : ESSENTIAL);
	unsigned half = width / 2 > LOCATION_LEAST ? width / 2 : LOCATION_LEAST;
	unsigned need = grid->need > LOCATION_LEAST ? grid->need : LOCATION_LEAST;
	if (want < COLUMNS || essential)
		return want < COLUMNS ? LOCATION_LEAST : NARROW_LEAST;
	return need < half ? need : half;
}

/* Marks the columns that fit beside a location of reasonable width. */
static void choose_columns(const struct grid *grid, const struct context *context,
			     unsigned width, bool shown[COLUMNS])
{
	enum column_layout layout = column_layout(grid->table);
	unsigned used = 0;
	for (;;) {
		const struct column *column, *next = NULL;
		size_t first = SIZE_MAX;
		for (unsigned at = 1; (column = column_of_screen(layout, at)); at++) {
			size_t want = wants_room(grid, context, column);
			if (!shown[column->id] && want < first) {
				first = want;
				next = column;
			}
		}
		if (!next)
			return;
		unsigned cells = title_width(next, width) + 1;
		if (used && used + cells + BESIDE + location_keeps(grid, first, width) > width)
			return;
		shown[next->id] = true;
		used += cells;
	}
}

static bool has_marks(const struct table *table, unsigned width)
{
	/* There is room for marks even before the first verdicts, so that names do not
	 * move. */
	return table && table->view.by != BY_HOLDER && table->view.by != BY_ARENA &&
	       width >= MARK_FROM;
}

struct columns grid_columns(const struct grid *grid, const struct context *context,
				 unsigned width)
{
	enum column_layout layout = column_layout(grid->table);
	bool shown[COLUMNS] = {false};
	struct columns chosen = {0};
	const struct column *column;
	unsigned x = 0;
	choose_columns(grid, context, width, shown);
	for (unsigned at = 1; (column = column_of_screen(layout, at)); at++) {
		if (!shown[column->id])
			continue;
		unsigned cells = title_width(column, width);
		x += cells + (chosen.length > 0);
		chosen.columns[chosen.length] = column;
		chosen.width[chosen.length] = cells;
		chosen.end[chosen.length++] = x;
	}
	chosen.mark = x + 1;
	chosen.location = x + (has_marks(grid->table, width) ? 3 : 2);
	return chosen;
}
