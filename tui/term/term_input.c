/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * curses recognises the keys in the terminal's description.  Other keys arrive as single
 * bytes after ESC, and are decoded here as an xterm's, so that nothing a terminal sends
 * is ever taken for typed letters.
 */
#define _XOPEN_SOURCE_EXTENDED 1
#include "tui/term/term_input.h"
#include "tracer/ground/clock.h"

#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define AGAIN 0.4                       /* seconds within which a second click makes a
					 * double click */

/* "kLFT5" and the like: names that terminal descriptions give to modified keys. */
static uint32_t key_of_name(const char *name)
{
	static const struct {
		const char *name, *sequence;
	} table[] = {
		{"kUP", "[1;%cA"},  {"kDN", "[1;%cB"},  {"kRIT", "[1;%cC"}, {"kLFT", "[1;%cD"},
		{"kHOM", "[1;%cH"}, {"kEND", "[1;%cF"}, {"kIC", "[2;%c~"},  {"kDC", "[3;%c~"},
		{"kPRV", "[5;%c~"}, {"kNXT", "[6;%c~"},
	};
	char sequence[16];
	size_t length = name ? strlen(name) : 0;
	for (size_t i = 0; length > 1 && i < sizeof table / sizeof *table; i++) {
		if (strlen(table[i].name) != length - 1 ||
		    strncmp(name, table[i].name, length - 1))
			continue;
		snprintf(sequence, sizeof sequence, table[i].sequence, name[length - 1]);
		return key_of_sequence(sequence, strlen(sequence));
	}
	return KEY_NONE;
}

/* F13 and on are F1 to F12 with Shift, Ctrl and Alt. */
static uint32_t function_key(unsigned number)
{
	static const uint32_t with[] = {
		0, KEY_SHIFTED, KEY_CONTROLLED, KEY_CONTROLLED | KEY_SHIFTED,
		KEY_META, KEY_META | KEY_SHIFTED,
	};
	return with[(number - 1) / 12] | (KEY_FN + 1 + (number - 1) % 12);
}

static uint32_t key_of_curses(wint_t code)
{
	static const struct {
		wint_t curses;
		uint32_t key;
	} table[] = {
		{KEY_UP, KEY_GO_UP},	   {KEY_DOWN, KEY_GO_DOWN},
		{KEY_LEFT, KEY_GO_LEFT},   {KEY_RIGHT, KEY_GO_RIGHT},
		{KEY_PPAGE, KEY_PGUP},	   {KEY_NPAGE, KEY_PGDN},
		{KEY_HOME, KEY_HOME_},	   {KEY_END, KEY_END_},
		{KEY_IC, KEY_INSERT},	   {KEY_DC, KEY_DELETE},
		{KEY_BTAB, KEY_SHIFT_TAB}, {KEY_BACKSPACE, KEY_BACK},
		{KEY_ENTER, KEY_ENTER_},   {KEY_RESIZE, KEY_RESIZED},
		{KEY_FIND, KEY_HOME_},	   {KEY_SELECT, KEY_END_}, /* of a vt220 */
		{KEY_SR, KEY_SHIFTED | KEY_GO_UP},
		{KEY_SF, KEY_SHIFTED | KEY_GO_DOWN},
		{KEY_SLEFT, KEY_SHIFTED | KEY_GO_LEFT},
		{KEY_SRIGHT, KEY_SHIFTED | KEY_GO_RIGHT},
		{KEY_SPREVIOUS, KEY_SHIFTED | KEY_PGUP},
		{KEY_SNEXT, KEY_SHIFTED | KEY_PGDN},
		{KEY_SHOME, KEY_SHIFTED | KEY_HOME_},
		{KEY_SEND, KEY_SHIFTED | KEY_END_},
		{KEY_SIC, KEY_SHIFTED | KEY_INSERT},
		{KEY_SDC, KEY_SHIFTED | KEY_DELETE},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].curses == code)
			return table[i].key;
	if (code > KEY_F0 && code <= KEY_F(63))
		return function_key((unsigned)(code - KEY_F0));
	return key_of_name(keyname((int)code));
}

/* curses reports several events that came together at once, the newest first.  Here they
 * are put in the order in which they happened. */
static void take_mouse(struct term_input *input)
{
	MEVENT mouse;
	while (input->events < MOUSE_EVENTS && getmouse(&mouse) == OK)
		input->event[input->events++] = (struct mouse_event){
			.x = (unsigned)mouse.x,
			.y = (unsigned)mouse.y,
			.key = mouse.bstate & BUTTON4_PRESSED	     ? KEY_WHEEL_UP
			       : mouse.bstate & BUTTON5_PRESSED      ? KEY_WHEEL_DOWN
			       : mouse.bstate & REPORT_MOUSE_POSITION ? KEY_DRAG
			       : mouse.bstate & BUTTON1_PRESSED      ? KEY_CLICK
			       : mouse.bstate & BUTTON1_RELEASED     ? KEY_RELEASE
								     : KEY_NONE,
		};
}

static bool mouse_key(struct term_input *input, struct key_event *event)
{
	while (input->events) {
		struct mouse_event mouse = input->event[--input->events];
		bool there = input->x == mouse.x && input->y == mouse.y;
		*event = (struct key_event){.key = mouse.key, .x = mouse.x, .y = mouse.y};
		input->x = mouse.x;
		input->y = mouse.y;
		if (mouse.key == KEY_CLICK) {
			bool again = there && clock_seconds() < input->again_until;
			event->key = again ? KEY_CLICK_AGAIN : KEY_CLICK;
			input->again_until = again ? 0 : INFINITY;
		}
		if (mouse.key)
			return true;
	}
	return false;
}

/* A sequence that curses does not know, up to its final byte. */
static uint32_t unknown_sequence(struct term_input *input, char first)
{
	char sequence[32] = {first};
	wint_t code;
	for (size_t n = 1; wget_wch(input->keys, &code) == OK; n++) {
		if (n < sizeof sequence)
			sequence[n] = (char)code;
		if (code >= 0x40 && code <= 0x7e)
			return n < sizeof sequence ? key_of_sequence(sequence, n + 1) : KEY_NONE;
		if (n > 256)
			break;
	}
	return KEY_NONE;
}

/* After ESC: a character that is there already makes it M-x. */
static uint32_t after_escape(struct term_input *input)
{
	wint_t code;
	int kind = wget_wch(input->keys, &code);
	if (kind == OK && (code == '[' || code == 'O'))
		return unknown_sequence(input, (char)code);
	if (kind == OK && code >= 32)
		return KEY_META | (uint32_t)code;
	if (kind == OK)
		unget_wch((wchar_t)code);
	else if (kind == KEY_CODE_YES && code != KEY_MOUSE && key_of_curses(code))
		return KEY_META | key_of_curses(code);
	else if (kind == KEY_CODE_YES)
		ungetch((int)code);
	return KEY_ESC;
}

bool term_input_key(struct term_input *input, struct key_event *event)
{
	wint_t code;
	int kind;
	*event = (struct key_event){0};
	if (mouse_key(input, event))
		return true;
	while ((kind = wget_wch(input->keys, &code)) != ERR) {
		if (kind == KEY_CODE_YES && code == KEY_MOUSE) {
			take_mouse(input);
			if (mouse_key(input, event))
				return true;
			continue;
		}
		event->key = kind == KEY_CODE_YES ? key_of_curses(code) : (uint32_t)code;
		if (kind == OK && code == KEY_ESC)
			event->key = after_escape(input);
		if (kind == OK && code == 8)
			event->key = KEY_BACK;
		if (kind == OK && code == '\n')
			event->key = KEY_ENTER_;
		if (event->key)
			return true;
	}
	/* The time allowed for a second click begins only now: a click that waited while
	 * the first was being handled was in time, however long that took. */
	if (isinf(input->again_until))
		input->again_until = clock_seconds() + AGAIN;
	return false;
}
