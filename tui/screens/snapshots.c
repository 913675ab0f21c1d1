/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Snapshots tab: the moments that exist, oldest first, and between them the user's
 * marks.  Enter compares the live heap with the selected moment.
 */
#include <stdio.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "tui/base/sheet.h"
#include "views/format/format.h"

struct snapshots {
	struct list list;
	bool chosen;                    /* the user moved; until then the first moment is
					 * selected */
};

/* A row: a moment or a mark. */
struct line {
	const struct moment_line *moment, *before;
	const struct mark *mark;
};

/* The columns in their order on the screen; those that are needed least are left out
 * first. */
enum part { NUMBER, TIME, CURRENT, BLOCKS, SINCE, PARTS };
static const struct sheet_column columns[PARTS] = {
	[NUMBER] = {"#", 4, 0, false},
	[TIME] = {"time", 10, 50, true},
	[CURRENT] = {"current", 11, 0, false},
	[BLOCKS] = {"blocks", 14, 66, false},
	[SINCE] = {"since last", 12, 40, false},
};

/* Row `i` of moments and marks, merged by time; marks come after a moment of the same
 * time. */
static bool snapshots_line_at(const struct run_facts *run, size_t i, struct line *line)
{
	size_t moment = 0, mark = 0;
	for (;; i--) {
		bool moments = moment < run->moments_length;
		bool marks = mark < run->marks_length;
		if (!moments && !marks)
			return false;
		bool first = moments && (!marks || run->moments[moment].time <=
							   run->marks[mark].time);
		if (!i) {
			*line = (struct line){0};
			if (first && moment)
				line->before = &run->moments[moment - 1];
			if (first)
				line->moment = &run->moments[moment];
			else
				line->mark = &run->marks[mark];
			return true;
		}
		if (first)
			moment++;
		else
			mark++;
	}
}

static const char *kind_name(const struct moment_line *moment)
{
	static const char *const names[] = {
		[MOMENT_LIVE] = "live",
		[MOMENT_NAMED] = "snapshot",
		[MOMENT_PEAK] = "peak",
		[MOMENT_EXIT] = "exit",
		[MOMENT_FINALIZE] = "finalize",
	};
	return names[moment->kind];
}

/* Writes a cell; "" where the figure is not known. */
static uint32_t snapshots_cell(const void *user, size_t row, unsigned part, char *text)
{
	const struct run_facts *run = user;
	struct line line;
	if (!snapshots_line_at(run, row, &line))
		return STYLE_DIM;
	const struct moment_line *moment = line.moment, *before = line.before;
	double time = moment ? moment->time : line.mark->time, grown;
	switch ((enum part)part) {
	case NUMBER:
		if (moment && moment->number)
			snprintf(text, SHEET_CELL, "%u", moment->number);
		else if (!moment)
			snprintf(text, SHEET_CELL, "%c",
				 timeline_letter((size_t)(line.mark - run->marks)));
		return moment ? STYLE_MARK : STYLE_WARNING;
	case TIME:
		format_clock(run_clock(run) ? time : 0, text);
		return STYLE_TEXT;
	case CURRENT:
		if (moment && moment->known)
			format_size((double)moment->totals.current, false, text);
		return STYLE_TEXT;
	case BLOCKS:
		if (moment && moment->known)
			format_count(moment->totals.blocks, text);
		return STYLE_DIM;
	default:
		if (!moment || !moment->known || !before || !before->known)
			return STYLE_DIM;
		grown = (double)moment->totals.current - (double)before->totals.current;
		format_size(grown, true, text);
		return grown > 0 ? STYLE_GROWN : grown < 0 ? STYLE_SHRUNK : STYLE_DIM;
	}
}

static void snapshots_draw_name(const void *user, size_t row, struct canvas *canvas,
				struct area area)
{
	char safe[1024];
	struct line line;
	if (!snapshots_line_at(user, row, &line))
		return;
	format_safe(line.mark		     ? line.mark->text
		    : line.moment->name[0] ? line.moment->name
					   : kind_name(line.moment),
		    safe, sizeof safe - 16);
	if (line.moment && line.moment->same)
		snprintf(safe + strlen(safe), 16, " (%u)", line.moment->same + 1);
	canvas_put(canvas, area.x, area.y, area.width,
		   line.mark ? STYLE_WARNING : STYLE_FUNCTION, safe);
}

static void snapshots_draw(struct screen *screen, const struct context *context,
			   struct canvas *canvas, struct area area)
{
	struct snapshots *snapshots = screen->state;
	struct list *list = &snapshots->list;
	const struct run_facts *run = context->run;
	sheet_fit(list, run->moments_length + run->marks_length, area);
	struct line line;
	for (size_t i = 0; !snapshots->chosen && snapshots_line_at(run, i, &line); i++)
		if (line.moment) {
			list_select(list, i);
			break;
		}
	const struct sheet sheet = {
		.columns = columns, .length = PARTS, .gap = 2, .rest = "name",
		.cell = snapshots_cell, .draw = snapshots_draw_name, .user = run,
		.empty = run->moments_length
				 ? NULL
				 : "No snapshot yet: s takes one, S asks for a name.",
	};
	sheet_draw(&sheet, list, canvas, area);
}

static unsigned snapshots_act(struct screen *screen, struct context *context,
			      enum action action, const char *text)
{
	struct snapshots *snapshots = screen->state;
	struct line line;
	(void)text;
	if (list_move(&snapshots->list, action)) {
		snapshots->chosen = true;
		return REACT_HANDLED;
	}
	if (action != ACTION_OPEN)
		return REACT_IGNORED;
	if (!snapshots_line_at(context->run, snapshots->list.selected, &line)) {
		context_say(context, true, "there is no snapshot: s takes one");
		return REACT_HANDLED;
	}
	if (line.mark && !context->travel->timeline.ticks_length) {
		context_say(context, true, "without a history a mark holds no heap to compare with");
		return REACT_HANDLED;
	}
	char moment[sizeof line.moment->name];
	if (line.mark)
		snprintf(moment, sizeof moment, "%.6fs", line.mark->time);
	else if (line.moment->number)
		snprintf(moment, sizeof moment, "%u", line.moment->number);
	else
		snprintf(moment, sizeof moment, "%s", line.moment->name);
	return context_ask(context, ASK_DIFF, 0, moment);
}

static unsigned snapshots_click(struct screen *screen, struct context *context,
				unsigned x, unsigned y)
{
	struct snapshots *snapshots = screen->state;
	(void)context;
	(void)x;
	sheet_click(&snapshots->list, y);
	snapshots->chosen = true;
	return REACT_HANDLED;
}

const struct screen_ops snapshots_screen = {
	.title = "Snapshots",
	.place = IN_SNAPSHOTS,
	.size = sizeof(struct snapshots),
	.draw = snapshots_draw,
	.act = snapshots_act,
	.click = snapshots_click,
};
