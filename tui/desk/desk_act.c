/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who handles a key: the prompt if one is open, the target if it has the focus, else the
 * action that the key has on the screen on top.  The screen may handle the action itself;
 * else desk_do.c does.
 */
#include <stdio.h>
#include <string.h>
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/desk_prompt.h"
#include "tui/desk/desk_time.h"
#include "tui/term/prompt.h"
#include "tracer/ground/clock.h"

#define PASTE_SECONDS 1.0               /* without a key, after which nothing is taken for pasted */

/* The target may have ended a moment before the dialog was answered.  Then there is nothing to
 * kill or to leave, and memtop's exit status is the target's. */
static void desk_act_end_target(struct desk_state *state, const struct program *program,
				enum ask ask)
{
	if (program->ended)
		state_end(state, DESK_STAYS, -1);
	else if (ask == ASK_KILL)
		state_end(state, DESK_KILLS, 143);
	else
		state_end(state,
			  program->attached ? DESK_DETACHES : DESK_LEAVES,
			  0);
}

/* Does what a screen has asked for because it can't do it itself. */
static void do_asked(struct desk *desk)
{
	struct desk_order *order = &desk->context.order;
	enum ask ask = order->ask;
	order->ask = ASK_NONE;
	if (ask == ASK_DIFF)
		desk_do(desk, ACTION_DIFF, order->text);
	if (ask == ASK_PROCESS)
		desk_do(desk, ACTION_PROCESS, order->text);
	if (ask == ASK_COPY)
		desk_copy(desk->term, &desk->foot, order->text, order->line);
	if (ask == ASK_EDIT)
		desk_edit(desk, order->text, order->line);
	if (ask == ASK_FILTER_ADD || ask == ASK_FILTER_EDIT || ask == ASK_FILTER_NAME)
		desk_prompt_filter(desk, ask, order->line);
	if (ask == ASK_FILTERS_CHANGED)
		desk_filters(desk);
	if (ask == ASK_KILL || ask == ASK_LEAVE)
		desk_act_end_target(&desk->state, session_program(desk->session), ask);
}

static void react(struct desk *desk, unsigned reaction)
{
	if (reaction)
		desk_touch(desk);
	if (reaction & REACT_REBUILD)
		desk_view_changed(desk);
	if (reaction & REACT_OPEN) {
		desk_push(desk, &desk->context.order.next);
		desk->context.order.next = (struct screen){0};
	}
	if (reaction & REACT_BACK)
		desk_pop(desk);
	if (reaction & REACT_DESK)
		do_asked(desk);
}

/* A screen learns which rows it shows when it is drawn.  If a key comes before that, the screen
 * is drawn first. */
static void desk_act_see(struct desk *desk)
{
	if (desk->state.picture != PICTURE_UNSEEN)
		return;
	desk_refresh(desk, false);
	desk_draw(desk);
}

/* Whether an action works on the rows of the screen on top, so that they must be known. */
static bool needs_rows(enum action action)
{
	static const enum action wide[] = {ACTION_BY, ACTION_SORT, ACTION_REVERSE, ACTION_SEARCH,
					   ACTION_SEARCH_NEXT, ACTION_SEARCH_BEFORE,
					   ACTION_EXPORT, ACTION_SAVE_SCREEN};
	if (action_info(action)->places != IN_ALL)
		return true;
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (wide[i] == action)
			return true;
	return action >= ACTION_UP && action <= ACTION_RIGHT;
}

/* A command that could not be done fails a script. */
static void note_failure(struct desk *desk, unsigned reaction)
{
	if (!reaction || !desk->foot.text[0] || !desk->foot.error)
		return;
	snprintf(desk->foot.failure, sizeof desk->foot.failure, "%s", desk->foot.text);
	desk_fail_at(desk, 0);
}

void desk_act(struct desk *desk, enum action action, const char *text)
{
	if (needs_rows(action))
		desk_act_see(desk);
	struct screen *top = desk_top(desk);
	bool asks = action != ACTION_SORT && action != ACTION_SEARCH;
	unsigned reaction = REACT_IGNORED;
	/* :save-screen keeps the message: it is part of the picture. */
	if (action != ACTION_SAVE_SCREEN)
		desk->foot.text[0] = 0;
	desk_touch(desk);
	if (action == ACTION_SEARCH)
		snprintf(desk->wishes.search.text, sizeof desk->wishes.search.text, "%s", text);
	if (asks || text[0])
		reaction = top->ops->act(top, &desk->context, action, text);
	react(desk, reaction);
	note_failure(desk, reaction);
	if (!reaction)
		desk_do(desk, action, text);
}

bool desk_search_on(struct desk *desk)
{
	struct search *search = &desk->wishes.search;
	struct screen *top = desk_top(desk);
	if (!search->goes_on)
		return false;
	search->step = SEARCH_GOES_ON;
	unsigned reaction = top->ops->act(top, &desk->context, ACTION_SEARCH, search->text);
	search->step = SEARCH_GIVEN;
	react(desk, reaction);
	note_failure(desk, reaction);
	return reaction;
}

/* Gives up the search that goes on.  True: that is all that the key means. */
static bool search_given_up(struct desk *desk, uint32_t key)
{
	if (!desk->wishes.search.goes_on)
		return false;
	desk->wishes.search.goes_on = false;
	desk->foot.text[0] = 0;
	desk_touch(desk);
	return key == KEY_ESC;
}

const char *desk_command(struct desk *desk, const char *line)
{
	size_t start;
	bool ambiguous;
	desk->foot.failure[0] = 0;
	if (!line[strspn(line, " :")])
		return "";
	enum action action = action_of_line(line, &start, &ambiguous);
	if (action)
		desk_act(desk, action, line + start);
	else
		desk_fail(desk, ambiguous ? "several commands begin with \"%.100s\""
					  : "no command is named \"%.100s\"", line);
	return desk->foot.failure;
}

static void key_of_prompt(struct desk *desk, uint32_t key)
{
	char text[FIELD_MAX];
	enum action action = desk_prompt_key(desk, key, text);
	if (action == ACTION_COMMAND)
		desk_command(desk, text);
	else if (action)
		desk_act(desk, action, text);
	/* If the text was wrong, the prompt opens again before the next key is handled, as
	 * that may have been typed to continue the text. */
	desk_prompt_verdict(desk);
}

/* Handles the mouse on the target's terminal.  False: the event is not for it. */
static bool mouse_on_output(struct desk *desk, const struct key_event *event, struct area body)
{
	struct key_event inside = *event;
	bool wheel = event->key == KEY_WHEEL_UP || event->key == KEY_WHEEL_DOWN;
	if (desk_top(desk)->ops != &output_screen || event->y <= body.y ||
	    event->y >= body.y + body.height)
		return false;
	inside.x -= body.x;
	inside.y -= body.y + 1;
	if (desk_keys(desk) == KEYS_TARGET)
		return console_mouse(&desk->console, &inside) || !wheel;
	if (!wheel)
		desk_act(desk, ACTION_FOCUS, "");
	return !wheel;
}

static void mouse(struct desk *desk, const struct key_event *event)
{
	struct screen *top = desk_top(desk);
	struct layout layout = layout_of(&desk->run, &desk->travel.timeline, top->ops,
					 desk->canvas->width, desk->canvas->height);
	if (desk_time_mouse(desk, event, layout.timeline))
		return;
	if (event->key == KEY_DRAG || event->key == KEY_RELEASE)
		return;
	if (mouse_on_output(desk, event, layout.body))
		return;
	if (event->key == KEY_WHEEL_UP || event->key == KEY_WHEEL_DOWN) {
		for (unsigned i = 0; i < 3; i++)
			desk_act(desk,
				 event->key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN,
				 "");
		return;
	}
	if (event->y == layout.tabs.y && layout.tabs.height) {
		unsigned tab = tabs_at(desk->canvas->width, desk->tab, event->x);
		if (tab < TABS && top->ops != &quit_screen)
			desk_tab(desk, tab);
		return;
	}
	if (event->y >= layout.body.y && event->y < layout.body.y + layout.body.height &&
	    top->ops->click) {
		desk->context.click_again = event->key == KEY_CLICK_AGAIN;
		react(desk, top->ops->click(top, &desk->context, event->x,
					    event->y - layout.body.y));
	}
}

/*
 * Pasted text must not act as keys: a "q" in it must not quit.  It goes to the prompt or to
 * the target, and nowhere else.  True: the key was pasted, and has been handled.
 */
static bool pasted(struct desk *desk, uint32_t key)
{
	double now = clock_seconds();
	if (key == KEY_PASTE || key == KEY_PASTED) {
		desk->pasted_until = key == KEY_PASTE ? now + PASTE_SECONDS : 0;
		return true;
	}
	/* Terminals mark the end of pasted text.  If the mark was lost, a pause ends it. */
	if (now > desk->pasted_until) {
		desk->pasted_until = 0;
		return false;
	}
	desk->pasted_until = now + PASTE_SECONDS;
	if (desk_keys(desk) == KEYS_PROMPT)
		key_of_prompt(desk, key < 32 || key == KEY_BACK ? KEY_SPACE : key);
	else
		desk_fail(desk, "pasted text does not act as keys: paste it after f, / or :");
	return true;
}

static void desk_one_key(struct desk *desk, const struct key_event *event)
{
	static const char digits[] = "1234567890";
	unsigned which = 0;
	char text[2] = "";
	bool pointer = event->key >= KEY_CLICK && event->key <= KEY_WHEEL_DOWN;
	enum desk_keys keys = desk_keys(desk);
	if (keys == KEYS_NOBODY)
		return;
	if (keys != KEYS_PROMPT) {
		desk_prompt_forget(desk);
		if (search_given_up(desk, event->key))
			return;
	}
	if (keys != KEYS_PROMPT && pointer) {
		desk_act_see(desk);
		mouse(desk, event);
		return;
	}
	if (keys == KEYS_TARGET) {
		react(desk, console_key(&desk->console, event->key));
		return;
	}
	if (pointer || pasted(desk, event->key))
		return;
	if (keys == KEYS_PROMPT) {
		key_of_prompt(desk, event->key);
		return;
	}
	enum action action =
		action_of_key(event->key, desk_top(desk)->ops->place, &which);
	if (!action) {
		char name[16];
		key_text(event->key, name);
		desk_fail(desk, "%s has no meaning here: ? shows the keys", name);
		return;
	}
	if (action == ACTION_TAB && which < sizeof digits - 1)
		text[0] = digits[which];
	/* The quit dialog is answered before any prompt opens. */
	if (keys == KEYS_DIALOG || !desk_prompt(desk, action))
		desk_act(desk, action, text);
}

/*
 * Esc and a letter that were typed while the desk was busy are read together, and look like
 * Alt and the letter.  If that has no meaning here, they are handled as two keys.
 */
static bool is_two_keys(struct desk *desk, uint32_t key)
{
	unsigned which;
	uint32_t letter = key & ~(uint32_t)KEY_META;
	if (letter == key || letter >= KEY_NAMED || clock_seconds() < desk->pasted_until)
		return false;
	switch (desk_keys(desk)) {
	case KEYS_PROMPT:
		return !prompt_binds(key);
	case KEYS_SCREEN:
	case KEYS_DIALOG:
		return !action_of_key(key, desk_top(desk)->ops->place, &which);
	default:
		return false;
	}
}

void desk_key(struct desk *desk, const struct key_event *event)
{
	if (is_two_keys(desk, event->key)) {
		desk_one_key(desk, &(struct key_event){.key = KEY_ESC});
		desk_one_key(desk, &(struct key_event){.key = event->key & ~(uint32_t)KEY_META});
	} else {
		desk_one_key(desk, event);
	}
}
