/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Snapshots tab: the moments there are, oldest first.  Enter compares the
 * live heap with the selected one.
 */
#include <stdio.h>
#include <string.h>
#include "tui/base/list.h"
#include "tui/screens/screens.h"
#include "views/format.h"

struct snapshots {
	struct list list;
};

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

static void draw_moment(const struct moment_line *moment, const struct context *context,
			const struct moment_line *before, struct canvas *canvas,
			struct area line)
{
	char text[FORMAT_MAX], safe[256];
	unsigned x = line.x;
	if (moment->number)
		canvas_printf(canvas, x, line.y, 4, STYLE_MARK, "%3u", moment->number);
	format_clock(context_clock(context) ? moment->time : 0, text);
	canvas_put(canvas, x + 5, line.y, 9, STYLE_TEXT, text);
	if (moment->known) {
		format_size((double)moment->totals.current, false, text);
		canvas_put_right(canvas, x + 14, line.y, 11, STYLE_TEXT, text);
		format_count(moment->totals.blocks, text);
		canvas_put_right(canvas, x + 26, line.y, 12, STYLE_DIM, text);
		if (before && before->known) {
			double grown = (double)moment->totals.current -
				       (double)before->totals.current;
			format_size(grown, true, text);
			canvas_put_right(canvas, x + 39, line.y, 12,
					 grown > 0   ? STYLE_GROWN
					 : grown < 0 ? STYLE_SHRUNK
						     : STYLE_DIM,
					 text);
		}
	}
	format_safe(moment->name, safe, sizeof safe);
	if (line.width > 53)
		canvas_put(canvas, x + 53, line.y, line.width - 53, STYLE_FUNCTION,
			   safe[0] ? safe : kind_name(moment));
}

static void snapshots_draw(struct screen *screen, const struct context *context,
			   struct canvas *canvas, struct area area)
{
	struct snapshots *snapshots = screen->state;
	struct list *list = &snapshots->list;
	list_fit(list, context->moments_length, area.height > 1 ? area.height - 1 : 1);
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	canvas_printf(canvas, area.x, area.y, area.width, STYLE_COLUMN,
		      "%3s  %-8s %11s %12s %12s  %s", "#", "time", "current", "blocks",
		      "since last", "name");
	if (!list->length)
		canvas_put(canvas, area.x + 2, area.y + 1 + (area.height > 3),
			   area.width - 2, STYLE_DIM,
			   "No snapshot yet: s takes one, S asks for a name.");
	for (unsigned y = 0; y + 1 < area.height; y++) {
		size_t i = list_at(list, y);
		if (i == SIZE_MAX)
			break;
		struct area line = {area.x, area.y + 1 + y, area.width, 1};
		draw_moment(&context->moments[i], context,
			    i ? &context->moments[i - 1] : NULL, canvas, line);
		if (i == list->selected)
			canvas_restyle(canvas, line, STYLE_SELECTED);
	}
}

static unsigned snapshots_act(struct screen *screen, struct context *context,
			      enum action action, const char *text)
{
	struct snapshots *snapshots = screen->state;
	(void)text;
	if (list_move(&snapshots->list, action))
		return REACT_HANDLED;
	if (action != ACTION_OPEN)
		return REACT_IGNORED;
	if (snapshots->list.selected >= context->moments_length) {
		context_say(context, true, "there is no snapshot: s takes one");
		return REACT_HANDLED;
	}
	const struct moment_line *moment = &context->moments[snapshots->list.selected];
	context->ask = ASK_DIFF;
	if (moment->number)
		snprintf(context->ask_text, sizeof context->ask_text, "%u",
			 moment->number);
	else
		snprintf(context->ask_text, sizeof context->ask_text, "%s", moment->name);
	return REACT_HANDLED | REACT_DESK;
}

static unsigned snapshots_click(struct screen *screen, struct context *context,
				unsigned x, unsigned y)
{
	struct snapshots *snapshots = screen->state;
	(void)x;
	size_t index = y ? list_at(&snapshots->list, y - 1) : SIZE_MAX;
	if (index == SIZE_MAX)
		return REACT_HANDLED;
	list_select(&snapshots->list, index);
	return context->click_again ? snapshots_act(screen, context, ACTION_OPEN, "")
				    : REACT_HANDLED;
}

const struct screen_ops snapshots_screen = {
	.title = "Snapshots",
	.place = IN_SNAPSHOTS,
	.size = sizeof(struct snapshots),
	.draw = snapshots_draw,
	.act = snapshots_act,
	.click = snapshots_click,
};
