/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen that only asks a question: the quit dialog. */
#include <string.h>
#include "tui/screens/screens.h"

static bool notice_is_attached(const struct program *program)
{
	return program && program->attached;
}

static void quit_draw(struct screen *screen, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	/* From the longest to the shortest; the first that fits is used. */
	static const char *const launched[][4] = {
		{"k", "kill it: SIGTERM to its process group, SIGKILL after 2 s",
		 "kill it: SIGTERM, SIGKILL after 2 s", "kill it"},
		{"l", "leave it running, without a screen", "leave it running", "leave it"},
		{"Esc", "stay", "stay", "stay"},
	};
	static const char *const attached[][4] = {
		{"d", "detach: it continues as before (Enter too)", "detach: it continues",
		 "detach"},
		{"k", "kill it: SIGTERM, SIGKILL after 2 s", "kill it: SIGTERM, SIGKILL after 2 s",
		 "kill it"},
		{"Esc", "stay", "stay", "stay"},
	};
	const char *const(*lines)[4] = notice_is_attached(context->run->program) ? attached : launched;
	(void)screen;
	unsigned y = area.y + (area.height > 6), x = area.x + 2;
	canvas_printf(canvas, x, y++, area.width - 2, STYLE_WARNING,
		      context->run->fixed_clock ? "The program is running."
					   : "The program is running (pid %d).",
		      context->run->program ? (int)context->run->program->pid : 0);
	y += area.height > 6;
	for (unsigned i = 0; i < 3; i++, y++) {
		canvas_put(canvas, x, y, 4, STYLE_KEY, lines[i][0]);
		unsigned room = area.width - 7, text = 1;
		while (text < 3 && strlen(lines[i][text]) > room)
			text++;
		canvas_put(canvas, x + 5, y, room, STYLE_TEXT, lines[i][text]);
	}
}

static unsigned quit_act(struct screen *screen, struct context *context,
			 enum action action, const char *text)
{
	enum action let_go = notice_is_attached(context->run->program) ? ACTION_QUIT_DETACH
							 : ACTION_QUIT_LEAVE;

	(void)screen;
	(void)text;
	if (action == ACTION_QUIT_KILL || action == let_go)
		return context_ask(context, action == ACTION_QUIT_KILL ? ASK_KILL : ASK_LEAVE, 0,
				   "");
	if (action == ACTION_BACK)
		return REACT_HANDLED | REACT_BACK;
	/* Quit goes to the desk, which knows whether there is still something to ask. */
	return action == ACTION_REDRAW || action == ACTION_SUSPEND ||
			       action == ACTION_SAVE_SCREEN || action == ACTION_QUIT
		       ? REACT_IGNORED
		       : REACT_HANDLED;
}

const struct screen_ops quit_screen = {
	.title = "Quit",
	.place = IN_QUIT,
	.draw = quit_draw,
	.act = quit_act,
};
