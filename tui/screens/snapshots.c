/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Snapshots tab: the moments there are, oldest first, and between them the
 * user's marks.  Enter compares the live heap with the selected moment.
 */
#include <stdio.h>
#include <string.h>
#include "tui/base/list.h"
#include "tui/screens/screens.h"
#include "views/format.h"

struct snapshots {
	struct list list;
	bool chosen;                    /* the user moved; before, the first moment is selected */
};

/* A row: one of the two. */
struct line {
	const struct moment_line *moment, *before;
	const struct mark *mark;
};

/* What a row shows, in the order in which it stands; the least needed goes
 * first where the window is narrow. */
enum part { NUMBER, TIME, CURRENT, BLOCKS, SINCE, PARTS };
static const struct {
	const char *title;
	unsigned width, least;          /* cells with the gap; of the window */
	bool left;
} parts[PARTS] = {
	[NUMBER] = {"#", 4, 0, false},
	[TIME] = {"time", 10, 50, true},
	[CURRENT] = {"current", 11, 0, false},
	[BLOCKS] = {"blocks", 14, 66, false},
	[SINCE] = {"since last", 12, 40, false},
};

/* Row `i` of moments and marks, both by rising time: marks after a moment of
 * the same time. */
static bool line_at(const struct context *context, size_t i, struct line *line)
{
	size_t moment = 0, mark = 0;
	for (;; i--) {
		bool moments = moment < context->moments_length;
		bool marks = mark < context->marks_length;
		if (!moments && !marks)
			return false;
		bool first = moments && (!marks || context->moments[moment].time <=
							   context->marks[mark].time);
		if (!i) {
			*line = (struct line){0};
			if (first && moment)
				line->before = &context->moments[moment - 1];
			if (first)
				line->moment = &context->moments[moment];
			else
				line->mark = &context->marks[mark];
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

/* The text of a part, "" if it is not known; its style. */
static uint32_t part_text(const struct line *line, const struct context *context,
			  enum part part, char text[FORMAT_MAX])
{
	const struct moment_line *moment = line->moment, *before = line->before;
	double time = moment ? moment->time : line->mark->time, grown;
	text[0] = 0;
	switch (part) {
	case NUMBER:
		if (moment && moment->number)
			snprintf(text, FORMAT_MAX, "%u", moment->number);
		else if (!moment)
			snprintf(text, FORMAT_MAX, "!");
		return moment ? STYLE_MARK : STYLE_WARNING;
	case TIME:
		format_clock(context_clock(context) ? time : 0, text);
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

static void draw_line(const struct line *line, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	char text[FORMAT_MAX], safe[1024];
	const char *name = line->mark		    ? line->mark->text
			   : line->moment->name[0] ? line->moment->name
						    : kind_name(line->moment);
	unsigned x = 0;
	for (enum part part = 0; part < PARTS; part++) {
		unsigned width = parts[part].width;
		if (area.width < parts[part].least)
			continue;
		uint32_t style = part_text(line, context, part, text);
		if (parts[part].left)
			canvas_put(canvas, area.x + x + 1, area.y, width - 1, style, text);
		else
			canvas_put_right(canvas, area.x + x, area.y, width, style, text);
		x += width;
	}
	format_safe(name, safe, sizeof safe);
	if (area.width > x + 2)
		canvas_put(canvas, area.x + x + 2, area.y, area.width - x - 2,
			   line->mark ? STYLE_WARNING : STYLE_FUNCTION, safe);
}

static void draw_title(struct canvas *canvas, struct area area)
{
	unsigned x = 0;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	for (enum part part = 0; part < PARTS; part++) {
		unsigned width = parts[part].width;
		if (area.width < parts[part].least)
			continue;
		if (parts[part].left)
			canvas_put(canvas, area.x + x + 1, area.y, width - 1, STYLE_COLUMN,
				   parts[part].title);
		else
			canvas_put_right(canvas, area.x + x, area.y, width, STYLE_COLUMN,
					 parts[part].title);
		x += width;
	}
	if (area.width > x + 2)
		canvas_put(canvas, area.x + x + 2, area.y, area.width - x - 2, STYLE_COLUMN,
			   "name");
}

static void snapshots_draw(struct screen *screen, const struct context *context,
			   struct canvas *canvas, struct area area)
{
	struct snapshots *snapshots = screen->state;
	struct list *list = &snapshots->list;
	list_fit(list, context->moments_length + context->marks_length,
		 area.height > 1 ? area.height - 1 : 1);
	draw_title(canvas, area);
	struct line line;
	for (size_t i = 0; !snapshots->chosen && line_at(context, i, &line); i++)
		if (line.moment) {
			list_select(list, i);
			break;
		}
	if (!context->moments_length)
		canvas_put(canvas, area.x + 2,
			   area.y + 1 + (unsigned)list->length + (area.height > 3),
			   area.width - 2, STYLE_DIM,
			   "No snapshot yet: s takes one, S asks for a name.");
	for (unsigned y = 0; y + 1 < area.height; y++) {
		size_t i = list_at(list, y);
		if (i == SIZE_MAX || !line_at(context, i, &line))
			break;
		struct area at = {area.x, area.y + 1 + y, area.width, 1};
		draw_line(&line, context, canvas, at);
		if (i == list->selected)
			canvas_restyle(canvas, at, STYLE_SELECTED);
	}
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
	if (!line_at(context, snapshots->list.selected, &line)) {
		context_say(context, true, "there is no snapshot: s takes one");
		return REACT_HANDLED;
	}
	if (line.mark) {
		context_say(context, true, "a mark holds no heap to compare with");
		return REACT_HANDLED;
	}
	context->ask = ASK_DIFF;
	if (line.moment->number)
		snprintf(context->ask_text, sizeof context->ask_text, "%u",
			 line.moment->number);
	else
		snprintf(context->ask_text, sizeof context->ask_text, "%s",
			 line.moment->name);
	return REACT_HANDLED | REACT_DESK;
}

static unsigned snapshots_click(struct screen *screen, struct context *context,
				unsigned x, unsigned y)
{
	struct snapshots *snapshots = screen->state;
	(void)context;
	(void)x;
	size_t index = y ? list_at(&snapshots->list, y - 1) : SIZE_MAX;
	if (index != SIZE_MAX)
		list_select(&snapshots->list, index);
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
