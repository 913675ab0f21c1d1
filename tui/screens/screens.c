/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs, and the life of a screen. */
#include "tui/screens/screens.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct tab tabs[TABS] = {
	{"Lines", "Lines", "lines", '1', &rows_screen, BY_LINENO},
	{"Traces", "Traces", "traces", '2', &rows_screen, BY_TRACEBACK},
	{"Functions", "Func", "functions", '3', &rows_screen, BY_FUNCTION},
	{"Files", "Files", "files", '4', &rows_screen, BY_FILENAME},
	{"Modules", "Modules", "modules", '5', &rows_screen, BY_MODULE},
	{"Threads", "Threads", "threads", '6', &rows_screen, BY_THREAD},
	{"Tree", "Tree", "tree", '7', &tree_screen, BY_TREE},
	{"Growth", "Growth", "growth", '8', &growth_screen, BY_LINENO},
	{"Snapshots", "Snap", "snapshots", '9', &snapshots_screen, 0},
	{"Output", "Output", "output", '0', &output_screen, 0},
};

const struct tab *tab_get(unsigned index)
{
	return index < TABS ? &tabs[index] : NULL;
}

unsigned tab_find(const char *word)
{
	for (unsigned i = 0; i < TABS; i++)
		if (!strcasecmp(word, tabs[i].word) ||
		    (word[0] == tabs[i].digit && !word[1]))
			return i;
	return TABS;
}

int screen_open(struct screen *screen, const struct screen_ops *ops, int which,
		struct context *context)
{
	*screen = (struct screen){.ops = ops, .which = which};
	screen->state = calloc(1, ops->size ? ops->size : 1);
	if (!screen->state)
		return -ENOMEM;
	if (ops->open)
		ops->open(screen, context);
	return 0;
}

void screen_close(struct screen *screen)
{
	if (!screen->ops)
		return;
	if (screen->ops->close)
		screen->ops->close(screen);
	free(screen->state);
	*screen = (struct screen){0};
}

void context_say(struct context *context, bool error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(context->message, sizeof context->message, format, arguments);
	va_end(arguments);
	context->message_error = error;
}
