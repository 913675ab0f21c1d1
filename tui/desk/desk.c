/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the other files of the desk build on: which screen is on top (a tab, or the last one
 * of the screens opened on it), the messages at the foot, and the note that something has
 * changed.
 */
#include "tui/desk/desk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "tui/term/prompt.h"

void desk_touch(struct desk *desk)
{
	state_touch(&desk->state);
}

void desk_view_changed(struct desk *desk)
{
	state_touch(&desk->state);
	state_want_another(&desk->state);
}

void desk_say(struct desk *desk, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	foot_say_list(&desk->foot, false, format, arguments);
	va_end(arguments);
	desk_touch(desk);
}

void desk_fail(struct desk *desk, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	foot_fail_list(&desk->foot, format, arguments);
	va_end(arguments);
	desk_touch(desk);
}

void desk_fail_at(struct desk *desk, size_t at)
{
	desk->foot.failed_at = at;
}

enum desk_keys desk_keys(const struct desk *desk)
{
	const struct screen *top = desk->depth ? &desk->stack[desk->depth - 1] : NULL;
	return desk->state.life == LIFE_ENDED	   ? KEYS_NOBODY
	       : prompt_state() == PROMPT_EDITING ? KEYS_PROMPT
	       : desk->output.focus	   ? KEYS_TARGET
	       : top && top->ops == &quit_screen  ? KEYS_DIALOG
						   : KEYS_SCREEN;
}

struct screen *desk_top(struct desk *desk)
{
	return desk->depth ? &desk->stack[desk->depth - 1] : &desk->tabs[desk->tab];
}

/* Another screen is on top: the search and the table that was asked for the last screen are given
 * up, and one for the new screen is asked for at the next refresh. */
static void desk_changed_top(struct desk *desk)
{
	tables_forget_table(&desk->tables);
	desk->wishes.search.goes_on = false;
	state_another_top(&desk->state);
}

void desk_push(struct desk *desk, const struct screen *screen)
{
	if (desk->depth == DESK_DEPTH) {
		screen_close(&desk->stack[0]);
		memmove(desk->stack, desk->stack + 1,
			(DESK_DEPTH - 1) * sizeof *desk->stack);
		desk->depth--;
	}
	desk->stack[desk->depth++] = *screen;
	desk_changed_top(desk);
}

void desk_open_screen(struct desk *desk, const struct screen_ops *ops)
{
	struct screen screen;
	if (desk_top(desk)->ops != ops && !screen_open(&screen, ops, 0))
		desk_push(desk, &screen);
}

void desk_pop(struct desk *desk)
{
	if (!desk->depth)
		return;
	screen_close(&desk->stack[--desk->depth]);
	desk_changed_top(desk);
}

void desk_tab(struct desk *desk, unsigned tab)
{
	while (desk->depth)
		desk_pop(desk);
	desk->tab = tab % TABS;
	desk_changed_top(desk);
	if (tab_get(desk->tab)->ops != &output_screen)
		desk->output.focus = false;
}

void desk_tab_beside(struct desk *desk, bool next)
{
	desk_tab(desk, desk->tab + (next ? 1 : TABS - 1));
}
