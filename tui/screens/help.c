/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The help, made from the table of actions: keys, `:` command, what it does.
 * `:help NAME` shows one command alone.
 */
#include <stdio.h>
#include <string.h>
#include "tui/base/list.h"
#include "tui/screens/screens.h"

struct help {
	struct list list;
	enum action only;               /* ACTION_NONE: all */
};

int help_open(struct screen *screen, struct context *context, const char *name)
{
	bool ambiguous = false;
	enum action only = ACTION_NONE;
	if (name[0]) {
		only = action_of_command(name, strlen(name), &ambiguous);
		uint32_t key = only ? KEY_NONE : key_parse(name);
		if (key)
			only = action_of_key(key, IN_ALL, NULL);
		if (!only) {
			context_say(context, true,
				    "no command or key is named \"%.100s\"", name);
			return -1;
		}
	}
	if (screen_open(screen, &help_screen, 0, context))
		return -1;
	((struct help *)screen->state)->only = only;
	return 0;
}

static size_t visible(const struct help *help, enum action actions[ACTIONS])
{
	size_t n = 0;
	for (unsigned i = 1; i < ACTIONS; i++)
		if (!help->only || i == help->only)
			actions[n++] = (enum action)i;
	return n;
}

/* Keys of the action in words; the ten tabs as a range. */
static void keys_of(enum action action, char *text, size_t size)
{
	snprintf(text, size, "%s",
		 action == ACTION_TAB ? "1..9 0" : action_info(action)->keys);
}

/* Lines that a sentence takes in so many cells; draws them if there is a canvas. */
static unsigned wrap(const char *text, unsigned cells, struct canvas *canvas, unsigned x,
		     unsigned y, unsigned bottom)
{
	unsigned lines = 0;
	char part[256];
	while (*text && cells > 4) {
		size_t length = strlen(text);
		if (length > cells) {
			length = cells;
			while (length > cells / 2 && text[length] != ' ')
				length--;
		}
		snprintf(part, sizeof part, "%.*s", (int)length, text);
		if (canvas && y + lines < bottom)
			canvas_put(canvas, x, y + lines, cells, STYLE_TEXT, part);
		text += length;
		text += *text == ' ';
		lines++;
	}
	return lines ? lines : 1;
}

static void help_draw(struct screen *screen, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	struct help *help = screen->state;
	enum action actions[ACTIONS];
	char text[64];
	(void)context;
	size_t n = visible(help, actions);
	unsigned keys = area.width >= 60 ? 16 : 9, command = area.width >= 60 ? 22 : 0;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	canvas_printf(canvas, area.x, area.y, area.width, STYLE_COLUMN, "%-*s%-*s%s",
		      (int)keys, " keys", (int)command, command ? ":command" : "",
		      "does");
	list_fit(&help->list, n, area.height > 1 ? area.height - 1 : 1);
	unsigned y = area.y + 1, bottom = area.y + area.height;
	for (size_t i = help->list.selected; i < n && y < bottom; i++) {
		const struct action_info *info = action_info(actions[i]);
		keys_of(actions[i], text, sizeof text);
		canvas_put(canvas, area.x + 1, y, keys - 2, STYLE_KEY, text);
		if (command && info->command[0])
			canvas_printf(canvas, area.x + keys, y, command - 1, STYLE_PROMPT,
				      ":%s %s", info->command, info->arguments);
		y += wrap(info->help, area.width - keys - command, canvas,
			  area.x + keys + command, y, bottom);
	}
}

static unsigned help_act(struct screen *screen, struct context *context,
			 enum action action, const char *text)
{
	struct help *help = screen->state;
	(void)context;
	(void)text;
	/* The first line shown is the selection: moving is scrolling. */
	return list_move(&help->list, action) ? REACT_HANDLED : REACT_IGNORED;
}

const struct screen_ops help_screen = {
	.title = "Help",
	.place = IN_HELP,
	.size = sizeof(struct help),
	.draw = help_draw,
	.act = help_act,
};
