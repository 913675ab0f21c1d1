/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Output tab: the program's terminal, which an emulator keeps as a canvas.  Up and
 * down scroll through the lines that have left its screen.
 */
#include "tui/screens/screens.h"

static void output_draw(struct screen *screen, const struct context *context,
			struct canvas *canvas, struct area area)
{
	const struct canvas *output = context->output->canvas;
	(void)screen;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	canvas_put(
		canvas, area.x, area.y, area.width, STYLE_COLUMN,
		context->run->recording ? " the program's terminal: not in a recording"
		: context->run->program && context->run->program->attached
			? " the program was already running, and keeps its own terminal"
		: context->output->focus
			? " the program's terminal: it has the keys, C-] gives them back"
		: context->output->scroll
			? " the program's terminal: scrolled back, End returns"
		: !context->run->gauges.live
			? " the program's terminal, as it was at the end"
			: " the program's terminal: o gives it the keys");
	if (!output)
		return;
	for (unsigned y = 0; y + 1 < area.height && y < output->height; y++)
		for (unsigned x = 0; x < area.width && x < output->width; x++) {
			const struct cell *cell = canvas_cell(output, x, y);
			if (cell->width)
				canvas_set(canvas, area.x + x, area.y + 1 + y, cell);
		}
	if (context->output->focus && output->cursor) {
		canvas->cursor = true;
		canvas->cursor_x = area.x + output->cursor_x;
		canvas->cursor_y = area.y + 1 + output->cursor_y;
	}
}

static unsigned output_act(struct screen *screen, struct context *context,
			   enum action action, const char *text)
{
	struct output *output = context->output;
	unsigned page = output->canvas ? output->canvas->height : 1, most = output->above;
	unsigned *scroll = &output->scroll;
	(void)screen;
	(void)text;
	unsigned up = action == ACTION_UP ? 1 : action == ACTION_PAGE_UP ? page : 0;
	unsigned down = action == ACTION_DOWN ? 1 : action == ACTION_PAGE_DOWN ? page : 0;
	if (action == ACTION_HOME)
		up = most;
	if (action == ACTION_END)
		down = most;
	if (!up && !down && action != ACTION_HOME && action != ACTION_END)
		return REACT_IGNORED;
	*scroll = *scroll + up > most ? most : *scroll + up;
	*scroll = *scroll > down ? *scroll - down : 0;
	return REACT_HANDLED | REACT_REBUILD;
}

const struct screen_ops output_screen = {
	.title = "Output",
	.place = IN_OUTPUT,
	.draw = output_draw,
	.act = output_act,
};
