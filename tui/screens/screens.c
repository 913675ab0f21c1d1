/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs, and how screens are opened and closed. */
#include "tui/screens/screens.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "tui/handover/handover.h"

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

int screen_open(struct screen *screen, const struct screen_ops *ops, int which)
{
	*screen = (struct screen){.ops = ops, .which = which};
	screen->state = calloc(1, ops->size ? ops->size : 1);
	if (!screen->state)
		return -ENOMEM;
	if (ops->open)
		ops->open(screen);
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
	foot_say_list(context->foot, error, format, arguments);
	va_end(arguments);
}

unsigned context_ask(struct context *context, enum ask ask, unsigned line, const char *text)
{
	struct desk_order *order = &context->order;
	order->ask = ask;
	order->line = line;
	snprintf(order->text, sizeof order->text, "%s", text);
	return REACT_HANDLED | REACT_DESK;
}

unsigned context_copy(struct context *context, const struct row_frame *frames, size_t length)
{
	char text[ASK_TEXT];
	unsigned copied = (unsigned)handover_stack(frames, length, text, sizeof text);
	return context_ask(context, ASK_COPY, copied, text);
}

void *context_open(struct context *context, const struct screen_ops *ops)
{
	struct screen *next = &context->order.next;
	if (screen_open(next, ops, 0))
		context_say(context, true, "out of memory");
	return next->state;
}

unsigned context_opened(struct context *context, bool known)
{
	if (known)
		return REACT_HANDLED | REACT_OPEN;
	screen_close(&context->order.next);
	context_say(context, true, "out of memory");
	return REACT_HANDLED;
}
