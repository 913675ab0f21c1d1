/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens the desk with all its parts, draws it on its canvas, and closes it.
 */
#include "tui/desk/desk_life.h"

#include <stdio.h>
#include <stdlib.h>
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_filter.h"
#include "tui/desk/desk_prompt.h"
#include "tui/desk/desk_time.h"
#include "tui/desk/parts/filter_list.h"
#include "tui/term/prompt.h"

#define FRAMES_AT_ONCE 4u
#define SEARCH_SLICE 5000u              /* rows, which take some milliseconds */

int desk_open(struct desk *desk, struct session *session,
	      const struct app_options *options, char problem[256])
{
	desk->session = session;
	desk->options = options;
	state_begin(&desk->state);
	desk->run.fixed_clock = options->fixed_clock;
	desk->run.recording = session_fd(session) < 0;
	desk->wishes.search.slice = options->play ? SIZE_MAX : SEARCH_SLICE;
	if (options->mine)
		desk->wishes.mine = *options->mine;
	desk->context = (struct context){
		.run = &desk->run, .travel = &desk->travel, .shown = &desk->shown,
		.filters = &desk->filters, .wishes = &desk->wishes, .output = &desk->output,
		.foot = &desk->foot,
	};
	if (!options->play && session_fd(session) >= 0)
		desk->asked.errands = worker_new("errands");
	if (!options->play)
		tables_open(&desk->tables);
	desk->canvas = canvas_new(options->width ? options->width : 80,
				  options->height ? options->height : 24);
	if (!desk->canvas || !sources_open(&desk->sources, session, !options->play) ||
	    console_open(&desk->console, session, &desk->output, &desk->foot))
		return -1;
	/* The screen of a script is written to a file, in UTF-8 whatever the locale is. */
	desk->canvas->plain = options->ascii || (!options->play && !term_utf8());
	if (!curve_jobs_open(&desk->curves, session))
		return -1;
	desk->context.source = desk->sources.lines;
	desk->context.curves = desk->curves.curves;
	for (unsigned i = 0; i < TABS; i++)
		if (screen_open(&desk->tabs[i], tab_get(i)->ops, tab_get(i)->which))
			return -1;
	struct filter_error error;
	if (!filters_start(&desk->filters))
		return -1;
	desk_filters(desk);
	if (options->filter && !desk_filter_prompted(desk, options->filter, &error)) {
		snprintf(problem, 256, "--filter: column %zu: %.200s", error.offset + 1,
			 error.text);
		return -1;
	}
	desk_theme(desk, palette_theme_of(options->play ? NULL : getenv("COLORFGBG")));
	desk_resize(desk, desk->canvas->width, desk->canvas->height);
	return 0;
}

void desk_close(struct desk *desk)
{
	prompt_cancel();
	curve_jobs_close(&desk->curves, desk->tables.builder);
	tables_close(&desk->tables);
	asked_close(&desk->asked);
	while (desk->depth)
		screen_close(&desk->stack[--desk->depth]);
	for (unsigned i = 0; i < TABS; i++)
		screen_close(&desk->tabs[i]);
	filter_free(desk->prompt.filter);
	saved_clear(&desk->filters);
	sources_close(&desk->sources);
	free(desk->run.moments);
	free(desk->run.figures);
	snapshot_release(desk->heaps.live);
	snapshot_release(desk->heaps.before);
	snapshot_release(desk->heaps.soon);
	snapshot_release(desk->sides.old_side);
	snapshot_release(desk->sides.new_side);
	snapshot_release(desk->sides.coming);
	desk_time_close(&desk->times, &desk->travel);
	console_close(&desk->console);
	canvas_free(desk->canvas);
}

void desk_resize(struct desk *desk, unsigned width, unsigned height)
{
	if (canvas_resize(desk->canvas, width, height))
		return;
	struct layout layout = layout_of(&desk->run, &desk->travel.timeline, &output_screen,
					 desk->canvas->width, desk->canvas->height);
	unsigned rows = layout.body.height > 1 ? layout.body.height - 1 : 1;
	console_resize(&desk->console, layout.body.width, rows);
	state_another_top(&desk->state);
	state_repaint(&desk->state);
}

void desk_theme(struct desk *desk, enum theme theme)
{
	desk->theme = theme;
	desk->canvas->theme = desk->no_color ? THEME_MONO : theme;
	state_repaint(&desk->state);
}

/* Draws the preview at the end of the prompt's line, if there is room for it. */
static void desk_draw_preview(struct canvas *canvas, const char *text)
{
	unsigned width = canvas_width_of(text), y = canvas->height - 1;
	if (width && canvas->cursor_x + width + 3 <= canvas->width &&
	    canvas_width_of(prompt_field()->label) + canvas_width_of(prompt_field()->text) +
			    width + 2 <= canvas->width)
		canvas_put(canvas, canvas->width - width - 1, y, width, STYLE_DIM, text);
}

void desk_draw(struct desk *desk)
{
	/* Drawing asks for source lines and curves.  Those that come soon are waited for and
	 * drawn at once; a few rounds are enough, as each may ask for more. */
	unsigned frames = 0;
	char preview[64];
	bool more;
	do {
		curve_jobs_begin(&desk->curves);
		frame_draw(desk_top(desk), &desk->context, desk->tab, desk->canvas);
		more = curve_jobs_await(&desk->curves, desk->tables.builder);
		more = sources_await(&desk->sources) || more;
	} while (++frames < FRAMES_AT_ONCE && more);
	if (prompt_state() == PROMPT_EDITING) {
		field_draw(prompt_field(), desk->canvas);
		desk_draw_preview(desk->canvas, desk_prompt_preview(desk, preview));
	}
	state_drawn(&desk->state);
}

void desk_show(struct desk *desk)
{
	if (desk->state.picture == PICTURE_SHOWN)
		return;
	desk_draw(desk);
	term_show(desk->term, desk->canvas, desk->state.whole);
	state_shown(&desk->state);
}
